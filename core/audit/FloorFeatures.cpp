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

std::vector<FloorSplit> floorSplits(std::span<const dataset::FoldPlan> plans)
{
    using dataset::Role;
    std::vector<FloorSplit> splits;
    for (const dataset::FoldPlan& plan : plans) {
        const bool tested = std::find(plan.roles.begin(), plan.roles.end(), Role::Test) != plan.roles.end();
        FloorSplit split;
        for (std::size_t i = 0; i < plan.roles.size(); ++i) {
            if (plan.roles[i] == Role::Train) {
                split.training.push_back(i);
            } else if (plan.roles[i] == (tested ? Role::Test : Role::Validation)) {
                split.heldOut.push_back(i);
            }
        }
        splits.push_back(std::move(split));
    }
    return splits;
}

std::vector<FloorSplit> floorSplits(std::span<const int> folds)
{
    const int count = folds.empty() ? 0 : *std::max_element(folds.begin(), folds.end()) + 1;
    std::vector<FloorSplit> splits;
    for (int fold = 0; fold < count; ++fold) {
        FloorSplit split;
        for (std::size_t i = 0; i < folds.size(); ++i) {
            (folds[i] == fold ? split.heldOut : split.training).push_back(i);
        }
        if (!split.heldOut.empty()) {
            splits.push_back(std::move(split));
        }
    }
    return splits;
}

} // namespace diascope::audit
