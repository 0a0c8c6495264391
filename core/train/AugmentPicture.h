// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/Augment.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace diascope::train {

/// One stored picture, C,H,W, of 8 or 16 bits. Strides in elements.
struct StoredPicture {
    const void* pixels = nullptr;
    bool sixteenBits = false;
    std::int64_t channels = 0, height = 0, width = 0;
    std::int64_t channelStride = 0, rowStride = 0, columnStride = 0;
};

/// Where the network's input goes. Strides in elements.
struct InputPicture {
    float* values = nullptr;
    std::int64_t channelStride = 0, rowStride = 0, columnStride = 0;
    const float* mean = nullptr; ///< One per channel.
    const float* stdDev = nullptr;
};

/// Augments and normalises one picture after another on the CPU, in one thread, with memory of its own that is used
/// again.
class PictureAugmenter {
public:
    explicit PictureAugmenter(const AugmentConfig& config)
        : m_config(config)
    {
    }
    void run(const StoredPicture& from, const AugmentDraw& draw, const InputPicture& to);

private:
    void load(const StoredPicture& from, const AugmentDraw& draw);
    void warp(const AugmentDraw& draw);
    void blur(int size);
    void holes(const AugmentDraw& draw);
    void store(const InputPicture& to) const;
    [[nodiscard]] float* plane(std::vector<float>& values, std::int64_t channel) const
    {
        return values.data() + channel * m_height * m_width;
    }

    const AugmentConfig& m_config;
    std::int64_t m_channels = 0, m_height = 0, m_width = 0;
    std::vector<float> m_values, m_scratch; ///< C,H,W in 0..1.
};

} // namespace diascope::train
