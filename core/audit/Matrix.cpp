// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Matrix.h"

#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace diascope::audit {

void requireFinite(const Matrix& matrix, const char* subject)
{
    if (matrix.values.size() != matrix.rows * matrix.columns) {
        throw base::Error(base::ErrorCode::Internal, subject, "the table's sizes disagree");
    }
    const auto bad
        = std::find_if(matrix.values.begin(), matrix.values.end(), [](double value) { return !std::isfinite(value); });
    if (bad != matrix.values.end()) {
        const auto place = static_cast<std::size_t>(bad - matrix.values.begin());
        throw base::Error(base::ErrorCode::Malformed, subject,
            "row " + std::to_string(place / matrix.columns) + ", column " + std::to_string(place % matrix.columns)
                + " is not a finite number");
    }
}

} // namespace diascope::audit
