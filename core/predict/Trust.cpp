// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/Trust.h"

#include "base/Error.h"
#include "base/Text.h"
#include "metrics/Conformal.h"
#include "predict/PixelFigures.h"
#include "predict/SourceChecks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace diascope::predict {

namespace {

std::string timesText(double share)
{
    return base::fixedText(share, 2) + " times";
}

} // namespace

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

double Trust::farFromCases(Prediction& prediction, const at::Tensor& embedding, std::vector<std::string>& reasons) const
{
    if (!embedding.defined() || embedding.dim() != 1 || embedding.size(0) != m_cases.features()) {
        throw base::Error(base::ErrorCode::Mismatch, "training embeddings", "the network's features do not have their size");
    }
    const nn::PackageNeighbours& known = m_evidence.neighbours;
    TrainingCases::Found nearest = m_cases.nearest(embedding, known.neighbours, kSimilarCases, m_classes);
    prediction.similarCases = std::move(nearest.similar);
    const double share = nearest.distance / known.threshold;
    if (share > 1.0) {
        reasons.push_back("to the network the picture is unlike those it learned from: " + timesText(share) +
                          " as far from its nearest training pictures as " + base::numberText(100.0 * known.quantile) +
                          " % of the pictures that it was checked on");
    }
    return share;
}

double Trust::oddPixels(const image::Image& networkSaw, std::vector<std::string>& reasons) const
{
    const nn::PackagePixels& known = m_evidence.pixels;
    const PixelFigures figures = pixelFiguresOf(networkSaw);
    const double share = pixelDistance(known, figures) / known.threshold;
    if (share > 1.0) {
        reasons.push_back("the picture looks unlike those that the package learned from (" + mostUnusual(known, figures) + "): " + timesText(share) +
                          " as far from their brightness, contrast and detail as " + base::numberText(100.0 * known.quantile) +
                          " % of the pictures that it was checked on");
    }
    return share;
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
        found.score = farFromCases(prediction, embedding, found.reasons);
    }
    if (m_evidence.pixels.any()) {
        found.score = std::max(found.score.value_or(0.0), oddPixels(prediction.networkSaw, found.reasons));
    }
    found.flag = !found.reasons.empty();
    if (found.score || m_evidence.sources.any() || found.flag) {
        prediction.outOfDistribution = std::move(found);
    }
}

} // namespace diascope::predict
