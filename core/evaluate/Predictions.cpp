// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Predictions.h"

namespace diascope::evaluate {

namespace {

template <typename T> std::vector<T> picked(const std::vector<T>& values, std::span<const std::size_t> which)
{
    std::vector<T> result;
    if (!values.empty()) {
        result.reserve(which.size());
        for (const std::size_t row : which) {
            result.push_back(values[row]);
        }
    }
    return result;
}

} // namespace

std::vector<int> Predictions::binaryLabels() const
{
    std::vector<int> result;
    result.reserve(labels.size());
    for (const int label : labels) {
        result.push_back(label == positive ? 1 : 0);
    }
    return result;
}

std::vector<double> Predictions::positiveScores() const
{
    std::vector<double> scores;
    scores.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        scores.push_back(probabilities[i * classes.size() + static_cast<std::size_t>(positive)]);
    }
    return scores;
}

Predictions Predictions::rows(std::span<const std::size_t> which) const
{
    Predictions part;
    part.classes = classes;
    part.positive = positive;
    part.areProbabilities = areProbabilities;
    part.labels = picked(labels, which);
    for (const std::size_t row : which) {
        const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(row * classes.size());
        part.probabilities.insert(part.probabilities.end(), first, first + static_cast<std::ptrdiff_t>(classes.size()));
    }
    part.samples = picked(samples, which);
    part.groups = picked(groups, which);
    part.repeats = picked(repeats, which);
    part.folds = picked(folds, which);
    for (const Column& column : columns) {
        part.columns.push_back({column.name, picked(column.values, which)});
    }
    return part;
}

} // namespace diascope::evaluate
