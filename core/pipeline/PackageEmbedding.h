// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "audit/Matrix.h"
#include "dataset/Dataset.h"

#include <stop_token>

namespace diascope::decode {
class DecoderPool;
}
namespace diascope::predict {
class Predictor;
}

namespace diascope::pipeline {

/// What a package sees in each picture: its mean features of length 1 (Predictor::embedding), one row a sample, for audit::MapConfig. Rows of
/// pictures that cannot be read, or that the package does not take, are zeros.
struct PackageEmbedding {
    audit::Matrix rows;                  ///< Without columns when no picture could be asked about.
    std::vector<base::Problem> problems; ///< Each picture without a row, with its reason.
};

/// One picture after the other. Throws Error{Stopped}.
[[nodiscard]] PackageEmbedding embeddingOf(const predict::Predictor& predictor, const dataset::Dataset& data, decode::DecoderPool& pool,
                                           const dataset::ProgressFunction& progress = {}, const std::stop_token& stop = {});

} // namespace diascope::pipeline
