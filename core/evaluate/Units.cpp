// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Figures.h"

#include "base/Rng.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace diascope::evaluate {

namespace {

bool hasRepeats(const Predictions& predictions)
{
    return std::set<int>(predictions.repeats.begin(), predictions.repeats.end()).size() > 1;
}

/// Rows of one patient, in the order in which patients appear.
std::vector<std::vector<std::size_t>> rowsOfPatients(const Predictions& predictions)
{
    std::vector<std::vector<std::size_t>> patients;
    std::map<std::pair<int, std::string_view>, std::size_t> byName;
    for (std::size_t i = 0; i < predictions.cases(); ++i) {
        const int repeat = predictions.repeats.empty() ? 0 : predictions.repeats[i];
        std::size_t at = patients.size();
        if (!predictions.groups[i].empty()) {
            at = byName.try_emplace({repeat, predictions.groups[i]}, at).first->second;
        }
        if (at == patients.size()) {
            patients.emplace_back();
        }
        patients[at].push_back(i);
    }
    return patients;
}

std::vector<double> pooledRow(const Predictions& predictions, const std::vector<std::size_t>& rows, Pooling pooling)
{
    const std::size_t classes = predictions.classes.size();
    std::vector<double> pooled(classes, pooling == Pooling::Max ? -1e300 : 0.0);
    for (const std::size_t row : rows) {
        for (std::size_t c = 0; c < classes; ++c) {
            const double p = predictions.probabilities[row * classes + c];
            pooled[c]
                = pooling == Pooling::Max ? std::max(pooled[c], p) : pooled[c] + p / static_cast<double>(rows.size());
        }
    }
    if (pooling == Pooling::Max && classes == 2) { // the most suspicious picture decides
        const auto positive = static_cast<std::size_t>(predictions.positive);
        pooled[1 - positive] = 1.0 - pooled[positive];
    } else if (pooling == Pooling::Max) {
        double sum = 0.0;
        for (const double p : pooled) {
            sum += p;
        }
        for (double& p : pooled) {
            p /= sum;
        }
    }
    return pooled;
}

/// The label of all rows; several: the positive one of two classes, else -1.
int pooledLabel(const Predictions& predictions, const std::vector<std::size_t>& rows)
{
    const int first = predictions.labels[rows.front()];
    const bool same
        = std::all_of(rows.begin(), rows.end(), [&](std::size_t row) { return predictions.labels[row] == first; });
    return same ? first : predictions.isBinary() ? predictions.positive : -1;
}

} // namespace

std::vector<std::string> independentUnits(const Predictions& predictions)
{
    if (predictions.groups.empty()) {
        return hasRepeats(predictions) ? predictions.samples : std::vector<std::string>();
    }
    std::vector<std::string> units = predictions.groups;
    for (std::size_t i = 0; i < units.size() && !predictions.samples.empty(); ++i) {
        if (units[i].empty()) {
            units[i] = predictions.samples[i]; // of several repeats
        }
    }
    return units;
}

std::int64_t countUnits(const std::vector<std::string>& units, std::size_t cases)
{
    if (units.empty()) {
        return static_cast<std::int64_t>(cases);
    }
    std::set<std::string_view> names(units.begin(), units.end());
    const auto unnamed = std::count(units.begin(), units.end(), std::string());
    names.erase(std::string_view());
    return static_cast<std::int64_t>(names.size()) + unnamed;
}

Predictions pooledByPatient(const Predictions& predictions, Pooling pooling, std::vector<std::string>& warnings)
{
    Predictions result;
    result.classes = predictions.classes;
    result.positive = predictions.positive;
    result.areProbabilities = predictions.areProbabilities;
    std::size_t mixed = 0;
    for (const auto& rows : rowsOfPatients(predictions)) {
        const int label = pooledLabel(predictions, rows);
        if (label < 0) {
            ++mixed;
            continue;
        }
        const std::vector<double> row = pooledRow(predictions, rows, pooling);
        result.labels.push_back(label);
        result.probabilities.insert(result.probabilities.end(), row.begin(), row.end());
        result.groups.push_back(predictions.groups[rows.front()]);
        if (!predictions.repeats.empty()) {
            result.repeats.push_back(predictions.repeats[rows.front()]);
        }
    }
    if (mixed > 0 && pooling == Pooling::Mean) {
        warnings.push_back(std::to_string(mixed)
            + " patients have cases of several classes and are left out of the figures by patient");
    }
    return result;
}

CrossParts crossParts(const Predictions& predictions, std::uint64_t seed)
{
    CrossParts cross;
    std::map<int, std::vector<std::size_t>> byFold;
    for (std::size_t i = 0; i < predictions.cases() && !predictions.folds.empty(); ++i) {
        if (predictions.repeats.empty() || predictions.repeats[i] == predictions.repeats.front()) {
            byFold[predictions.folds[i]].push_back(i);
        }
    }
    if (byFold.size() > 1) {
        for (auto& [fold, rows] : byFold) {
            cross.parts.push_back(std::move(rows));
        }
        cross.how = "each fold judged by the others";
        return cross;
    }
    const std::vector<std::string> units = independentUnits(predictions);
    std::map<std::string_view, std::size_t> byName;
    std::vector<std::vector<std::size_t>> rowsOfUnit;
    for (std::size_t i = 0; i < predictions.cases(); ++i) {
        std::size_t at = rowsOfUnit.size();
        if (!units.empty() && !units[i].empty()) {
            at = byName.try_emplace(units[i], at).first->second;
        }
        if (at == rowsOfUnit.size()) {
            rowsOfUnit.emplace_back();
        }
        rowsOfUnit[at].push_back(i);
    }
    if (rowsOfUnit.size() < 4) {
        return cross;
    }
    base::Rng::stream(seed, "two halves").shuffle(rowsOfUnit);
    cross.parts.resize(2);
    for (std::size_t unit = 0; unit < rowsOfUnit.size(); ++unit) {
        auto& part = cross.parts[unit % 2];
        part.insert(part.end(), rowsOfUnit[unit].begin(), rowsOfUnit[unit].end());
    }
    cross.how = units.empty() ? "each half of the cases judged by the other"
                              : "each half of the patients judged by the other";
    return cross;
}

} // namespace diascope::evaluate
