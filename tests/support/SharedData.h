// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace diascope::tests {

/// A path of the reference data that may stand beside a developer's checkout; empty when it is not there.
inline std::filesystem::path sharedData(const std::string& relative)
{
    std::filesystem::path root;
    if (const char* shared = std::getenv("DIASCOPE_SHARED")) {
        root = shared;
    } else if (const char* source = std::getenv("DIASCOPE_SOURCE")) {
        root = std::filesystem::path(source).parent_path() / "shared";
    } else {
        return {};
    }
    const auto path = root / relative;
    return std::filesystem::exists(path) ? path : std::filesystem::path();
}

} // namespace diascope::tests
