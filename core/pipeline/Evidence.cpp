// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Evidence.h"

#include "pipeline/CalibrationEvidence.h"
#include "predict/Calibration.h"
#include "predict/PixelFigures.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace diascope::pipeline {

namespace {

constexpr double kUsual = 0.99;             ///< Share of held-out pictures that count as usual.
constexpr double kSmallestDistance = 1e-6;  ///< Pictures that are all alike have no distances.
constexpr double kPackageAlpha = 0.1;

OutOfFold answersOf(const Experiment& experiment, const std::vector<TrainedFold>& folds)
{
    OutOfFold answers;
    answers.outputs = experiment.spec.outputs;
    for (std::size_t i = 0; i < folds.size(); ++i) {
        if (folds[i].weights.empty() || !folds[i].validationLogits.defined()) {
            continue;
        }
        const at::Tensor logits = folds[i].validationLogits.to(torch::kFloat64).contiguous();
        answers.logits.insert(answers.logits.end(), logits.const_data_ptr<double>(), logits.const_data_ptr<double>() + logits.numel());
        for (const std::size_t row : rowsOf(experiment.folds.plans[i], dataset::Role::Validation)) {
            answers.labels.push_back(experiment.data.samples[row].label);
            answers.samples.push_back(row);
            answers.groups.push_back(experiment.data.samples[row].group);
        }
    }
    return answers;
}

/// The distance that is above the usual share of these, and which share that is.
struct UsualDistance {
    double threshold = 0.0, quantile = 0.0;
};

UsualDistance usualOf(std::vector<double> distances)
{
    std::sort(distances.begin(), distances.end());
    const auto n = static_cast<double>(distances.size());
    const auto rank = static_cast<std::size_t>(std::min(n, std::ceil((n + 1.0) * kUsual)));
    // the largest of a few pictures is less unusual than one in a hundred
    return {std::max(distances[rank - 1], kSmallestDistance), std::min(kUsual, n / (n + 1.0))};
}

nn::PackageNeighbours neighboursOf(const FoldCases& cases, std::int64_t trainedOn)
{
    const double* const first = cases.heldOut.const_data_ptr<double>();
    const UsualDistance usual = usualOf({first, first + cases.heldOut.numel()});
    nn::PackageNeighbours neighbours;
    neighbours.neighbours = cases.neighbours();
    neighbours.threshold = usual.threshold;
    neighbours.quantile = usual.quantile;
    neighbours.n = cases.heldOut.numel();
    neighbours.trainedOn = trainedOn;
    return neighbours;
}

nn::PackageCases casesFor(const Experiment& experiment, const FoldCases& cases)
{
    std::map<std::string, std::int64_t> numbers; // not a hash: a patient's ID could be guessed and tried
    for (const dataset::Sample& sample : experiment.data.samples) {
        numbers.try_emplace(sample.group, static_cast<std::int64_t>(numbers.size()) + 1);
    }
    std::vector<std::int64_t> labels, samples, groups;
    for (std::int64_t i = 0; i < cases.rows.numel(); ++i) {
        const std::int64_t row = cases.rows.const_data_ptr<std::int64_t>()[i];
        const dataset::Sample& sample = experiment.data.samples[static_cast<std::size_t>(row)];
        labels.push_back(sample.label);
        samples.push_back(row + 1);
        groups.push_back(numbers.at(sample.group));
    }
    return {cases.embeddings, torch::tensor(labels, torch::kInt64), torch::tensor(samples, torch::kInt64), torch::tensor(groups, torch::kInt64)};
}

} // namespace

nn::PackagePixels pixelsOf(const at::Tensor& known, const at::Tensor& heldOut)
{
    nn::PackagePixels pixels = predict::fitPixels(known);
    const at::Tensor rows = heldOut.contiguous();
    std::vector<double> distances;
    for (std::int64_t i = 0; i < rows.size(0); ++i) {
        predict::PixelFigures figures;
        std::copy_n(rows.const_data_ptr<double>() + i * rows.size(1), figures.size(), figures.begin());
        distances.push_back(predict::pixelDistance(pixels, figures));
    }
    const UsualDistance usual = usualOf(std::move(distances));
    pixels.threshold = usual.threshold;
    pixels.quantile = usual.quantile;
    pixels.n = rows.size(0);
    pixels.fittedOn = known.size(0);
    return pixels;
}

RunEvidence evidenceOf(const Experiment& experiment, const std::vector<TrainedFold>& folds)
{
    RunEvidence run;
    const OutOfFold answers = answersOf(experiment, folds);
    if (answers.rows() > 0) {
        CalibrationEvidence found = calibrationEvidence(answers);
        run.calibration = std::move(found.calibration);
        run.evidence.calibration = std::move(found.figures);
        run.evidence.quantiles = std::move(found.quantiles);
        run.evidence.setScore = "lac"; // the smallest sets; APS without randomisation gives more than it promises
        run.evidence.setAlpha = kPackageAlpha;
        run.evidence.setScore = run.evidence.chosen() != nullptr ? run.evidence.setScore : std::string();
    }
    run.evidence.sources = experiment.sources;
    if (!folds.empty() && !folds.front().weights.empty() && folds.front().cases.any()) {
        const auto trainedOn = static_cast<std::int64_t>(rowsOf(experiment.folds.plans.front(), dataset::Role::Train).size());
        run.evidence.neighbours = neighboursOf(folds.front().cases, trainedOn);
        run.cases = casesFor(experiment, folds.front().cases);
        if (folds.front().cases.pixels.defined() && folds.front().cases.heldOutPixels.defined()) {
            run.evidence.pixels = pixelsOf(folds.front().cases.pixels, folds.front().cases.heldOutPixels);
        }
    }
    return run;
}

std::string calibrationSentence(const RunEvidence& evidence)
{
    if (evidence.calibration.method != "none") {
        return "Calibrated on the same pictures, each fold's answers by themselves (" + predict::describe(evidence.calibration) + ").";
    }
    const base::Json& figures = evidence.evidence.calibration;
    return "Not calibrated" + (figures.contains("reason") ? ": " + figures["reason"].get<std::string>() + "." : std::string("."));
}

} // namespace diascope::pipeline
