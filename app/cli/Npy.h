// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace diascope::cli {

/// Writes a NumPy .npy file, format 1.0, C order. `dtype` is NumPy's ("|u1", "<i2", "<f4"). Atomic; throws base::Error.
void writeNpy(const std::filesystem::path& file, const std::string& dtype, const std::vector<int>& shape,
              std::span<const std::byte> values);

} // namespace diascope::cli
