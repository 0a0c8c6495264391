// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/Orientation.h"

#include "formats/ByteReader.h"

#include <cstring>
#include <utility>

namespace diascope::formats {

namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kTypeShort = 3;

/// Copies pixel by pixel; `from(x, y)` gives the stored column and row of a delivered pixel.
template <typename From>
std::vector<std::byte> rearranged(const image::Image& image, std::pair<int, int> size, From from)
{
    const std::size_t pixelBytes
        = image::bytesPerSample(image.type) * static_cast<std::size_t>(image.channels);
    const std::byte* source = image.pixels->data();
    std::vector<std::byte> result(image.pixels->size());
    std::byte* target = result.data();
    for (int y = 0; y < size.second; ++y) {
        for (int x = 0; x < size.first; ++x) {
            const auto [column, row] = from(x, y);
            const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width)
                                   + static_cast<std::size_t>(column);
            std::memcpy(target, source + at * pixelBytes, pixelBytes);
            target += pixelBytes;
        }
    }
    return result;
}

} // namespace

std::optional<int> exifOrientation(std::span<const std::byte> tiff)
{
    const ByteReader order(tiff);
    const bool bigEndian = order.has(0, "MM");
    if (!bigEndian && !order.has(0, "II")) {
        return std::nullopt;
    }
    const ByteReader reader(tiff, bigEndian);
    const auto first = reader.u32(4);
    const auto count = first ? reader.u16(*first) : std::nullopt;
    if (reader.u16(2) != 42u || !count) {
        return std::nullopt;
    }
    for (std::uint64_t i = 0; i < *count; ++i) {
        const std::uint64_t entry = std::uint64_t{*first} + 2 + 12 * i;
        const auto tag = reader.u16(entry);
        if (!tag) {
            return std::nullopt;
        }
        if (*tag == kOrientationTag && reader.u16(entry + 2) == kTypeShort) {
            const auto value = reader.u16(entry + 8);
            return value && *value >= 1 && *value <= 8 ? std::optional<int>(static_cast<int>(*value))
                                                       : std::nullopt;
        }
    }
    return std::nullopt;
}

image::Image oriented(const image::Image& image, int orientation)
{
    if (orientation <= 1 || orientation > 8 || image.empty()) {
        return image;
    }
    const int right = image.width - 1;
    const int bottom = image.height - 1;
    const bool swapped = orientation >= 5;
    const std::pair<int, int> size = swapped ? std::pair(image.height, image.width)
                                             : std::pair(image.width, image.height);
    auto from = [=](int x, int y) -> std::pair<int, int> {
        switch (orientation) {
        case 2: return {right - x, y};
        case 3: return {right - x, bottom - y};
        case 4: return {x, bottom - y};
        case 5: return {y, x};
        case 6: return {y, bottom - x};
        case 7: return {right - y, bottom - x};
        default: return {right - y, x};
        }
    };
    image::Image result = image;
    result.pixels = std::make_shared<const std::vector<std::byte>>(rearranged(image, size, from));
    result.width = size.first;
    result.height = size.second;
    return result;
}

} // namespace diascope::formats
