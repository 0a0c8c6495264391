// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Floors.h"
#include "dataset/Dataset.h"
#include "dataset/Fingerprint.h"

namespace diascope::audit {

/// The pictures of a data set as the trivial methods see them.
struct DescribedPictures {
    std::vector<FloorFeatures> features; ///< One row each picture that could be read, in the order of the samples.
    std::vector<int> labels;             ///< Of each row.
    std::vector<std::size_t> samples;    ///< Of each row: its place in the data set.
    std::vector<std::optional<std::size_t>> rowOf; ///< Of each sample of the data set: its row.
    std::vector<dataset::Fingerprint> prints;      ///< Of each row, where they were asked for.
    std::vector<base::Problem> problems;           ///< Pictures that cannot be read; they have no row.
};

struct DescribeConfig {
    int threads = 0;           ///< 0 = all cores.
    bool fingerprints = false; ///< Also what finds equal pictures; the picture is decoded once for both.
};

/// Decodes every picture once. Throws Error{Stopped}.
[[nodiscard]] DescribedPictures describePictures(const dataset::Dataset& data, decode::DecoderPool& pool,
    const DescribeConfig& config = {}, const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

} // namespace diascope::audit
