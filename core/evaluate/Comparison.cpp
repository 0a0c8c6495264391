// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Comparison.h"

#include "evaluate/Figures.h"
#include "evaluate/Words.h"

#include "metrics/Agreement.h"
#include "metrics/Bootstrap.h"
#include "metrics/Confusion.h"
#include "metrics/Proportion.h"
#include "metrics/WeightedFigures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace diascope::evaluate {

namespace {

using metrics::Estimate;
using metrics::Figure;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<const char*, 3> kCompared = {"accuracy", "balancedAccuracy", "auc"};
constexpr std::size_t kAuc = 2, kCount = kCompared.size();

/// Accuracy, balanced accuracy and AUC of one of the two methods.
struct Side {
    int classes = 2;
    std::vector<int> labels, called;
    metrics::WeightedFigures ranked; ///< Its first figure is the AUC; empty: it ranks nothing.
    std::size_t rankedFigures = 0;

    void figures(std::span<const std::uint32_t> times, std::span<double> out) const
    {
        const auto columns = static_cast<std::size_t>(classes);
        metrics::ConfusionMatrix matrix{classes, std::vector<std::int64_t>(columns * columns)};
        for (std::size_t i = 0; i < labels.size(); ++i) {
            matrix.counts[static_cast<std::size_t>(labels[i]) * columns + static_cast<std::size_t>(called[i])] += times[i];
        }
        out[0] = matrix.accuracy().value.value_or(kUndefined);
        out[1] = metrics::balancedAccuracy(matrix).value.value_or(kUndefined);
        out[kAuc] = kUndefined;
        if (ranked) {
            std::vector<double> values(rankedFigures);
            ranked(times, values);
            out[kAuc] = values.front();
        }
    }
};

Side sideOf(const Predictions& part, std::vector<int> called, const std::vector<double>& scores)
{
    Side side{part.classCount(), part.labels, std::move(called), {}, 0};
    if (scores.empty()) {
        return side;
    }
    if (part.isBinary()) {
        std::vector<double> ofPositive;
        for (std::size_t i = 0; i < part.cases(); ++i) {
            ofPositive.push_back(scores[2 * i + static_cast<std::size_t>(part.positive)]);
        }
        side.ranked = metrics::binaryFigures(part.binaryLabels(), ofPositive, 0.0);
        side.rankedFigures = metrics::kBinaryFigures.size();
    } else {
        side.ranked = metrics::multiClassFigures(part.labels, scores, part.classCount());
        side.rankedFigures = metrics::kMultiClassFigures.size() + part.classes.size();
    }
    return side;
}

/// Why so few rows allow no interval; empty where they do. `ofEachClass`: every class needs some.
std::string tooFew(const Predictions& part, const std::vector<std::string>& units, bool ofEachClass)
{
    const std::string what = part.groups.empty() ? " cases" : " patients";
    const std::int64_t all = countUnits(units, part.cases());
    if (all < kFewestUnits) {
        return "only " + std::to_string(all) + what + ", at least " + std::to_string(kFewestUnits) + " are needed";
    }
    for (int c = 0; ofEachClass && c < part.classCount(); ++c) {
        std::vector<std::string> ofClass;
        std::size_t cases = 0;
        for (std::size_t i = 0; i < part.cases(); ++i) {
            if (part.labels[i] == c) {
                ++cases;
                if (!units.empty()) {
                    ofClass.push_back(units[i]);
                }
            }
        }
        const std::int64_t count = countUnits(ofClass, cases);
        if (count < kFewestUnitsOfClass) {
            return "only " + std::to_string(count) + what + " of class '" + part.classes[static_cast<std::size_t>(c)]
                + "', at least " + std::to_string(kFewestUnitsOfClass) + " are needed";
        }
    }
    return {};
}

/// One bootstrap of both methods: first the differences, then the rival's own figures.
class Pairing {
public:
    Pairing(const Predictions& part, Side model, Side rival, const EvaluationConfig& config)
        : m_part(part)
        , m_units(independentUnits(part))
        , m_config(config)
        , m_values(2 * kCount)
    {
        const auto figures = [model = std::move(model), rival = std::move(rival)](
                                 std::span<const std::uint32_t> times, std::span<double> out) {
            std::array<double, kCount> own{};
            model.figures(times, own);
            rival.figures(times, out.subspan(kCount));
            for (std::size_t f = 0; f < kCount; ++f) {
                out[f] = own[f] - out[kCount + f];
            }
        };
        figures(std::vector<std::uint32_t>(part.cases(), 1), m_values);
        m_few = tooFew(part, m_units, false);
        if (config.resamples > 0 && m_few.empty()) {
            m_boot = metrics::bootstrapIntervals(metrics::unitsOf(part.labels, m_units), m_values.size(), figures,
                {config.resamples, config.seed, config.threads, config.stop});
        }
    }

