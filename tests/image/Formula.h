// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <cstring>
#include <string>
#include <vector>

namespace diascope::tests {

template <typename T> constexpr image::PixelType pixelTypeOf()
{
    if constexpr (std::is_same_v<T, std::uint8_t>) {
        return image::PixelType::UInt8;
    } else if constexpr (std::is_same_v<T, std::int8_t>) {
        return image::PixelType::Int8;
    } else if constexpr (std::is_same_v<T, std::uint16_t>) {
        return image::PixelType::UInt16;
    } else if constexpr (std::is_same_v<T, std::int16_t>) {
        return image::PixelType::Int16;
    } else if constexpr (std::is_same_v<T, std::uint32_t>) {
        return image::PixelType::UInt32;
    } else if constexpr (std::is_same_v<T, std::int32_t>) {
        return image::PixelType::Int32;
    } else if constexpr (std::is_same_v<T, float>) {
        return image::PixelType::Float32;
    } else {
        return image::PixelType::Float64;
    }
}

template <typename T> image::Image imageOf(int width, int height, int channels, const std::vector<T>& samples)
{
    std::vector<std::byte> bytes(samples.size() * sizeof(T));
    std::memcpy(bytes.data(), samples.data(), bytes.size());
    return image::makeImage(width, height, channels, pixelTypeOf<T>(), std::move(bytes));
}

/// value(x, y, c) for every sample.
template <typename T, typename F> image::Image imageFrom(int width, int height, int channels, F value)
{
    std::vector<T> samples;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < channels; ++c) {
                samples.push_back(static_cast<T>(value(x, y, c)));
            }
        }
    }
    return imageOf(width, height, channels, samples);
}

/// The inputs of tests/golden/make_resample.py. `kind`: "u8", "u16" or "f32".
inline image::Image formulaImage(const std::string& kind, int width, int height, int channels)
{
    if (kind == "u8") {
        return imageFrom<std::uint8_t>(width, height, channels,
                                       [](int x, int y, int c) { return (x * 37 + y * 101 + c * 53 + (x * y) % 29 * 7) % 256; });
    }
    if (kind == "u16") {
        return imageFrom<std::uint16_t>(width, height, channels,
                                        [](int x, int y, int c) { return (x * 977 + y * 3571 + c * 1999) % 40000 + 12000; });
    }
    return imageFrom<float>(width, height, channels,
                            [](int x, int y, int c) { return ((x * 977 + y * 3571 + c * 1999) % 4000) / 8.0 - 250.0; });
}

} // namespace diascope::tests
