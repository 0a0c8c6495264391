// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dataset/Dataset.h"

#include <cstdint>
#include <memory>

namespace diascope::image {
class Preprocess;
}

namespace diascope::dataset {

/// Every readable sample, decoded and preprocessed once: what the network saw, in one block.
struct PixelStore {
    int height = 0, width = 0, channels = 0;
    std::shared_ptr<std::vector<std::uint8_t>> pixels; ///< N,H,W,C without padding.
    std::vector<std::size_t> samples;                  ///< Row n of the block is this sample of the data set; ascending.
    std::vector<base::Problem> problems;               ///< One per sample that could not be read: it is not in the block.
    double seconds = 0.0;
    [[nodiscard]] std::size_t count() const { return samples.size(); }
    [[nodiscard]] std::size_t bytesPerImage() const
    {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    }
};

/// Decodes through `pool` on `threads` threads (0 = all cores; the calling thread waits and reports progress) and preprocesses
/// each image. Same bytes for any number of threads. Throws Error{Stopped|OutOfMemory}; a bad file is a problem, not an error.
[[nodiscard]] PixelStore buildPixelStore(const Dataset& dataset, const image::Preprocess& preprocess, decode::DecoderPool& pool,
                                         int threads = 0, const ProgressFunction& progress = {}, std::stop_token stop = {});

} // namespace diascope::dataset
