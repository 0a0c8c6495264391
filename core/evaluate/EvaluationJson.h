// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "evaluate/Evaluation.h"

namespace diascope::evaluate {

/// {"value", "low", "high", "method", "n"} and, where there is no value, "reason". Undefined numbers are null.
[[nodiscard]] base::Json toJson(const metrics::Estimate& estimate);

/// The contract of `evaluate`: {"n", "patients", "classes", "positive", "threshold", "metrics": {"auc": {…}, …},
/// "confusion", "report", "roc", "pr", "calibration", "conformal", "decision", "thresholds", "floors": {"on", "sentences", "methods": [{"name", …,
/// "modelMinusMethod": [{"figure", "difference", "verdict"}]}]}, "perFold", "perGroup",
/// "warnings", "problems"}. Curves longer than `curvePoints` are thinned and say so; 0: never.
[[nodiscard]] base::Json toJson(const Evaluation& evaluation, std::size_t curvePoints = 0);

/// Its part on floors: {"on", "sentences", "methods"}.
[[nodiscard]] base::Json floorsJson(const Evaluation& evaluation);

} // namespace diascope::evaluate
