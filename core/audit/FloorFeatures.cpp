// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Floors.h"
#include "audit/ImageStatistics.h"
#include "image/Resample.h"

#include <opencv2/core.hpp>
#include <opencv2/objdetect.hpp>

#include <algorithm>

namespace diascope::audit {

FloorFeatures floorFeatures(const image::Image& image)
{
    const image::Image grey = greyOf(image);
    FloorFeatures features;
    const image::Image small
        = image::resizeAntialiased(grey, FloorFeatures::kPixelSide, FloorFeatures::kPixelSide, image::Filter::Box);
    const auto pixels = small.samples<std::uint8_t>();
    features.pixels.assign(pixels.begin(), pixels.end());
    constexpr int side = FloorFeatures::kHogSide;
    const image::Image medium = image::resizeAntialiased(grey, side, side, image::Filter::Bilinear);
    cv::Mat picture(side, side, CV_8UC1);
    std::ranges::copy(medium.samples<std::uint8_t>(), picture.data);
    const cv::HOGDescriptor descriptor({side, side}, {16, 16}, {8, 8}, {8, 8}, 9);
    descriptor.compute(picture, features.hog);
    return features;
}

} // namespace diascope::audit
