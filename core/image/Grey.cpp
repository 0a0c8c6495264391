// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Grey.h"

#include "image/PixelAccess.h"

#include <cstdint>
#include <type_traits>

namespace diascope::image {

namespace {

/// The loop alone, for the compiler to lay out for one instruction set.
[[gnu::always_inline]] inline void greyRow(const std::uint8_t* __restrict rgb, std::uint8_t* __restrict grey, std::size_t pixels)
{
    for (std::size_t i = 0; i < pixels; ++i) {
        grey[i] = static_cast<std::uint8_t>(luma(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]));
    }
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
[[gnu::target("avx2"), gnu::optimize("O3")]] void greyRowAvx2(const std::uint8_t* rgb, std::uint8_t* grey, std::size_t pixels)
{
    greyRow(rgb, grey, pixels);
}
#endif

void grey8(const std::uint8_t* rgb, std::uint8_t* grey, std::size_t pixels)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    if (__builtin_cpu_supports("avx2")) {
        greyRowAvx2(rgb, grey, pixels);
        return;
    }
#endif
    greyRow(rgb, grey, pixels);
}

template <typename T> std::vector<T> greySamples(std::span<const T> rgb)
{
    std::vector<T> grey(rgb.size() / 3);
    if constexpr (std::is_same_v<T, std::uint8_t>) {
        grey8(rgb.data(), grey.data(), grey.size());
        return grey;
    }
    for (std::size_t i = 0; i < grey.size(); ++i) {
        const T* p = rgb.data() + 3 * i;
        if constexpr (std::is_floating_point_v<T>) {
            grey[i] = (p[0] * T(19595) + p[1] * T(38470) + p[2] * T(7471)) / T(65536);
        } else {
            grey[i] = static_cast<T>(luma(p[0], p[1], p[2])); // 65535 * 65536 + 32768 still fits 32 bits.
        }
    }
    return grey;
}

Image greyOf(const Image& image)
{
    switch (image.type) {
    case PixelType::UInt8: return withSamples(image, image.width, image.height, 1, greySamples(image.samples<std::uint8_t>()));
    case PixelType::UInt16: return withSamples(image, image.width, image.height, 1, greySamples(image.samples<std::uint16_t>()));
    case PixelType::Float32: return withSamples(image, image.width, image.height, 1, greySamples(image.samples<float>()));
    default: break;
    }
    throw base::Error(base::ErrorCode::Unsupported, "grey", "colour of this sample type is not converted");
}

} // namespace

Image toGrey(const Image& image)
{
    requirePixels(image, "grey");
    if (image.channels == 1) {
        return image;
    }
    Image result = greyOf(image);
    result.photometric = Photometric::Monochrome2;
    return result;
}

Image toRgb(const Image& image)
{
    requirePixels(image, "rgb");
    if (image.channels == 3) {
        return image;
    }
    Image result = visitSamples(image, [&](auto samples) {
        using T = std::remove_const_t<typename decltype(samples)::element_type>;
        std::vector<T> rgb;
        rgb.reserve(samples.size() * 3);
        for (const T sample : samples) {
            rgb.insert(rgb.end(), 3, sample);
        }
        return withSamples(image, image.width, image.height, 3, rgb);
    });
    result.photometric = Photometric::Rgb;
    return result;
}

} // namespace diascope::image
