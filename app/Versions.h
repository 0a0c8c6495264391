// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace diascope::app {

/// Version, build id and the versions of LibTorch, DCMTK, OpenCV and Qt; one a line.
[[nodiscard]] std::string versionText();

/// The folder with recipes/ and the shipped packages: share/diascope/models beside an installed program, else models/ of the source tree.
[[nodiscard]] std::filesystem::path modelsFolder();

} // namespace diascope::app
