// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Predictions.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace diascope::evaluate {

/// Which column of a table is what; -1: not there.
struct PredictionColumns {
    int label = -1, score = -1, sample = -1, group = -1, repeat = -1, fold = -1;
    std::vector<int> probabilities;
    std::vector<std::string> classes;
};

/// Throws Error{Malformed} when the columns that are needed are missing or doubled.
[[nodiscard]] PredictionColumns predictionColumns(const base::CsvTable& table, const std::string& subject);

/// The two classes that one `score` serves, negative first. Throws Error{Mismatch} for more than two labels,
/// Error{Usage} when nobody knows which one the score means.
[[nodiscard]] std::vector<std::string> classesOfScore(
    const std::set<std::string>& labels, const std::string& positive, const std::string& subject);

/// Refusals of rows, by kind: the first few by their number, then how many there are in all.
class Refusals {
public:
    explicit Refusals(std::string subject)
        : m_subject(std::move(subject))
    {
    }
    void add(int rowNumber, const std::string& why);
    [[nodiscard]] std::size_t count() const { return m_count; }
    [[nodiscard]] std::vector<base::Problem> problems() const;

private:
    std::string m_subject;
    std::map<std::string, std::vector<int>> m_rows;
    std::size_t m_count = 0;
};

} // namespace diascope::evaluate
