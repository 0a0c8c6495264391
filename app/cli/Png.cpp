// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Png.h"

#include "base/AtomicFile.h"
#include "base/Error.h"
#include "image/Png.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace diascope::cli {

void writePng(const std::filesystem::path& file, const image::Image& image)
{
    const std::vector<std::byte> bytes = image::encodePng(image, file.string());
    base::writeFileAtomically(file, std::span<const std::byte>(bytes));
}

void writePng(const std::filesystem::path& file, const image::Rgb32& picture)
{
    auto pixels = picture.pixels;
    const cv::Mat bgra(picture.height, picture.width, CV_8UC4, pixels.data());
    cv::Mat bgr;
    cv::cvtColor(bgra, bgr, cv::COLOR_BGRA2BGR);
    std::vector<uchar> bytes;
    if (!cv::imencode(".png", bgr, bytes)) {
        throw base::Error(base::ErrorCode::Internal, file.string(), "the picture could not be encoded as PNG");
    }
    base::writeFileAtomically(file, std::as_bytes(std::span(bytes)));
}

} // namespace diascope::cli
