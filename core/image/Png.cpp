// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/Png.h"

#include "image/PixelAccess.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <cstring>

namespace diascope::image {

namespace {

/// The samples as OpenCV writes them: unsigned, blue first.
cv::Mat matrixOf(const Image& image)
{
    const bool wide = bytesPerSample(image.type) == 2;
    // OpenCV takes no pointer to const; the matrix is only read.
    auto* const first = const_cast<std::byte*>(image.bytes().data());
    cv::Mat picture(image.height, image.width, CV_MAKETYPE(wide ? CV_16U : CV_8U, image.channels), first);
    if (isSigned(image.type)) {
        cv::Mat shifted;
        cv::Mat(image.height, image.width, CV_MAKETYPE(wide ? CV_16S : CV_8S, image.channels), first)
            .convertTo(shifted, wide ? CV_16U : CV_8U, 1.0, wide ? 32768.0 : 128.0);
        picture = shifted;
    }
    if (image.channels == 3) {
        cv::Mat swapped;
        cv::cvtColor(picture, swapped, cv::COLOR_RGB2BGR);
        picture = swapped;
    }
    return picture;
}

} // namespace

std::vector<std::byte> encodePng(const Image& image, const std::string& subject)
{
    requirePixels(image, "PNG");
    if (bytesPerSample(image.type) > 2) {
        throw base::Error(base::ErrorCode::Unsupported, subject, "PNG holds 8 or 16 bits a sample, this frame has more",
            "Write it as .npy.");
    }
    try {
        std::vector<uchar> encoded;
        if (!cv::imencode(".png", matrixOf(image), encoded)) {
            throw base::Error(base::ErrorCode::Internal, subject, "the picture could not be encoded as PNG");
        }
        std::vector<std::byte> bytes(encoded.size());
        std::memcpy(bytes.data(), encoded.data(), encoded.size());
        return bytes;
    } catch (const cv::Exception& failure) {
        throw base::Error(base::ErrorCode::Internal, subject, failure.what());
    }
}

} // namespace diascope::image
