// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Figures.h"

#include "metrics/Agreement.h"
#include "metrics/Bootstrap.h"
#include "metrics/DeLong.h"
#include "metrics/Proportion.h"
#include "metrics/WeightedFigures.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace diascope::evaluate {

namespace {

using metrics::Estimate;
using metrics::Figure;

const std::set<std::string>& ofProbabilities()
{
    static const std::set<std::string> names = {"brier", "logLoss"};
    return names;
}

/// Why a figure has no value, seen from the table of counts.
std::string reasonFor(const std::string& name, const metrics::ConfusionMatrix& matrix,
    const std::vector<std::string>& classes, int positive)
{
    for (int c = 0; c < matrix.classes; ++c) {
        std::int64_t truth = 0, called = 0;
        for (int other = 0; other < matrix.classes; ++other) {
            truth += matrix.at(c, other);
            called += matrix.at(other, c);
        }
        const bool own = c == positive;
        const std::string& className = classes[static_cast<std::size_t>(c)];
        if (called == 0 && ((name == "ppv" && own) || (name == "npv" && !own))) {
            return "no case was called '" + className + "'";
        }
        const bool needsIt = name.starts_with("auc") || (name == "averagePrecision" && own)
            || (name == "sensitivity" && own) || (name == "specificity" && !own);
        if (truth == 0 && needsIt) {
            return "no case of class '" + className + "'";
        }
    }
    return name == "kappa" ? "truth and prediction are one and the same class throughout" : "undefined for these cases";
}

/// The values, and the intervals that follow from counts alone.
struct Raw {
    std::vector<std::string> names;
    std::vector<double> values;
    metrics::WeightedFigures figures;
    metrics::ConfusionMatrix matrix; ///< Negative first, positive second for two classes.
};

Raw rawOf(const Predictions& part, double threshold)
{
    Raw raw;
    if (part.isBinary()) {
        const std::vector<int> labels = part.binaryLabels();
        const std::vector<double> scores = part.positiveScores();
        raw.names.assign(metrics::kBinaryFigures.begin(), metrics::kBinaryFigures.end());
        raw.figures = metrics::binaryFigures(labels, scores, threshold);
        const metrics::BinaryCounts counts = metrics::countAtThreshold(labels, scores, threshold);
        raw.matrix = {2, {counts.trueNegatives, counts.falsePositives, counts.falseNegatives, counts.truePositives}};
    } else {
        raw.names.assign(metrics::kMultiClassFigures.begin(), metrics::kMultiClassFigures.end());
        for (const std::string& name : part.classes) {
            raw.names.push_back("auc:" + name);
        }
        raw.figures = metrics::multiClassFigures(part.labels, part.probabilities, part.classCount());
        raw.matrix = metrics::confusionMatrix(
            part.labels, metrics::argmaxRows(part.probabilities, part.classCount()), part.classCount());
    }
    raw.values.resize(raw.names.size());
    raw.figures(std::vector<std::uint32_t>(part.cases(), 1), raw.values);
    return raw;
}

/// Wilson's interval where the figure is a proportion of independent cases.
std::optional<Estimate> proportionNamed(const std::string& name, const Raw& raw)
{
    const metrics::ConfusionMatrix& m = raw.matrix;
    if (name == "accuracy") {
        return metrics::proportionEstimate(m.correct(), m.total());
    }
    if (m.classes != 2) {
        return std::nullopt;
    }
    if (name == "sensitivity") {
        return metrics::proportionEstimate(m.at(1, 1), m.at(1, 0) + m.at(1, 1));
    }
    if (name == "specificity") {
        return metrics::proportionEstimate(m.at(0, 0), m.at(0, 0) + m.at(0, 1));
    }
    if (name == "ppv") {
        return metrics::proportionEstimate(m.at(1, 1), m.at(0, 1) + m.at(1, 1));
    }
    if (name == "npv") {
        return metrics::proportionEstimate(m.at(0, 0), m.at(0, 0) + m.at(1, 0));
    }
    return std::nullopt;
}

/// DeLong's interval of "auc" (two classes) or "auc:<class>".
std::optional<Estimate> areaNamed(const std::string& name, const Predictions& part)
{
    std::vector<int> labels;
    std::vector<double> scores;
    if (name == "auc" && part.isBinary()) {
        labels = part.binaryLabels();
        scores = part.positiveScores();
    } else if (name.starts_with("auc:")) {
        const auto at = std::find(part.classes.begin(), part.classes.end(), name.substr(4)) - part.classes.begin();
        for (std::size_t i = 0; i < part.cases(); ++i) {
            labels.push_back(part.labels[i] == at ? 1 : 0);
            scores.push_back(part.probabilities[i * part.classes.size() + static_cast<std::size_t>(at)]);
        }
    } else {
        return std::nullopt;
    }
    const metrics::DeLongResult result = metrics::deLong(labels, scores);
    return metrics::withInterval(result.auc, static_cast<std::int64_t>(labels.size()), result.interval,
        "DeLong, logit scale, 95 %", result.reason);
}

struct Bootstrapped {
    metrics::BootstrapResult result;
    bool done = false;
};

Bootstrapped bootstrapped(
    const Predictions& part, const Raw& raw, const std::vector<std::string>& units, const EvaluationConfig& config)
{
    if (config.resamples <= 0) {
        return {};
    }
    const metrics::BootstrapConfig bootstrap{config.resamples, config.seed, config.threads, config.stop};
    return {metrics::bootstrapIntervals(metrics::unitsOf(part.labels, units), raw.names.size(), raw.figures, bootstrap),
        true};
}

std::int64_t casesOf(const std::string& name, const Raw& raw, std::int64_t all)
{
    const auto proportion = name == "accuracy" ? std::nullopt : proportionNamed(name, raw);
    return proportion ? proportion->n : all;
}

} // namespace

