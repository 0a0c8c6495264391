// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "evaluate/Predictions.h"

#include "metrics/ClassificationReport.h"
#include "metrics/Conformal.h"
#include "metrics/DecisionCurve.h"
#include "metrics/Estimate.h"
#include "metrics/PrecisionRecall.h"
#include "metrics/Recalibration.h"
#include "metrics/Reliability.h"
#include "metrics/Roc.h"
#include "metrics/Thresholds.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace diascope::evaluate {

/// A figure under the key that it has in JSON ("auc", "balancedAccuracy", …).
struct NamedEstimate {
    std::string name;
    metrics::Estimate estimate;
};

/// The figures of some of the cases.
struct FigureSet {
    std::string name; ///< "all", "repeat 0, fold 2", "mean", a value of a subgroup column.
    std::int64_t cases = 0, patients = 0; ///< Patients equal cases where groups are unknown.
    std::vector<NamedEstimate> figures;
    [[nodiscard]] const metrics::Estimate* find(const std::string& figure) const; ///< nullptr: not there.
};
struct Subgroup {
    std::string column;
    std::vector<FigureSet> values;
};

/// What the interval of a difference says.
enum class Verdict { Beats, CannotBeTold, DoesNotBeat, NoInterval };

/// What a trivial method reaches on the same rows, and the model against it: one that does not beat it has learned
/// nothing of use.
struct Baseline {
    std::string name, method;                ///< "nearest-neighbour"; in words.
    metrics::Estimate auc, accuracy, balancedAccuracy;
    struct Against {
        std::string figure;                  ///< "accuracy", "balancedAccuracy", "auc".
        metrics::Estimate difference;        ///< Model - method on the same rows, -1 to 1; the interval is paired.
        Verdict verdict = Verdict::NoInterval;
    };
    std::vector<Against> against;
    std::string sentence;                    ///< The verdicts with their figures.
};

/// Where "positive" begins and who said so.
enum class ThresholdSource {
    Given,        ///< By the caller, chosen elsewhere.
    Stored,       ///< By the run that made the predictions.
    SameRows,     ///< Youden's point of these rows: what is reported at it is optimistic.
    NoChoice,     ///< 0.5, because these rows allow none.
    MostProbable, ///< Several classes: the most probable one.
};
struct OperatingThreshold {
    double value = 0.5;
    ThresholdSource source = ThresholdSource::NoChoice;
    std::string words; ///< One sentence for a reader.
    /// With folds: the threshold of each fold chosen on the other folds, sensitivity and specificity at it. An honest figure where `value` is not.
    std::vector<NamedEstimate> crossFitted;
};

/// A threshold that someone might choose, with the rule that gives it.
struct Candidate {
    std::string rule;
    metrics::OperatingPoint point;
};

/// Curves of one class against the rest.
struct ClassCurves {
    std::string className;
    metrics::RocCurve roc;
    metrics::PrecisionRecallCurve precisionRecall;
    metrics::Estimate auc, averagePrecision;
};

/// What a recalibration would do, learned on some of the rows and judged on others (by fold, or two halves of the patients).
struct RecalibratedFigures {
    std::string method; ///< "none", "temperature", "isotonic".
    metrics::Figure logLoss, calibrationError;
    std::string note;
};
struct Calibration {
    metrics::Reliability positive, top;          ///< 10 bins; of the positive class (two classes only) and of the most probable class.
    metrics::Reliability positive15, top15;      ///< 15 bins.
    metrics::Recalibration line;                 ///< Two classes only.
    metrics::Figure temperature;                 ///< Of all rows.
    std::vector<RecalibratedFigures> recalibrated;
    std::string reason; ///< Why there is none of all this: no probabilities.
};

/// Prediction sets calibrated on some rows and judged on others.
struct ConformalFigures {
    metrics::ConformalQuantile quantile; ///< Of all rows: the one to store.
    metrics::ConformalCoverage seen;     ///< Cross-fitted.
    std::string how;                     ///< "each fold by the others", "each half of the patients by the other".
};

struct EvaluationConfig {
    std::optional<double> threshold{};       ///< Chosen elsewhere.
    std::optional<double> storedThreshold{}; ///< Of the run; used when none is given.
    bool storedOnTheseRows = false;        ///< The run chose it on the very rows that are evaluated.
    bool storedByDefault = false;          ///< The run could not choose one; its 0.5 is nobody's choice.
    metrics::Costs costs{};                  ///< For the candidate of least cost.
    int resamples = 2000;                  ///< Of the bootstrap; 0: none.
    std::uint64_t seed = 1;
    int threads = 0;
    double alpha = 0.1;                    ///< Of the prediction sets.
    std::stop_token stop{};
    std::function<void(const std::string&)> progress{}; ///< What is being done; may be empty.
};

/// All that can be said about predictions with known truth. Plain values.
struct Evaluation {
    std::vector<std::string> classes;
    int positive = 1;
    std::int64_t cases = 0, patients = 0, repeats = 1;
    bool grouped = false, areProbabilities = true;
    std::vector<std::int64_t> casesOfClass;
    OperatingThreshold threshold;
    FigureSet pooled;
    std::vector<FigureSet> folds;
    std::vector<FigureSet> patientPools; ///< "mean" and "max" over the cases of a patient; empty without groups.
    std::vector<Subgroup> subgroups;
    metrics::ConfusionMatrix confusion;
    metrics::ClassificationReport report;
    std::vector<ClassCurves> curves;     ///< Two classes: the positive one; else all.
    Calibration calibration;
    std::vector<ConformalFigures> conformal;
    std::vector<metrics::NetBenefit> decision; ///< Two classes only.
    std::vector<Candidate> candidates;         ///< Two classes only.
    std::vector<Baseline> floors;              ///< Left empty by evaluate(): they need the pictures.
    std::vector<std::string> floorWords;       ///< What they mean for the figures above, whole sentences.
    std::string floorsOn;                      ///< On which rows, in words; or why there are none.
    std::vector<std::string> warnings;
    std::vector<base::Problem> problems;
};

/// Intervals: where cases are independent (no patient has two) DeLong for an area, Wilson for a proportion, BCa bootstrap for the rest; else the
/// bootstrap by patient for all. With repeats a case counts once in each; the patient, or the case where groups are unknown, is the unit.
/// Throws Error{Usage} for a threshold that is not finite, Error{Malformed} for no cases, Error{Stopped} on request.
[[nodiscard]] Evaluation evaluate(const Predictions& predictions, const EvaluationConfig& config = {});

} // namespace diascope::evaluate
