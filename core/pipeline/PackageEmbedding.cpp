// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/PackageEmbedding.h"

#include "decode/DecoderPool.h"
#include "predict/Predictor.h"

#include <algorithm>

namespace diascope::pipeline {

PackageEmbedding embeddingOf(const predict::Predictor& predictor, const dataset::Dataset& data, decode::DecoderPool& pool,
                             const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    PackageEmbedding embedding;
    for (std::size_t i = 0; i < data.samples.size(); ++i) {
        if (stop.stop_requested()) {
            throw base::Error(base::ErrorCode::Stopped, "embedding", "stopped on request");
        }
        try {
            const dataset::Sample& sample = data.samples[i];
            const std::vector<float> features = predictor.embedding(pool.frame(sample.file, {.frame = sample.frame}));
            if (embedding.rows.columns == 0) {
                embedding.rows = audit::Matrix(data.samples.size(), features.size());
            }
            std::copy(features.begin(), features.end(), embedding.rows.row(i).begin());
        } catch (const base::Error& error) {
            embedding.problems.push_back(base::toProblem(error));
        }
        if (progress) {
            progress({.stage = "Embedding",
                      .done = static_cast<std::int64_t>(i + 1),
                      .total = static_cast<std::int64_t>(data.samples.size())});
        }
    }
    return embedding;
}

} // namespace diascope::pipeline
