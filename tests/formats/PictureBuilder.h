// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Pictures made byte by byte, so that a test knows every one of them, also the wrong ones.
namespace diascope::tests {

using Bytes = std::vector<std::byte>;

[[nodiscard]] Bytes bytesOf(std::string_view text);
void append(Bytes& target, const Bytes& more);
/// `count` bytes of `value`, most significant first (or last when `little`).
[[nodiscard]] Bytes number(std::uint64_t value, int count, bool little = false);

/// One PNG chunk with its CRC.
[[nodiscard]] Bytes pngChunk(std::string_view name, const Bytes& data);
/// zlib stream.
[[nodiscard]] Bytes deflated(const Bytes& data);

struct PngSpec {
    std::uint32_t width = 1, height = 1;
    int depth = 8;
    int colourType = 0;      ///< 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA.
    Bytes rows;              ///< Packed samples, row after row, without the filter bytes.
    Bytes beforeData;        ///< Whole chunks between IHDR and IDAT.
    bool claimOnly = false;  ///< Only `rows` are compressed, however large the header says the picture is.
};
[[nodiscard]] Bytes makePng(const PngSpec& spec);

/// Baseline JPEG of quality 100; `channels` 1, 3 (RGB) or 4 (CMYK as given); colour in full size, or in half of it both ways (4:2:0) when `halved`.
[[nodiscard]] Bytes makeJpeg(int width, int height, int channels, const Bytes& pixels, bool halved = false);
/// The JPEG with an EXIF block that states `orientation`.
[[nodiscard]] Bytes withExif(const Bytes& jpeg, int orientation, bool bigEndian = true);
/// The JPEG with another height and width in its frame header.
[[nodiscard]] Bytes withJpegSize(Bytes jpeg, std::uint16_t width, std::uint16_t height);

/// One directory: (tag, type, value) each with count 1, then the strip. `samples` are the pixel bytes.
struct TiffPage {
    std::uint32_t width = 1, height = 1, bits = 8, samplesPerPixel = 1, photometric = 1, sampleFormat = 1;
    std::uint32_t orientation = 1;
    Bytes samples;
};
[[nodiscard]] Bytes makeTiff(const std::vector<TiffPage>& pages, bool bigEndian = false);

/// Uncompressed BMP with a 40-byte header; `rows` bottom row first unless height is negative, padded by the caller.
[[nodiscard]] Bytes makeBmp(std::int32_t width, std::int32_t height, int bits, const Bytes& palette, const Bytes& rows);

} // namespace diascope::tests
