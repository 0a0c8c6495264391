// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Enhance.h"

#include "image/PixelAccess.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

namespace diascope::image {

namespace {

Image withPixels(const Image& meaning, const cv::Mat& pixels)
{
    const std::vector<std::uint8_t> samples(pixels.datastart, pixels.dataend);
    return withSamples(meaning, meaning.width, meaning.height, meaning.channels, samples);
}

/// Runs `change` (8-bit plane in, 8-bit plane out) on the grey levels, or on the luminance of colour.
template <typename Change> Image onLuminance(const Image& image, const Change& change)
{
    requirePixels(image, "preprocessing");
    if (image.type != PixelType::UInt8) {
        throw base::Error(
            base::ErrorCode::Mismatch, "preprocessing", "the contrast of 8-bit pictures only is changed here");
    }
    try {
        // OpenCV takes no pointer to const; the matrix is only read.
        const cv::Mat in(
            image.height, image.width, CV_8UC(image.channels), const_cast<std::byte*>(image.bytes().data()));
        cv::Mat out;
        if (image.channels == 1) {
            change(in, out);
            return withPixels(image, out);
        }
        cv::Mat lumaChroma;
        cv::cvtColor(in, lumaChroma, cv::COLOR_RGB2YCrCb);
        cv::Mat luma;
        cv::extractChannel(lumaChroma, luma, 0);
        change(luma, out);
        cv::insertChannel(out, lumaChroma, 0);
        cv::Mat rgb;
        cv::cvtColor(lumaChroma, rgb, cv::COLOR_YCrCb2RGB);
        return withPixels(image, rgb);
    } catch (const cv::Exception& failure) {
        const bool memory = failure.code == cv::Error::StsNoMem;
        throw base::Error(
            memory ? base::ErrorCode::OutOfMemory : base::ErrorCode::Internal, "preprocessing", failure.what());
    }
}

} // namespace

Image enhanced(const Image& image, const ClaheStep& step)
{
    return onLuminance(image, [&step](const cv::Mat& in, cv::Mat& out) {
        cv::createCLAHE(step.clipLimit, cv::Size(step.tiles, step.tiles))->apply(in, out);
    });
}

Image enhanced(const Image& image, const DenoiseStep& step)
{
    return onLuminance(image, [&step](const cv::Mat& in, cv::Mat& out) {
        switch (step.method) {
        case DenoiseStep::Method::Median:
            cv::medianBlur(in, out, step.size);
            break;
        case DenoiseStep::Method::Gaussian:
            cv::GaussianBlur(in, out, cv::Size(step.size, step.size), step.sigma);
            break;
        case DenoiseStep::Method::NonLocalMeans:
            cv::fastNlMeansDenoising(in, out, static_cast<float>(step.strength), step.patch, 2 * step.distance + 1);
            break;
        }
    });
}

Image enhanced(const Image& image, const EqualiseStep&)
{
    return onLuminance(image, [](const cv::Mat& in, cv::Mat& out) { cv::equalizeHist(in, out); });
}

} // namespace diascope::image