const Estimate* FigureSet::find(const std::string& figure) const
{
    const auto found = std::find_if(
        figures.begin(), figures.end(), [&](const NamedEstimate& named) { return named.name == figure; });
    return found == figures.end() ? nullptr : &found->estimate;
}

std::vector<int> calledClasses(const Predictions& predictions, double threshold)
{
    if (!predictions.isBinary()) {
        return metrics::argmaxRows(predictions.probabilities, predictions.classCount());
    }
    std::vector<int> called;
    for (const double score : predictions.positiveScores()) {
        called.push_back(score >= threshold ? predictions.positive : 1 - predictions.positive);
    }
    return called;
}

FigureSet figuresOf(const Predictions& part, const std::string& name, double threshold, const EvaluationConfig& config)
{
    const std::vector<std::string> units = independentUnits(part);
    const auto cases = static_cast<std::int64_t>(part.cases());
    FigureSet set{name, cases, countUnits(units, part.cases()), {}};
    const Raw raw = rawOf(part, threshold);
    const bool independent = set.patients == cases;
    const Bootstrapped boot = bootstrapped(part, raw, units, config);
    for (std::size_t f = 0; f < raw.names.size(); ++f) {
        const std::string& key = raw.names[f];
        const std::int64_t n = casesOf(key, raw, cases);
        if (!part.areProbabilities && ofProbabilities().contains(key)) {
            set.figures.push_back(
                {key, metrics::withoutInterval(Figure::undefined("the scores are not probabilities"), n, {})});
            continue;
        }
        const Figure figure = std::isnan(raw.values[f])
            ? Figure::undefined(reasonFor(key, raw.matrix, part.classes, part.isBinary() ? 1 : -1))
            : Figure{raw.values[f], {}};
        auto exact = proportionNamed(key, raw);
        exact = exact ? exact : areaNamed(key, part);
        if (independent && exact && figure) {
            set.figures.push_back({key, *exact});
        } else if (boot.done && boot.result.intervals[f]) {
            set.figures.push_back(
                {key, metrics::withInterval(figure, n, boot.result.intervals[f], boot.result.method)});
        } else if (boot.done && exact && exact->interval) { // 40 of 40: every resample says the same
            exact->method += " (cases counted as independent; " + boot.result.reasons[f] + ")";
            set.figures.push_back({key, *exact});
        } else {
            const std::string why = boot.done ? boot.result.reasons[f] + " (" + boot.result.method + ")"
                                              : "the bootstrap was switched off";
            set.figures.push_back({key, metrics::withoutInterval(figure, n, why)});
        }
    }
    return set;
}

} // namespace diascope::evaluate
