// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace diascope::runs {

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), as RFC 3720 (iSCSI) uses it; its appendix B.4 has the test
/// vectors.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

/// The CRC as TFRecord files hold it: rotated right by 15 bits plus 0xA282EAD8, so that the CRC of bytes that hold CRCs
/// stays useful (TensorFlow, core/lib/hash/crc32c.h).
[[nodiscard]] std::uint32_t maskedCrc32c(std::string_view bytes);

} // namespace diascope::runs
