// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diascope::tests {

/// One #include line of a source file.
struct Include {
    std::string file;   ///< Who includes, relative to the root of the tree ("core/nn/Vgg.cpp").
    int line = 0;
    std::string text;   ///< What is written between the quotes or brackets.
    std::string target; ///< The file of the tree that it names, relative to the root; empty for foreign headers.
};

/// Every #include of the C++ files below core/, ui/ and app/ of `root`. Includes in comments do not count; those
/// in branches of the preprocessor that are not taken do.
[[nodiscard]] std::vector<Include> scanIncludes(const std::filesystem::path& root);

} // namespace diascope::tests
