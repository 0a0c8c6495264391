// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Bmp.h"

#include "formats/ByteReader.h"
#include "formats/Samples.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace diascope::formats {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::uint32_t kCoreHeaderBytes = 12;

/// True when every entry of the palette is a grey.
bool greyPalette(const ByteReader& reader, std::uint32_t headerBytes, std::uint32_t bits)
{
    const std::uint64_t entryBytes = headerBytes == kCoreHeaderBytes ? 3 : 4;
    const std::uint64_t possible = std::uint64_t{1} << bits;
    std::uint64_t count = headerBytes == kCoreHeaderBytes ? possible : reader.u32(46).value_or(0);
    count = count == 0 || count > possible ? possible : count;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t at = 14 + headerBytes + entryBytes * i;
        const auto blue = reader.u8(at);
        if (!blue || reader.u8(at + 1) != blue || reader.u8(at + 2) != blue) {
            return false;
        }
    }
    return true;
}

} // namespace

PictureHeader bmpHeader(std::span<const std::byte> bytes, const std::string& subject)
{
    const ByteReader reader(bytes, false);
    const std::uint32_t headerBytes = reader.u32(14).value_or(0);
    const bool core = headerBytes == kCoreHeaderBytes;
    const auto width = core ? reader.u16(18) : reader.u32(18);
    const auto height = core ? reader.u16(20) : reader.u32(22);
    const auto bits = core ? reader.u16(24) : reader.u16(28);
    if (!width || !height || !bits || reader.part(14, headerBytes).empty()) {
        throw Error(ErrorCode::Malformed, subject, "this BMP file ends within its header");
    }
    if (*bits != 1 && *bits != 4 && *bits != 8 && *bits != 16 && *bits != 24 && *bits != 32) {
        throw Error(ErrorCode::Unsupported, subject, "this BMP file has " + std::to_string(*bits) + " bits a pixel");
    }
    PictureHeader header;
    header.width = *width;
    // A negative height means that the first row is the top one.
    const auto signedHeight = static_cast<std::int64_t>(static_cast<std::int32_t>(*height));
    header.height = static_cast<std::uint32_t>(std::llabs(core ? std::int64_t{*height} : signedHeight));
    header.channels = *bits <= 8 && greyPalette(reader, headerBytes, *bits) ? 1 : 3;
    header.storedChannels = header.channels == 1 ? 1 : 4;
    checkLimits(header, "BMP", subject);
    return header;
}

namespace {

struct BmpLayout {
    std::uint32_t bits = 0, headerBytes = 0, dataAt = 0, entryBytes = 4;
    bool topDown = false;
    std::array<std::uint32_t, 3> masks{}; ///< Red, green, blue of 16- and 32-bit pixels.
};

BmpLayout layoutOf(const ByteReader& reader, const std::string& subject)
{
    BmpLayout layout;
    layout.headerBytes = reader.u32(14).value_or(0);
    layout.dataAt = reader.u32(10).value_or(0);
    const bool core = layout.headerBytes == kCoreHeaderBytes;
    layout.bits = (core ? reader.u16(24) : reader.u16(28)).value_or(0);
    layout.entryBytes = core ? 3 : 4;
    layout.topDown = !core && static_cast<std::int32_t>(reader.u32(22).value_or(0)) < 0;
    const std::uint32_t compression = core ? 0 : reader.u32(30).value_or(0);
    const bool masks = compression == 3 || compression == 6;
    if (compression != 0 && !(masks && layout.bits >= 16)) {
        throw Error(ErrorCode::Unsupported, subject,
                    "this BMP file is compressed (method " + std::to_string(compression) + "), which is not read");
    }
    if (masks) {
        layout.masks = {reader.u32(54).value_or(0), reader.u32(58).value_or(0), reader.u32(62).value_or(0)};
    } else {
        layout.masks = layout.bits == 16 ? std::array<std::uint32_t, 3>{0x7c00, 0x03e0, 0x001f}
                                         : std::array<std::uint32_t, 3>{0xff0000, 0xff00, 0xff};
    }
    return layout;
}

/// The bits under `mask`, spread to 0..255.
std::byte masked(std::uint32_t pixel, std::uint32_t mask)
{
    if (mask == 0) {
        return std::byte{0};
    }
    const int shift = std::countr_zero(mask);
    const std::uint64_t full = mask >> shift;
    return static_cast<std::byte>((std::uint64_t{(pixel & mask) >> shift} * 255 + full / 2) / full);
}

/// Red, green and blue of column `x` in the row that begins at `row`; nothing when the file ends before.
std::optional<std::array<std::byte, 3>> pixelAt(const ByteReader& reader, const BmpLayout& layout, std::uint64_t row,
                                                std::uint64_t x)
{
    const std::uint64_t bit = x * layout.bits;
    const std::uint64_t at = row + bit / 8;
    if (layout.bits <= 8) {
        const auto byte = reader.u8(at);
        if (!byte) {
            return std::nullopt;
        }
        const std::uint32_t index = (*byte >> (8 - layout.bits - bit % 8)) & ((1u << layout.bits) - 1);
        const std::uint64_t entry = 14 + std::uint64_t{layout.headerBytes} + std::uint64_t{index} * layout.entryBytes;
        // An index beyond the palette is black, as in other programs.
        const auto part = [&](std::uint64_t i) { return static_cast<std::byte>(reader.u8(entry + i).value_or(0)); };
        return std::array{part(2), part(1), part(0)};
    }
    if (layout.bits == 24) {
        const auto blue = reader.u8(at), green = reader.u8(at + 1), red = reader.u8(at + 2);
        return red ? std::optional(std::array{static_cast<std::byte>(*red), static_cast<std::byte>(*green),
                                              static_cast<std::byte>(*blue)})
                   : std::nullopt;
    }
    const auto pixel = layout.bits == 16 ? reader.u16(at) : reader.u32(at);
    return pixel ? std::optional(std::array{masked(*pixel, layout.masks[0]), masked(*pixel, layout.masks[1]),
                                            masked(*pixel, layout.masks[2])})
                 : std::nullopt;
}

} // namespace

image::Image readBmp(std::span<const std::byte> bytes, const std::string& subject)
{
    const PictureHeader header = bmpHeader(bytes, subject);
    const ByteReader reader(bytes, false);
    const BmpLayout layout = layoutOf(reader, subject);
    const std::uint64_t rowBytes = (std::uint64_t{header.width} * layout.bits + 31) / 32 * 4;
    const auto channels = static_cast<std::size_t>(header.channels);
    std::vector<std::byte> samples(std::size_t{header.width} * header.height * channels);
    std::byte* target = samples.data();
    for (std::uint64_t y = 0; y < header.height; ++y) {
        const std::uint64_t row = layout.dataAt + rowBytes * (layout.topDown ? y : header.height - 1 - y);
        for (std::uint64_t x = 0; x < header.width; ++x, target += channels) {
            const auto pixel = pixelAt(reader, layout, row, x);
            if (!pixel) {
                throw Error(ErrorCode::Malformed, subject, "this BMP file is truncated");
            }
            std::copy_n(pixel->begin(), channels, target);
        }
    }
    return pictureOf(static_cast<int>(header.width), static_cast<int>(header.height), header.channels,
                     image::PixelType::UInt8, LastSample::Ignored, std::move(samples));
}

} // namespace diascope::formats
