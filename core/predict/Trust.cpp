// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Trust.h"

#include "base/Error.h"
#include "base/Text.h"
#include "metrics/Conformal.h"
#include "predict/SourceChecks.h"

#include <ATen/ATen.h>

#include <cmath>

namespace diascope::predict {

Trust::Trust(nn::PackageEvidence evidence, const nn::PackageCases& cases, std::vector<std::string> classes)
    : m_evidence(std::move(evidence)), m_cases(cases), m_classes(std::move(classes))
{
}

void Trust::fillSet(Prediction& prediction) const
{
    const nn::PackageQuantile* const chosen = m_evidence.chosen();
    if (chosen == nullptr) {
        return;
    }
    metrics::ConformalQuantile quantile;
    quantile.score = chosen->score == "aps" ? metrics::ConformalScore::Aps : metrics::ConformalScore::Lac;
    quantile.alpha = chosen->alpha;
    quantile.n = chosen->n;
    quantile.quantile = chosen->quantile;
    std::vector<double> probabilities;
    for (const ClassAnswer& answer : prediction.classes) {
        probabilities.push_back(answer.probability);
    }
    for (const int index : metrics::predictionSet(probabilities, quantile)) {
        prediction.predictionSet.push_back(m_classes[static_cast<std::size_t>(index)]);
    }
    prediction.setCoverage = SetCoverage{chosen->score, 1.0 - chosen->alpha, chosen->coverageSeen, chosen->coverageLow, chosen->coverageHigh, chosen->n};
}

void Trust::judge(Prediction& prediction, const image::Image& source, const at::Tensor& embedding) const
{
    fillSet(prediction);
    OutOfDistribution found;
    if (isBlank(prediction.networkSaw)) {
        found.reasons.emplace_back("the picture is blank: there is nothing to answer on");
    }
    const std::vector<std::string> odd = oddities(m_evidence.sources, source, prediction.source.modality);
    found.reasons.insert(found.reasons.end(), odd.begin(), odd.end());
    if (m_cases.any()) {
        if (!embedding.defined() || embedding.dim() != 1 || embedding.size(0) != m_cases.features()) {
            throw base::Error(base::ErrorCode::Mismatch, "training embeddings", "the network's features do not have their size");
        }
        const nn::PackageNeighbours& known = m_evidence.neighbours;
        TrainingCases::Found nearest = m_cases.nearest(embedding, known.neighbours, kSimilarCases, m_classes);
        found.score = nearest.distance / known.threshold;
        if (*found.score > 1.0) {
            found.reasons.push_back("to the network the picture is unlike those it learned from: " + base::fixedText(*found.score, 2) +
                                    " times as far from its nearest training pictures as " + base::numberText(100.0 * known.quantile) +
                                    " % of the pictures that it was checked on");
        }
        prediction.similarCases = std::move(nearest.similar);
    }
    found.flag = !found.reasons.empty();
    if (m_cases.any() || m_evidence.sources.any() || found.flag) {
        prediction.outOfDistribution = std::move(found);
    }
}

} // namespace diascope::predict
