// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace diascope::base {

/// The compression function of SHA-256 (FIPS 180-4, 6.2.2) over `blocks` blocks of 64 bytes.
/// Uses the processor's SHA instructions when it has them.
void sha256Compress(std::array<std::uint32_t, 8>& state, const std::byte* data, std::size_t blocks);

/// The same in plain C++, on every processor; tests compare the two.
void sha256CompressPortable(std::array<std::uint32_t, 8>& state, const std::byte* data, std::size_t blocks);

} // namespace diascope::base
