// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/Header.h"

#include <algorithm>
#include <cmath>

namespace diascope::dicom {

namespace {

constexpr Tag kFrameIncrementPointer = 0x00280009;
constexpr Tag kFrameTime = 0x00181063;
constexpr Tag kFrameTimeVector = 0x00181065;
constexpr Tag kFrameDelay = 0x00181066;
constexpr Tag kRecommendedRate = 0x00082144;
constexpr Tag kCineRate = 0x00180040;
constexpr double kAssumedMs = 100.0;

bool isUsable(double milliseconds)
{
    return std::isfinite(milliseconds) && milliseconds >= 1.0 && milliseconds <= 60000.0;
}

/// The vector holds the time from the frame before; a frame is on screen until the next one comes.
std::vector<double> durations(const std::vector<double>& increments, int frames)
{
    const auto count = static_cast<std::size_t>(frames);
    if (increments.size() < count) {
        return {};
    }
    std::vector<double> result(increments.begin() + 1, increments.begin() + static_cast<std::ptrdiff_t>(count));
    result.push_back(result.back());
    return std::all_of(result.begin(), result.end(), isUsable) ? result : std::vector<double>();
}

} // namespace

void fillFrameTimes(const DataSet& data, int frames, image::SourceInfo& info)
{
    if (frames < 2) {
        return;
    }
    const auto constant = [&](double milliseconds) {
        if (info.frameTimesMs.empty() && isUsable(milliseconds)) {
            info.frameTimesMs = {milliseconds};
        }
    };
    for (const double pointer : data.numbers(kFrameIncrementPointer)) {
        if (pointer == kFrameTimeVector && info.frameTimesMs.empty()) {
            info.frameTimesMs = durations(data.numbers(kFrameTimeVector), frames);
        } else if (pointer == kFrameTime) {
            constant(data.number(kFrameTime).value_or(0.0));
        }
    }
    for (const Tag rate : {kRecommendedRate, kCineRate}) {
        const double perSecond = data.number(rate).value_or(0.0);
        constant(perSecond > 0.0 ? 1000.0 / perSecond : 0.0);
    }
    // Without a pointer the time is not declared to be between frames, but it is the best hint left.
    constant(data.number(kFrameTime).value_or(0.0));
    constant(data.number(kFrameDelay).value_or(0.0));
    if (info.frameTimesMs.empty()) {
        info.frameTimesMs = {kAssumedMs};
        info.frameTimeAssumed = true;
    }
}

} // namespace diascope::dicom
