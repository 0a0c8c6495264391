// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Csv.h"
#include "base/Error.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace diascope::evaluate {

/// Answers of any model with the truth beside them, one row a case. Every list is as long as `labels`, or empty where
/// nothing is known.
struct Predictions {
    std::vector<std::string> classes;  ///< K >= 2 names.
    int positive = 1;                  ///< Of two classes the one that counts as positive; 0 or 1.
    std::vector<int> labels;           ///< N true classes, 0 .. K-1.
    std::vector<double> probabilities; ///< N x K, row by row, rows summing to 1 (0.01 off at most). Without
                                       ///< probabilities: score and minus score.
    bool areProbabilities
        = true; ///< False: a score outside 0 to 1 was found; figures that need probabilities are undefined.
    std::vector<std::string> samples; ///< Names of the cases.
    std::vector<std::string> groups;  ///< Patients: cases of one group are not independent.
    std::vector<int> repeats, folds;  ///< Of a cross-validation.
    struct Column {
        std::string name;
        std::vector<std::string> values;
    };
    std::vector<Column> columns;         ///< Subgroups by their values; numbers stand in bands.
    std::vector<base::Problem> problems; ///< Rows that were left out, and what else a reader should know.
    std::size_t refusedRows = 0;

    [[nodiscard]] std::size_t cases() const { return labels.size(); }
    [[nodiscard]] int classCount() const { return static_cast<int>(classes.size()); }
    [[nodiscard]] bool isBinary() const { return classes.size() == 2; }
    /// Two classes: 1 where the label is the positive class, and its probability or score.
    [[nodiscard]] std::vector<int> binaryLabels() const;
    [[nodiscard]] std::vector<double> positiveScores() const;
    /// The rows with these numbers, everything else as it is.
    [[nodiscard]] Predictions rows(std::span<const std::size_t> which) const;
};

struct ReadOptions {
    std::string positive; ///< Name of the positive class of two; empty: "1" of 0/1, else the second p_ column.
    std::vector<std::string> subgroups; ///< Columns to keep.
    std::string subject;                ///< Names the table in messages; set by readPredictions().
};

/// Columns `label`, then `score` (two classes; of the positive one) or one `p_<class>` each; optional `sample`,
/// `group`, `repeat`, `fold` and the subgroup columns. Rows with an empty label, a probability that is not a number or
/// outside 0 to 1, or a sum off by more than 0.01 are left out and told. Throws Error{Malformed} when columns or all
/// rows are unusable, Error{Mismatch} for a label without its column, Error{Usage} for an unknown positive class or
/// subgroup column, and as base::readCsv().
[[nodiscard]] Predictions readPredictions(const std::filesystem::path& file, ReadOptions options = {});
[[nodiscard]] Predictions predictionsOf(const base::CsvTable& table, const ReadOptions& options);

/// Values of a subgroup column as they are compared: DICOM ages ("045Y") and columns named "age" in bands 0-17, 18-39,
/// 40-64, 65-79, 80+; other numbers with more than 12 different values in quarters; the rest as it is, empty as
/// "(unknown)". Throws Error{Usage} for a text column with more than 50 different values.
[[nodiscard]] std::vector<std::string> subgroupBands(const std::string& column, const std::vector<std::string>& values);

} // namespace diascope::evaluate
