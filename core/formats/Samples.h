// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "image/Image.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace diascope::formats {

/// What the last sample of a pixel means when there are two or four.
enum class LastSample {
    Alpha,   ///< Composited over black.
    Ignored, ///< Padding, or colours that are multiplied by it already.
};

namespace detail {

template <typename T> T overBlack(T colour, T alpha)
{
    if constexpr (std::is_floating_point_v<T>) {
        return colour * alpha;
    } else {
        constexpr std::int64_t full = std::numeric_limits<T>::max();
        return static_cast<T>((std::int64_t{colour} * alpha + full / 2) / full);
    }
}

template <typename T>
std::vector<std::byte> withoutLastSample(const std::vector<std::byte>& samples, int stored, LastSample last)
{
    const auto* source = reinterpret_cast<const T*>(samples.data());
    const std::size_t pixels = samples.size() / sizeof(T) / static_cast<std::size_t>(stored);
    std::vector<std::byte> result(pixels * static_cast<std::size_t>(stored - 1) * sizeof(T));
    auto* target = reinterpret_cast<T*>(result.data());
    for (std::size_t pixel = 0; pixel < pixels; ++pixel, source += stored) {
        for (int c = 0; c < stored - 1; ++c) {
            *target++ = last == LastSample::Alpha ? overBlack(source[c], source[stored - 1]) : source[c];
        }
    }
    return result;
}

} // namespace detail

/// Whether an RGB picture of 8 bits a sample has a pixel that is not grey.
inline bool hasColour(std::span<const std::byte> rgb)
{
    constexpr std::size_t kBlock = 3 * 1024; // short enough to end early, long enough for vector instructions
    for (std::size_t begin = 0; begin < rgb.size(); begin += kBlock) {
        const std::size_t end = std::min(begin + kBlock, rgb.size());
        std::byte difference{0};
        for (std::size_t i = begin; i < end; i += 3) {
            difference |= (rgb[i] ^ rgb[i + 1]) | (rgb[i] ^ rgb[i + 2]);
        }
        if (difference != std::byte{0}) {
            return true;
        }
    }
    return false;
}

/// The picture of `stored` interleaved samples a pixel (1 grey, 2 grey + last, 3 RGB, 4 RGB + last) as grey or RGB.
inline image::Image pictureOf(int width, int height, int stored, image::PixelType type, LastSample last,
                              std::vector<std::byte> samples)
{
    const int channels = stored >= 3 ? 3 : 1;
    if (stored == 2 || stored == 4) {
        switch (image::bytesPerSample(type)) {
        case 1: samples = detail::withoutLastSample<std::uint8_t>(samples, stored, last); break;
        case 2: samples = detail::withoutLastSample<std::uint16_t>(samples, stored, last); break;
        case 4: samples = detail::withoutLastSample<float>(samples, stored, last); break;
        default: samples = detail::withoutLastSample<double>(samples, stored, last); break;
        }
    }
    image::Image picture = image::makeImage(width, height, channels, type, std::move(samples));
    picture.bitsStored = static_cast<int>(8 * image::bytesPerSample(type));
    picture.photometric = channels == 1 ? image::Photometric::Monochrome2 : image::Photometric::Rgb;
    return picture;
}

} // namespace diascope::formats
