// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "image/Image.h"

#include <sys/resource.h>

#include <functional>
#include <optional>
#include <vector>

namespace diascope::tests {

/// The error that `action` throws, if any.
inline std::optional<base::Error> errorOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return error;
    }
    return std::nullopt;
}

/// All samples of a small image as numbers.
inline std::vector<double> values(const image::Image& image)
{
    std::vector<double> result;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int c = 0; c < image.channels; ++c) {
                result.push_back(image.stored(x, y, c));
            }
        }
    }
    return result;
}

/// Peak of the resident memory of this process so far, in MiB.
inline long peakMemoryMiB()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

} // namespace diascope::tests
