// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Resample.h"

#include "image/PixelAccess.h"
#include "image/ResampleKernel.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

namespace diascope::image {

namespace {

constexpr std::array kFilters{Filter::Box, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos};
constexpr std::array kPlainFilters{PlainFilter::Bilinear, PlainFilter::Area, PlainFilter::Bicubic, PlainFilter::Nearest};

/// The weighted sum of samples `stride` apart. 8-bit data has its own, faster path below.
template <typename T> T filtered(const T* samples, std::size_t stride, const Kernel& kernel)
{
    double sum = 0.0;
    for (const double weight : kernel.weights) {
        sum += static_cast<double>(*samples) * weight;
        samples += stride;
    }
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(sum);
    } else {
        return static_cast<T>(std::clamp(std::round(sum), static_cast<double>(std::numeric_limits<T>::min()),
                                         static_cast<double>(std::numeric_limits<T>::max())));
    }
}

template <typename T> std::vector<T> resizeRows(std::span<const T> in, const Shape& shape, int width, Filter filter)
{
    const auto kernels = makeKernels(shape.width, width, filter);
    const auto channels = static_cast<std::size_t>(shape.channels);
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(width) * channels);
    for (int y = 0; y < shape.height; ++y) {
        const T* row = in.data() + static_cast<std::size_t>(y) * shape.rowSamples();
        for (const Kernel& kernel : kernels) {
            const T* first = row + static_cast<std::size_t>(kernel.first) * channels;
            for (std::size_t c = 0; c < channels; ++c) {
                out.push_back(filtered(first + c, channels, kernel));
            }
        }
    }
    return out;
}

template <typename T> std::vector<T> resizeColumns(std::span<const T> in, const Shape& shape, int height, Filter filter)
{
    const auto kernels = makeKernels(shape.height, height, filter);
    const std::size_t stride = shape.rowSamples();
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(height) * stride);
    for (const Kernel& kernel : kernels) {
        const T* first = in.data() + static_cast<std::size_t>(kernel.first) * stride;
        for (std::size_t i = 0; i < stride; ++i) {
            out.push_back(filtered(first + i, stride, kernel));
        }
    }
    return out;
}

template <typename T> Image resizedAs(const Image& image, int width, int height, Filter filter)
{
    Shape shape{image.width, image.height, image.channels};
    std::vector<T> samples;
    if constexpr (std::is_same_v<T, std::uint8_t>) {
        samples = resize8(image.samples<T>(), shape, width, height, filter);
    } else {
        std::span<const T> current = image.samples<T>();
        if (width != shape.width) {
            samples = resizeRows<T>(current, shape, width, filter);
            current = samples;
            shape.width = width;
        }
        samples = height != shape.height ? resizeColumns<T>(current, shape, height, filter) : std::vector<T>(current.begin(), current.end());
    }
    return withSamples(image, width, height, image.channels, samples);
}

/// What must change in the meaning of the pixels when their number does.
void followResize(const Image& from, Image& to)
{
    const double sx = static_cast<double>(from.width) / to.width;
    const double sy = static_cast<double>(from.height) / to.height;
    to.paddingStored.reset();
    if (!from.spacing) {
        to.geometry.reset();
        return;
    }
    to.spacing->columnMm = from.spacing->columnMm * sx;
    to.spacing->rowMm = from.spacing->rowMm * sy;
    if (to.geometry) {
        // The centre of the new first pixel, in old pixels from the centre of the old one.
        const double right = (sx - 1.0) / 2.0 * from.spacing->columnMm;
        const double down = (sy - 1.0) / 2.0 * from.spacing->rowMm;
        for (std::size_t i = 0; i < 3; ++i) {
            to.geometry->position[i] += right * to.geometry->rowDirection[i] + down * to.geometry->columnDirection[i];
        }
    }
}

void checkRequest(const Image& image, int width, int height)
{
    requirePixels(image, "resize");
    if (width < 1 || height < 1) {
        throw base::Error(base::ErrorCode::Internal, "resize",
                          "the size " + std::to_string(width) + " x " + std::to_string(height) + " is empty");
    }
}

[[noreturn]] void throwUnsupported()
{
    throw base::Error(base::ErrorCode::Unsupported, "resize", "images of this sample type are not resized");
}

int cvDepth(PixelType type)
{
    switch (type) {
    case PixelType::UInt8: return CV_8U;
    case PixelType::UInt16: return CV_16U;
    case PixelType::Int16: return CV_16S;
    case PixelType::Float32: return CV_32F;
    default: break;
    }
    throwUnsupported();
}

int cvInterpolation(PlainFilter filter)
{
    switch (filter) {
    case PlainFilter::Bilinear: return cv::INTER_LINEAR;
    case PlainFilter::Area: return cv::INTER_AREA;
    case PlainFilter::Bicubic: return cv::INTER_CUBIC;
    case PlainFilter::Nearest: break;
    }
    return cv::INTER_NEAREST;
}

} // namespace

std::string_view name(Filter filter)
{
    switch (filter) {
    case Filter::Box: return "box";
    case Filter::Bilinear: return "bilinear";
    case Filter::Bicubic: return "bicubic";
    case Filter::Lanczos: break;
    }
    return "lanczos";
}

std::optional<Filter> filterFromName(std::string_view text)
{
    const auto found = std::find_if(kFilters.begin(), kFilters.end(), [&](Filter f) { return name(f) == text; });
    return found == kFilters.end() ? std::nullopt : std::optional(*found);
}

std::string_view name(PlainFilter filter)
{
    switch (filter) {
    case PlainFilter::Bilinear: return "bilinear";
    case PlainFilter::Area: return "area";
    case PlainFilter::Bicubic: return "bicubic";
    case PlainFilter::Nearest: break;
    }
    return "nearest";
}

std::optional<PlainFilter> plainFilterFromName(std::string_view text)
{
    const auto found = std::find_if(kPlainFilters.begin(), kPlainFilters.end(), [&](PlainFilter f) { return name(f) == text; });
    return found == kPlainFilters.end() ? std::nullopt : std::optional(*found);
}

Image resizeAntialiased(const Image& image, int width, int height, Filter filter)
{
    checkRequest(image, width, height);
    Image result;
    switch (image.type) {
    case PixelType::UInt8: result = resizedAs<std::uint8_t>(image, width, height, filter); break;
    case PixelType::UInt16: result = resizedAs<std::uint16_t>(image, width, height, filter); break;
    case PixelType::Int16: result = resizedAs<std::int16_t>(image, width, height, filter); break;
    case PixelType::Float32: result = resizedAs<float>(image, width, height, filter); break;
    default: throwUnsupported();
    }
    followResize(image, result);
    return result;
}

Image resizePlain(const Image& image, int width, int height, PlainFilter filter)
{
    checkRequest(image, width, height);
    const int type = CV_MAKETYPE(cvDepth(image.type), image.channels);
    try {
        // OpenCV takes no pointer to const; the matrix is only read.
        const cv::Mat in(image.height, image.width, type, const_cast<std::byte*>(image.bytes().data()));
        std::vector<std::byte> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * in.elemSize());
        cv::Mat out(height, width, type, pixels.data());
        cv::resize(in, out, out.size(), 0.0, 0.0, cvInterpolation(filter));
        Image result = withSamples(image, width, height, image.channels, pixels);
        followResize(image, result);
        return result;
    } catch (const cv::Exception& e) {
        throw base::Error(base::ErrorCode::Internal, "resize", e.what());
    }
}

Image resizeBilinear(const Image& image, int width, int height)
{
    return resizePlain(image, width, height, PlainFilter::Bilinear);
}

} // namespace diascope::image
