// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "image/Image.h"

#include <cstring>
#include <vector>

namespace diascope::image {

/// Calls `visitor` with the image's samples as a typed span. The one switch over PixelType for whole-image work.
template <typename Visitor> decltype(auto) visitSamples(const Image& image, Visitor&& visitor)
{
    switch (image.type) {
    case PixelType::UInt8: return visitor(image.samples<std::uint8_t>());
    case PixelType::Int8: return visitor(image.samples<std::int8_t>());
    case PixelType::UInt16: return visitor(image.samples<std::uint16_t>());
    case PixelType::Int16: return visitor(image.samples<std::int16_t>());
    case PixelType::UInt32: return visitor(image.samples<std::uint32_t>());
    case PixelType::Int32: return visitor(image.samples<std::int32_t>());
    case PixelType::Float32: return visitor(image.samples<float>());
    case PixelType::Float64: break;
    }
    return visitor(image.samples<double>());
}

/// A copy of `meaning`'s fields (rescale, windows, ...) around other samples of another shape.
template <typename T>
Image withSamples(const Image& meaning, int width, int height, int channels, const std::vector<T>& samples)
{
    Image result = meaning;
    result.width = width;
    result.height = height;
    result.channels = channels;
    std::vector<std::byte> bytes(samples.size() * sizeof(T));
    if (!bytes.empty()) {
        std::memcpy(bytes.data(), samples.data(), bytes.size());
    }
    result.pixels = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return result;
}

inline void requirePixels(const Image& image, const char* what)
{
    if (image.empty() || image.bytes().size() != image.sampleCount() * bytesPerSample(image.type)) {
        throw base::Error(base::ErrorCode::Internal, what, "the image is empty or its pixels do not fit its shape");
    }
}

} // namespace diascope::image
