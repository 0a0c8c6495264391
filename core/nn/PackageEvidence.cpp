// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/PackageEvidence.h"

#include "base/Error.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;

constexpr std::size_t kMostQuantiles = 64;

[[noreturn]] void badEvidence(const std::string& subject, const std::string& reason)
{
    throw Error(ErrorCode::Plan, subject, "manifest: evidence: " + reason);
}

Json quantileJson(const PackageQuantile& q)
{
    return {{"score", q.score}, {"alpha", q.alpha}, {"quantile", q.quantile}, {"n", q.n}, {"coverageSeen", q.coverageSeen},
            {"coverageLow", q.coverageLow}, {"coverageHigh", q.coverageHigh}, {"meanSize", q.meanSize}};
}

PackageQuantile quantileFrom(const Json& json, const std::string& subject)
{
    PackageQuantile q;
    ObjectReader reader(json, subject, "evidence.quantiles");
    reader.require("score", q.score).require("alpha", q.alpha).require("quantile", q.quantile).require("n", q.n);
    reader.require("coverageSeen", q.coverageSeen).require("coverageLow", q.coverageLow).require("coverageHigh", q.coverageHigh);
    reader.require("meanSize", q.meanSize).finish();
    if ((q.score != "lac" && q.score != "aps") || !(q.alpha > 0.0 && q.alpha < 1.0)) {
        badEvidence(subject, "a quantile of '" + q.score + "' at alpha " + Json(q.alpha).dump() + " is none of lac or aps between 0 and 1");
    }
    return q;
}

PackageNeighbours neighboursFrom(const Json& json, const std::string& subject)
{
    PackageNeighbours n;
    ObjectReader reader(json, subject, "evidence.neighbours");
    reader.require("member", n.member).require("neighbours", n.neighbours).require("threshold", n.threshold).require("quantile", n.quantile);
    reader.require("n", n.n).require("trainedOn", n.trainedOn).finish();
    if (n.neighbours < 0 || (n.any() && !(n.threshold > 0.0))) {
        badEvidence(subject, "'neighbours' is " + std::to_string(n.neighbours) + " with the threshold " + Json(n.threshold).dump());
    }
    return n;
}

Json pixelsJson(const PackagePixels& p)
{
    return {{"mean", p.mean}, {"spread", p.spread}, {"precision", p.precision}, {"threshold", p.threshold}, {"quantile", p.quantile}, {"n", p.n},
            {"fittedOn", p.fittedOn}};
}

PackagePixels pixelsFrom(const Json& json, const std::string& subject)
{
    PackagePixels p;
    ObjectReader reader(json, subject, "evidence.pixels");
    reader.require("mean", p.mean).require("spread", p.spread).require("precision", p.precision).require("threshold", p.threshold);
    reader.require("quantile", p.quantile).require("n", p.n).require("fittedOn", p.fittedOn).finish();
    constexpr std::size_t kFigures = PackagePixels::kFigures;
    const auto finite = [](double value) { return std::isfinite(value); };
    if (p.mean.size() != kFigures || p.spread.size() != kFigures || p.precision.size() != kFigures * kFigures || !(p.threshold > 0.0) ||
        !std::all_of(p.spread.begin(), p.spread.end(), [](double value) { return value > 0.0 && std::isfinite(value); }) ||
        !std::all_of(p.mean.begin(), p.mean.end(), finite) || !std::all_of(p.precision.begin(), p.precision.end(), finite)) {
        badEvidence(subject, "'pixels' does not hold " + std::to_string(kFigures) + " figures, their spreads, a matrix and a threshold above 0");
    }
    return p;
}

bool hasShape(const at::Tensor& tensor, at::ScalarType type, std::int64_t dimensions, std::int64_t count)
{
    return tensor.defined() && tensor.scalar_type() == type && tensor.dim() == dimensions && tensor.size(0) == count;
}

} // namespace

bool PackageEvidence::any() const
{
    return !calibration.empty() || !quantiles.empty() || neighbours.any() || pixels.any() || sources.any();
}

const PackageQuantile* PackageEvidence::chosen() const
{
    const auto at = std::find_if(quantiles.begin(), quantiles.end(),
                                 [&](const PackageQuantile& q) { return q.score == setScore && q.alpha == setAlpha; });
    return at == quantiles.end() ? nullptr : &*at;
}

