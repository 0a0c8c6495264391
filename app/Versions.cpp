// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Versions.h"

namespace diascope::app {

std::string versionText()
{
    return "Diascope " DIASCOPE_VERSION " (build " DIASCOPE_BUILD_ID ")\n"
           "LibTorch " DIASCOPE_LIBTORCH_VERSION "\n"
           "DCMTK " DIASCOPE_DCMTK_VERSION "\n"
           "OpenCV " DIASCOPE_OPENCV_VERSION "\n"
           "Qt " DIASCOPE_QT_VERSION;
}

std::filesystem::path modelsFolder()
{
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto installed = program.parent_path().parent_path() / "share" / "diascope" / "models";
    return std::filesystem::is_directory(installed, ignored) ? installed : std::filesystem::path(DIASCOPE_MODELS_SOURCE);
}

} // namespace diascope::app
