// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "predict/Prediction.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::nn {
class Classifier;
struct PackageCases;
}

namespace diascope::predict {

/// N,F,h,w -> N,F float32 on the CPU: means over the positions, each row of length 1 (rows of zeros stay zeros). What is compared in
/// "deep nearest neighbours" (Sun et al., ICML 2022).
[[nodiscard]] at::Tensor embeddingsOf(const at::Tensor& features);

/// Of each row of `from` (N,F) the distance 1 - cosine to its k-th nearest row of `bank` (M,F; k <= M), double N. Rows have length 1.
[[nodiscard]] std::vector<double> neighbourDistances(const at::Tensor& from, const at::Tensor& bank, int k);

/// The training pictures of a package, ready to be searched. Immutable; any thread.
class TrainingCases {
public:
    TrainingCases() = default;
    explicit TrainingCases(const nn::PackageCases& cases);
    [[nodiscard]] bool any() const { return m_bank.defined(); }
    [[nodiscard]] std::int64_t features() const;

    struct Found {
        double distance = 0.0;            ///< 1 - cosine to the k-th nearest.
        std::vector<SimilarCase> similar; ///< One a group, the most similar first.
    };
    /// `embedding`: F, of length 1. A picture that is itself among the cases (cosine above 1 - 1e-5) does not count, nor does its patient.
    [[nodiscard]] Found nearest(const at::Tensor& embedding, int k, int mostSimilar, const std::vector<std::string>& classes) const;

private:
    at::Tensor m_bank; ///< float32 N,F.
    std::vector<std::int64_t> m_labels, m_samples, m_groups;
};

} // namespace diascope::predict
