// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Prepare.h"

#include <ATen/core/Tensor.h>

#include <stop_token>

namespace diascope::pipeline {

/// What a fold remembers of its training pictures, so that its package can say which pictures are unlike them.
struct FoldCases {
    at::Tensor rows;       ///< int64 n: rows of the experiment's data set, at most nn::PackageCases::kMostCases.
    at::Tensor embeddings; ///< float16 n,F, each row of length 1 (predict::embeddingsOf).
    at::Tensor heldOut;    ///< float64 m: of pictures of the validation part (as many at most) the distance to the k-th nearest of `embeddings`.
    /// float64 n,kPixelFigures and m,kPixelFigures (predict/PixelFigures.h) of the same pictures; undefined in folds of older versions.
    at::Tensor pixels, heldOutPixels;
    [[nodiscard]] bool any() const { return embeddings.defined() && rows.defined() && heldOut.defined(); }
    /// k: neighboursFor(n).
    [[nodiscard]] int neighbours() const;
};

/// How many nearest pictures are asked of `cases`: 10, or fewer of a few.
[[nodiscard]] int neighboursFor(std::int64_t cases);

/// Some of `rows`, at most `most`: as many groups as possible, then as evenly over them as possible. Ascending.
[[nodiscard]] std::vector<std::size_t> spreadOverGroups(const dataset::Dataset& data, const std::vector<std::size_t>& rows, std::size_t most);

/// The figures of some pictures' pixels as the network sees them: float64 n,kPixelFigures.
[[nodiscard]] at::Tensor pixelFiguresOf(const Experiment& experiment, const std::vector<std::size_t>& rows);

/// Looks at the pictures of a trained fold. Empty without a validation part, with fewer than ten pictures to compare with, and after a stop.
/// `config`: the fold's, with the device on which the network lies.
[[nodiscard]] FoldCases casesOf(nn::Classifier& model, const Experiment& experiment, const dataset::FoldPlan& plan, const train::TrainConfig& config,
                                std::stop_token stop = {});

} // namespace diascope::pipeline
