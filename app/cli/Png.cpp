// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Png.h"

#include "base/AtomicFile.h"
#include "base/Error.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace diascope::cli {

namespace {

void encode(const std::filesystem::path& file, const cv::Mat& picture)
{
    std::vector<uchar> bytes;
    if (!cv::imencode(".png", picture, bytes)) {
        throw base::Error(base::ErrorCode::Internal, file.string(), "the picture could not be encoded as PNG");
    }
    base::writeFileAtomically(file, std::as_bytes(std::span(bytes)));
}

} // namespace

void writePng(const std::filesystem::path& file, const image::Image& image)
{
    const bool wide = image.type == image::PixelType::UInt16 || image.type == image::PixelType::Int16;
    if (!wide && image.type != image::PixelType::UInt8 && image.type != image::PixelType::Int8) {
        throw base::Error(base::ErrorCode::Unsupported, file.string(), "PNG holds 8 or 16 bits a sample, this frame has more",
                          "Write it as .npy.");
    }
    const int depth = wide ? CV_16U : CV_8U;
    auto bytes = *image.pixels;
    cv::Mat picture(image.height, image.width, CV_MAKETYPE(depth, image.channels), bytes.data());
    if (image.type == image::PixelType::Int16) {
        cv::Mat shifted;
        cv::Mat(image.height, image.width, CV_MAKETYPE(CV_16S, image.channels), bytes.data()).convertTo(shifted, CV_16U, 1.0, 32768.0);
        picture = shifted;
    }
    if (image.channels == 3) {
        cv::Mat swapped;
        cv::cvtColor(picture, swapped, cv::COLOR_RGB2BGR);
        picture = swapped;
    }
    encode(file, picture);
}

void writePng(const std::filesystem::path& file, const image::Rgb32& picture)
{
    auto pixels = picture.pixels;
    const cv::Mat bgra(picture.height, picture.width, CV_8UC4, pixels.data());
    cv::Mat bgr;
    cv::cvtColor(bgra, bgr, cv::COLOR_BGRA2BGR);
    encode(file, bgr);
}

} // namespace diascope::cli
