// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace diascope::audit {

/// rows x columns numbers, row by row: one row a sample.
struct Matrix {
    std::size_t rows = 0, columns = 0;
    std::vector<double> values; ///< rows * columns.

    Matrix() = default;
    Matrix(std::size_t rowCount, std::size_t columnCount)
        : rows(rowCount)
        , columns(columnCount)
        , values(rowCount * columnCount)
    {
    }
    [[nodiscard]] std::span<const double> row(std::size_t i) const { return {values.data() + i * columns, columns}; }
    [[nodiscard]] std::span<double> row(std::size_t i) { return {values.data() + i * columns, columns}; }
    [[nodiscard]] double at(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
    [[nodiscard]] double& at(std::size_t i, std::size_t j) { return values[i * columns + j]; }
};

/// Throws Error{Internal} when the sizes disagree, Error{Malformed} for numbers that are not finite. `subject` names
/// it.
void requireFinite(const Matrix& matrix, const char* subject);

} // namespace diascope::audit
