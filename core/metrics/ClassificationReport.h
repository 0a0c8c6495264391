// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/Confusion.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::metrics {

/// One line of the report. A figure whose divisor is 0 is 0 here, as in scikit-learn with zero_division=0; `undefined`
/// says which.
struct ReportRow {
    std::string name;
    double precision = 0.0, recall = 0.0, f1 = 0.0;
    std::int64_t support = 0;     ///< Cases of this class.
    std::string undefinedBecause; ///< "never predicted", "no cases", both, or empty.
};

/// scikit-learn's classification_report.
struct ClassificationReport {
    std::vector<ReportRow> classes;
    double accuracy = 0.0;
    ReportRow macro, weighted; ///< Named "macro avg", "weighted avg".

    /// The layout of scikit-learn: columns precision, recall, f1-score, support, two digits.
    [[nodiscard]] std::string text(int digits = 2) const;
};

/// `names` one a class. Throws Error{Internal} for another number of names or an empty matrix.
[[nodiscard]] ClassificationReport classificationReport(
    const ConfusionMatrix& matrix, const std::vector<std::string>& names);

} // namespace diascope::metrics
