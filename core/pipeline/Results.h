// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "pipeline/Prepare.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace diascope::pipeline {

/// Where a binary package says yes.
struct OperatingThreshold {
    double value = 0.5;      ///< On the probability of the second class.
    bool locked = false;     ///< Chosen on the validation part. False: no choice was possible, 0.5 stands.
};

/// Probabilities N,classes in double: sigmoid of one logit as (1-p, p), or softmax.
[[nodiscard]] at::Tensor probabilitiesOf(const at::Tensor& logits);

/// Youden's point of the validation part (binary only), put half way to the next lower score, so that rounding cannot flip a case.
[[nodiscard]] OperatingThreshold chooseThreshold(const at::Tensor& validationLogits, const at::Tensor& labels);

/// {"n", "auc": {"value", "low", "high", "method"}, "accuracy": {…}, "loss"} and for two classes {"sensitivity", "specificity"} at the threshold.
[[nodiscard]] base::Json figuresJson(const at::Tensor& logits, const at::Tensor& labels, const OperatingThreshold& threshold);

/// [{"code", "subject", "detail"}]
[[nodiscard]] base::Json problemsJson(const std::vector<base::Problem>& problems);

/// The same read back.
[[nodiscard]] std::vector<base::Problem> problemsOf(const base::Json& json, const std::string& subject);

/// One after the other along the first dimension.
[[nodiscard]] at::Tensor concatenated(const std::vector<at::Tensor>& parts);

/// Header and rows of oof.csv and test.csv (one p_<class> column per class).
struct Table {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
};
/// Rows of one part of one fold. `logits`: N,outputs, in the order of rowsOf().
[[nodiscard]] Table predictionTable(const Experiment& experiment, const dataset::FoldPlan& fold, dataset::Role role, const at::Tensor& logits);

} // namespace diascope::pipeline
