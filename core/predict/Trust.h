// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/PackageEvidence.h"
#include "predict/Prediction.h"
#include "predict/TrainingCases.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace diascope::predict {

/// What a package knows beside its weights, applied to its answers: prediction set, out of distribution, similar training cases.
class Trust {
public:
    static constexpr int kSimilarCases = 5;

    Trust() = default;
    Trust(nn::PackageEvidence evidence, const nn::PackageCases& cases, std::vector<std::string> classes);

    /// Whether an embedding is wanted, and of which member.
    [[nodiscard]] bool needsEmbedding() const { return m_cases.any(); }
    [[nodiscard]] int member() const { return m_evidence.neighbours.member; }

    /// Fills predictionSet, setCoverage, outOfDistribution and similarCases from prediction.classes and networkSaw. `embedding`: F, from
    /// embeddingsOf(); undefined when none is wanted. Throws Error{Mismatch} for one of another size.
    void judge(Prediction& prediction, const image::Image& source, const at::Tensor& embedding) const;

private:
    void fillSet(Prediction& prediction) const;
    /// Distances as shares of their thresholds; above 1 with a sentence among the reasons.
    double farFromCases(Prediction& prediction, const at::Tensor& embedding, std::vector<std::string>& reasons) const;
    double oddPixels(const image::Image& networkSaw, std::vector<std::string>& reasons) const;

    nn::PackageEvidence m_evidence;
    TrainingCases m_cases;
    std::vector<std::string> m_classes;
};

} // namespace diascope::predict
