// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace diascope::demo {

/// One grey frame to be compressed: 8 bits unsigned or 16 bits (little endian), rows * columns samples.
struct GreyFrame {
    int rows = 0, columns = 0;
    int bytesPerSample = 1; ///< 1 or 2.
    bool isSigned = false;
    std::span<const std::byte> pixels;
};

/// JPEG baseline (process 1), 8 bits only. Throws Error{Internal} with the library's reason.
[[nodiscard]] std::vector<std::byte> encodeJpeg(const GreyFrame& frame, int quality);
/// A JPEG 2000 code stream, reversible 5/3 wavelet, five levels. Throws as above.
[[nodiscard]] std::vector<std::byte> encodeJpeg2000(const GreyFrame& frame);
/// DICOM RLE (PS3.5 Annex G): one PackBits segment for each byte of a sample, the highest byte first.
[[nodiscard]] std::vector<std::byte> encodeRle(const GreyFrame& frame);

} // namespace diascope::demo
