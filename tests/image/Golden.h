// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace diascope::tests {

/// The reference numbers of tests/golden/make_resample.py.
inline base::Json resampleGolden()
{
    const char* source = std::getenv("DIASCOPE_SOURCE");
    const auto root = source != nullptr ? std::filesystem::path(source) : std::filesystem::current_path();
    std::ifstream file(root / "tests/golden/resample.json");
    return base::Json::parse(file);
}

} // namespace diascope::tests
