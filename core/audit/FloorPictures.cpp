// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/FloorPictures.h"

#include "dataset/ParallelFor.h"
#include "decode/DecoderPool.h"

namespace diascope::audit {

DescribedPictures describePictures(const dataset::Dataset& data, decode::DecoderPool& pool,
    const DescribeConfig& config, const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    struct Slot {
        std::optional<FloorFeatures> features;
        dataset::Fingerprint print;
        base::Problem problem;
    };
    std::vector<Slot> slots(data.samples.size()); // each written by one thread
    const auto take = [&](std::size_t i) {
        try {
            const image::Image image = pool.frame(data.samples[i].file, {.frame = data.samples[i].frame});
            if (config.fingerprints) {
                slots[i].print = dataset::fingerprintOf(image);
            }
            slots[i].features = floorFeatures(image);
        } catch (const base::Error& error) {
            slots[i].problem = base::toProblem(error);
        }
    };
    const int threads = dataset::decodingThreads(config.threads, pool.workers());
    dataset::parallelFor({"Describing pictures", slots.size(), threads}, take, progress, stop);
    DescribedPictures described;
    described.rowOf.resize(slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (!slots[i].features) {
            described.problems.push_back(std::move(slots[i].problem));
            continue;
        }
        described.rowOf[i] = described.features.size();
        described.features.push_back(std::move(*slots[i].features));
        described.labels.push_back(data.samples[i].label);
        described.samples.push_back(i);
        if (config.fingerprints) {
            described.prints.push_back(std::move(slots[i].print));
        }
    }
    return described;
}

} // namespace diascope::audit