    /// `at`: of the differences, then of the rival's figures. `undefined`: why there is no value, should there be none.
    [[nodiscard]] Estimate estimate(std::size_t at, const std::string& undefined) const
    {
        const auto n = static_cast<std::int64_t>(m_part.cases());
        const bool difference = at < kCount;
        if (std::isnan(m_values[at])) {
            return metrics::withoutInterval(Figure::undefined(undefined), n, {});
        }
        const Figure figure{m_values[at], {}};
        const std::string few = !m_few.empty() || at % kCount == 0 ? m_few : tooFew(m_part, m_units, true);
        if (!few.empty() || m_config.resamples <= 0) {
            return metrics::withoutInterval(figure, n, few.empty() ? "the bootstrap was switched off" : few);
        }
        const std::string method = (difference ? "paired " : "") + m_boot.method;
        if (difference && m_boot.constant[at]) {
            return metrics::withInterval(figure, n, metrics::Interval{m_values[at], m_values[at]},
                method + "; every resample gives this value");
        }
        if (at == kCount && !m_boot.intervals[at]) { // 40 of 40: every resample says the same
            const auto correct = std::llround(m_values[at] * static_cast<double>(n));
            Estimate exact = metrics::proportionEstimate(correct, n);
            exact.method += " (cases counted as independent; " + m_boot.reasons[at] + ")";
            return exact;
        }
        return metrics::withInterval(
            figure, n, m_boot.intervals[at], method, m_boot.reasons[at] + " (" + m_boot.method + ")");
    }

private:
    const Predictions& m_part;
    std::vector<std::string> m_units;
    const EvaluationConfig& m_config;
    std::vector<double> m_values;
    metrics::BootstrapResult m_boot;
    std::string m_few;
};

std::string signedNumber(double value)
{
    return (value > 0.0 ? "+" : "") + shortNumber(value);
}

/// "beats it in AUC (+0.120, 95 % 0.050 to 0.190)".
std::string inWords(const Baseline::Against& against)
{
    const Estimate& e = against.difference;
    const std::string figure = figureTitle(against.figure);
    switch (against.verdict) {
    case Verdict::Beats:
    case Verdict::DoesNotBeat:
    case Verdict::CannotBeTold: {
        const std::string numbers = " (" + signedNumber(*e.value) + ", 95 % " + shortNumber(e.interval->low) + " to "
            + shortNumber(e.interval->high) + ")";
        return std::string(name(against.verdict)) + " it in " + figure + numbers;
    }
    case Verdict::NoInterval: break;
    }
    const std::string prefix = "no interval: "; // of Estimate::method
    const std::string why = e.value ? (e.method.starts_with(prefix) ? e.method.substr(prefix.size()) : e.method) : e.reason;
    return "is not compared with it in " + figure + (e.value ? " (" + signedNumber(*e.value) + "; " : " (") + why + ")";
}

std::string sentenceOn(const Baseline& baseline)
{
    std::vector<std::string> parts;
    for (const Baseline::Against& against : baseline.against) {
        if (against.figure != kCompared[kAuc] || baseline.auc) { // that a method ranks nothing says nothing about the model
            parts.push_back(inWords(against));
        }
    }
    const std::int64_t n = baseline.against.empty() ? 0 : baseline.against.front().difference.n;
    return "Against the trivial method '" + baseline.name + "' on the same " + std::to_string(n) + " cases the model "
        + joined(parts, "; ") + ".";
}

void requireSame(const RivalAnswers& rival, const Predictions& predictions)
{
    const std::size_t rows = rival.rows.size();
    const bool inside = std::all_of(
        rival.rows.begin(), rival.rows.end(), [&](std::size_t row) { return row < predictions.cases(); });
    const bool sized = rival.called.size() == rows
        && (rival.scores.empty() || rival.scores.size() == rows * predictions.classes.size());
    if (rows == 0 || !inside || !sized || std::set(rival.rows.begin(), rival.rows.end()).size() != rows) {
        throw base::Error(base::ErrorCode::Internal, rival.name, "its answers do not fit the predictions");
    }
}

} // namespace

Baseline comparedWith(
    const RivalAnswers& rival, const Predictions& predictions, double threshold, const EvaluationConfig& config)
{
    requireSame(rival, predictions);
    const Predictions part = predictions.rows(rival.rows);
    const Pairing pairing(part, sideOf(part, calledClasses(part, threshold), part.probabilities),
        sideOf(part, rival.called, rival.scores), config);
    const auto undefined = [&](std::size_t figure) {
        return figure == kAuc && rival.scores.empty() ? rival.noScores : std::string("a class has no case");
    };
    Baseline baseline{rival.name, rival.method, {}, {}, {}, {}, {}};
    baseline.accuracy = pairing.estimate(kCount, undefined(0));
    baseline.balancedAccuracy = pairing.estimate(kCount + 1, undefined(1));
    baseline.auc = pairing.estimate(kCount + kAuc, undefined(kAuc));
    for (std::size_t f = 0; f < kCount; ++f) {
        Estimate difference = pairing.estimate(f, undefined(f));
        const Verdict verdict = verdictOf(difference);
        baseline.against.push_back({kCompared[f], std::move(difference), verdict});
    }
    baseline.sentence = sentenceOn(baseline);
    return baseline;
}

Verdict verdictOf(const Estimate& difference)
{
    if (!difference || !difference.interval) {
        return Verdict::NoInterval;
    }
    return difference.interval->low > 0.0  ? Verdict::Beats
        : difference.interval->high < 0.0 ? Verdict::DoesNotBeat
                                          : Verdict::CannotBeTold;
}

std::string_view name(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Beats: return "beats";
    case Verdict::CannotBeTold: return "cannot be told from";
    case Verdict::DoesNotBeat: return "does not beat";
    case Verdict::NoInterval: return "no interval";
    }
    return {};
}

void addBaselines(Evaluation& evaluation, std::vector<Baseline> baselines)
{
    bool beatsAll = true;
    for (Baseline& baseline : baselines) {
        evaluation.floorWords.push_back(baseline.sentence);
        const bool ranks = baseline.auc.value.has_value();
        for (const Baseline::Against& against : baseline.against) {
            const bool counts = against.figure == (ranks ? "auc" : "balancedAccuracy");
            beatsAll = beatsAll && (!counts || against.verdict == Verdict::Beats);
        }
        evaluation.floors.push_back(std::move(baseline));
    }
    if (!beatsAll) {
        evaluation.warnings.emplace_back(
            "it is not shown that the model beats every trivial method on the same rows (see the floors)");
    }
}

} // namespace diascope::evaluate