Json toJson(const PackageEvidence& e)
{
    Json quantiles = Json::array();
    for (const PackageQuantile& quantile : e.quantiles) {
        quantiles.push_back(quantileJson(quantile));
    }
    const PackageNeighbours& n = e.neighbours;
    Json json{
        {"calibration", e.calibration},
        {"setScore", e.setScore},
        {"setAlpha", e.setAlpha},
        {"quantiles", std::move(quantiles)},
        {"neighbours",
         {{"member", n.member}, {"neighbours", n.neighbours}, {"threshold", n.threshold}, {"quantile", n.quantile}, {"n", n.n},
          {"trainedOn", n.trainedOn}}},
        {"sources", toJson(e.sources)},
    };
    if (e.pixels.any()) {
        json["pixels"] = pixelsJson(e.pixels);
    }
    return json;
}

PackageSources packageSourcesFromJson(const Json& json, const std::string& subject)
{
    PackageSources s;
    ObjectReader reader(json, subject, "evidence.sources");
    reader.require("headers", s.headers).require("samples", s.samples).require("modalities", s.modalities).require("units", s.units);
    reader.require("leastWidth", s.leastWidth).require("mostWidth", s.mostWidth).require("leastHeight", s.leastHeight);
    reader.require("mostHeight", s.mostHeight).require("mostColour", s.mostColour);
    reader.require("leastSpacingMm", s.leastSpacingMm).require("mostSpacingMm", s.mostSpacingMm).finish();
    return s;
}

Json toJson(const PackageSources& s)
{
    return {{"headers", s.headers}, {"samples", s.samples}, {"modalities", s.modalities}, {"units", s.units}, {"leastWidth", s.leastWidth},
            {"mostWidth", s.mostWidth}, {"leastHeight", s.leastHeight}, {"mostHeight", s.mostHeight}, {"mostColour", s.mostColour},
            {"leastSpacingMm", s.leastSpacingMm}, {"mostSpacingMm", s.mostSpacingMm}};
}

PackageEvidence packageEvidenceFromJson(const Json& json, const std::string& subject)
{
    PackageEvidence e;
    ObjectReader reader(json, subject, "evidence");
    const Json* calibration = reader.child("calibration");
    const Json* quantiles = reader.child("quantiles");
    const Json* neighbours = reader.child("neighbours");
    const Json* sources = reader.child("sources");
    const Json* pixels = reader.child("pixels"); // none before format 3
    if (calibration == nullptr || !calibration->is_object() || quantiles == nullptr || !quantiles->is_array() ||
        quantiles->size() > kMostQuantiles || neighbours == nullptr || sources == nullptr) {
        badEvidence(subject, "'calibration', 'quantiles', 'neighbours' or 'sources' is missing or of another kind");
    }
    reader.require("setScore", e.setScore).require("setAlpha", e.setAlpha).finish();
    e.calibration = *calibration;
    for (const Json& quantile : *quantiles) {
        e.quantiles.push_back(quantileFrom(quantile, subject));
    }
    if (!e.setScore.empty() && e.chosen() == nullptr) {
        badEvidence(subject, "'setScore' and 'setAlpha' name none of the quantiles");
    }
    e.neighbours = neighboursFrom(*neighbours, subject);
    e.sources = packageSourcesFromJson(*sources, subject);
    e.pixels = pixels != nullptr ? pixelsFrom(*pixels, subject) : PackagePixels();
    return e;
}

void checkCases(const PackageCases& cases, const PackageEvidence& evidence, std::int64_t classes, const std::string& subject)
{
    const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::Mismatch, subject, why, "Ask for the package again."); };
    if (cases.any() != evidence.neighbours.any() || (!cases.any() && (cases.labels.defined() || cases.samples.defined() || cases.groups.defined()))) {
        refuse("training embeddings and what the manifest says of them are not both there");
    }
    if (!cases.any()) {
        return;
    }
    const std::int64_t n = cases.embeddings.size(0);
    if (!hasShape(cases.embeddings, at::kHalf, 2, n) || n < evidence.neighbours.neighbours || n > PackageCases::kMostCases ||
        !hasShape(cases.labels, at::kLong, 1, n) || !hasShape(cases.samples, at::kLong, 1, n) || !hasShape(cases.groups, at::kLong, 1, n)) {
        refuse("the training embeddings, labels and case numbers do not fit each other");
    }
    if (cases.labels.min().item<std::int64_t>() < 0 || cases.labels.max().item<std::int64_t>() >= classes ||
        !cases.embeddings.to(at::kFloat).isfinite().all().item<bool>()) {
        refuse("a training embedding is no number, or its class is none of the package's");
    }
}

} // namespace diascope::nn
