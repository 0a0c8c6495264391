// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Evaluation.h"

#include <string>
#include <string_view>
#include <vector>

namespace diascope::evaluate {

/// Stands on everything that a person may print.
inline constexpr std::string_view kSafetyLine
    = "Research and education software. Not a medical device. Not for diagnosis or treatment decisions.";

[[nodiscard]] std::string joined(const std::vector<std::string>& parts, const std::string& between);
/// "0.919", three decimals; "-" for none.
[[nodiscard]] std::string shortNumber(const std::optional<double>& value);
/// "0.919 (95 % 0.789 to 0.972)"; undefined: "undefined: reason".
[[nodiscard]] std::string inWords(const metrics::Estimate& estimate);
/// The figures one reads first, with their intervals.
[[nodiscard]] std::string mainFiguresInWords(const Evaluation& evaluation);
[[nodiscard]] std::string subgroupInWords(const Subgroup& subgroup);
[[nodiscard]] std::string calibrationInWords(const Evaluation& evaluation);
/// One line without the bars that end a Markdown cell, and without raw HTML.
[[nodiscard]] std::string markdownCell(const std::string& text);
/// A figure's key as a person says it: "auc" -> "AUC", "balancedAccuracy" -> "balanced accuracy".
[[nodiscard]] std::string figureTitle(const std::string& key);

} // namespace diascope::evaluate
