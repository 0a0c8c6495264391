// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Words.h"

#include "base/Error.h"
#include "base/Text.h"

#include <cmath>
#include <map>

namespace diascope::evaluate {

std::string joined(const std::vector<std::string>& parts, const std::string& between)
{
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : between) + part;
    }
    return text;
}

std::string shortNumber(const std::optional<double>& value)
{
    if (!value) {
        return "-";
    }
    if (!std::isfinite(*value)) {
        return *value > 0.0 ? "infinite" : "-infinite";
    }
    return base::fixedText(*value, 3);
}

std::string inWords(const metrics::Estimate& estimate)
{
    if (!estimate) {
        return "undefined: " + estimate.reason;
    }
    std::string text = shortNumber(estimate.value);
    if (estimate.interval) {
        text += " (95 % " + shortNumber(estimate.interval->low) + " to " + shortNumber(estimate.interval->high) + ")";
    }
    return text;
}

std::string figureTitle(const std::string& key)
{
    static const std::map<std::string, std::string> titles
        = {{"auc", "AUC"}, {"aucMeanOfFolds", "AUC, mean of the folds"}, {"aucWeighted", "AUC, weighted by class"},
            {"averagePrecision", "average precision"}, {"balancedAccuracy", "balanced accuracy"},
            {"ppv", "positive predictive value"}, {"npv", "negative predictive value"}, {"f1", "F1"},
            {"macroF1", "macro F1"}, {"mcc", "Matthews correlation"}, {"brier", "Brier score"}, {"logLoss", "log loss"},
            {"ece", "calibration error (ECE)"}, {"mce", "largest calibration error (MCE)"},
            {"calibrationSlope", "calibration slope"}, {"calibrationIntercept", "calibration in the large"},
            {"temperature", "best temperature"}};
    const auto found = titles.find(key);
    if (found != titles.end()) {
        return found->second;
    }
    return key.starts_with("auc:") ? "AUC of " + key.substr(4) : key;
}

std::string mainFiguresInWords(const Evaluation& evaluation)
{
    std::vector<std::string> parts;
    for (const char* key : {"auc", "accuracy", "balancedAccuracy", "sensitivity", "specificity", "macroF1", "brier"}) {
        if (const auto* estimate = evaluation.pooled.find(key)) {
            parts.push_back(figureTitle(key) + " " + inWords(*estimate));
        }
    }
    return joined(parts, ", ");
}

std::string subgroupInWords(const Subgroup& subgroup)
{
    std::vector<std::string> parts;
    for (const FigureSet& set : subgroup.values) {
        if (const auto* auc = set.find("auc")) {
            parts.push_back(
                subgroup.column + " " + set.name + " (n = " + std::to_string(set.cases) + "): AUC " + inWords(*auc));
        }
    }
    return joined(parts, "; ");
}

std::string calibrationInWords(const Evaluation& evaluation)
{
    std::vector<std::string> parts;
    for (const char* key : {"ece", "calibrationSlope", "calibrationIntercept", "temperature"}) {
        if (const auto* estimate = evaluation.pooled.find(key)) {
            parts.push_back(figureTitle(key) + " " + inWords(*estimate));
        }
    }
    return joined(parts, ", ");
}

std::string markdownCell(const std::string& text)
{
    std::string result;
    for (const char c : base::visibleText(text)) {
        if (c == '|' || c == '<' || c == '\\' || c == '`' || c == '[' || c == ']') {
            result += '\\';
        }
        result += c;
    }
    return result;
}

} // namespace diascope::evaluate
