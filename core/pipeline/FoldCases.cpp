// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/FoldCases.h"

#include "nn/Classifier.h"
#include "predict/PixelFigures.h"
#include "predict/TrainingCases.h"

#include <torch/torch.h>

#include <algorithm>
#include <map>

namespace diascope::pipeline {

namespace {

constexpr std::int64_t kFewestPictures = 10; ///< Of either side: fewer say nothing about what is unusual.

at::Tensor embeddedRows(nn::Classifier& model, const Experiment& experiment, const std::vector<std::size_t>& rows, const train::TrainConfig& config,
                        const std::stop_token& stop)
{
    const train::Pictures pictures = experiment.pictures.part(std::vector<std::int64_t>(rows.begin(), rows.end()));
    const at::Tensor means = train::meanFeaturesOf(model, pictures, config, stop); // N,F
    return means.defined() ? predict::embeddingsOf(means.unsqueeze(-1).unsqueeze(-1)).to(at::kHalf) : means;
}

} // namespace

at::Tensor pixelFiguresOf(const Experiment& experiment, const std::vector<std::size_t>& rows)
{
    const dataset::PixelStore& store = experiment.store;
    constexpr auto kColumns = static_cast<std::int64_t>(predict::kPixelFigures);
    const at::Tensor figures = torch::empty({static_cast<std::int64_t>(rows.size()), kColumns}, torch::kFloat64);
    std::vector<std::uint8_t> picture(store.bytesPerImage());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        store.copyRow(rows[i], std::as_writable_bytes(std::span(picture)));
        const predict::PixelFigures of = predict::pixelFiguresOf(picture, store.height, store.width, store.channels);
        std::copy(of.begin(), of.end(), figures.data_ptr<double>() + i * of.size());
    }
    return figures;
}

int neighboursFor(std::int64_t cases)
{
    constexpr std::int64_t kNeighbours = 10;
    return static_cast<int>(std::min(kNeighbours, cases));
}

int FoldCases::neighbours() const
{
    return any() ? neighboursFor(embeddings.size(0)) : 0;
}

std::vector<std::size_t> spreadOverGroups(const dataset::Dataset& data, const std::vector<std::size_t>& rows, std::size_t most)
{
    std::map<std::string, std::size_t> seen;
    std::vector<std::pair<std::size_t, std::size_t>> turns; // the how-manieth of its group, and the row
    std::size_t first = 0;
    for (const std::size_t row : rows) {
        turns.emplace_back(seen[data.samples[row].group]++, row);
        first += turns.back().first == 0 ? 1 : 0;
    }
    std::sort(turns.begin(), turns.end());
    std::vector<std::size_t> taken;
    if (first > most) { // more groups than places: every so-manieth group
        for (std::size_t i = 0; i < most; ++i) {
            taken.push_back(turns[i * first / most].second);
        }
    } else {
        for (std::size_t i = 0; i < std::min(most, turns.size()); ++i) {
            taken.push_back(turns[i].second);
        }
    }
    std::sort(taken.begin(), taken.end());
    return taken;
}

FoldCases casesOf(nn::Classifier& model, const Experiment& experiment, const dataset::FoldPlan& plan, const train::TrainConfig& config,
                  std::stop_token stop)
{
    constexpr auto kMost = static_cast<std::size_t>(nn::PackageCases::kMostCases);
    const std::vector<std::size_t> known = spreadOverGroups(experiment.data, rowsOf(plan, dataset::Role::Train), kMost);
    const std::vector<std::size_t> others = spreadOverGroups(experiment.data, rowsOf(plan, dataset::Role::Validation), kMost);
    if (static_cast<std::int64_t>(std::min(known.size(), others.size())) < kFewestPictures) {
        return {};
    }
    FoldCases cases;
    cases.embeddings = embeddedRows(model, experiment, known, config, stop);
    const at::Tensor heldOut = cases.embeddings.defined() ? embeddedRows(model, experiment, others, config, stop) : at::Tensor();
    if (!heldOut.defined() || !cases.embeddings.isfinite().all().item<bool>()) {
        return {};
    }
    cases.rows = torch::tensor(std::vector<std::int64_t>(known.begin(), known.end()), torch::kInt64);
    const auto distances = predict::neighbourDistances(heldOut.to(at::kFloat), cases.embeddings.to(at::kFloat), neighboursFor(cases.embeddings.size(0)));
    cases.heldOut = torch::tensor(distances, torch::kFloat64);
    cases.pixels = pixelFiguresOf(experiment, known);
    cases.heldOutPixels = pixelFiguresOf(experiment, others);
    return cases;
}

} // namespace diascope::pipeline
