// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/MetricsBench.h"

#include "app/bench/Child.h"

#include "base/AtomicFile.h"
#include "base/Error.h"
#include "base/Rng.h"
#include "base/Text.h"
#include "metrics/Agreement.h"
#include "metrics/Bootstrap.h"
#include "metrics/Brier.h"
#include "metrics/ClassificationReport.h"
#include "metrics/Conformal.h"
#include "metrics/DecisionCurve.h"
#include "metrics/DeLong.h"
#include "metrics/Isotonic.h"
#include "metrics/LogLoss.h"
#include "metrics/Logit.h"
#include "metrics/PrecisionRecall.h"
#include "metrics/Proportion.h"
#include "metrics/Recalibration.h"
#include "metrics/Reliability.h"
#include "metrics/Temperature.h"
#include "metrics/Thresholds.h"
#include "metrics/WeightedFigures.h"

#include <cmath>
#include <filesystem>

#include <unistd.h>

namespace diascope::bench {

namespace {

struct Cases {
    std::vector<int> labels;
    std::vector<double> scores;
    std::vector<std::string> groups;
};

/// Prevalence 0.3, AUC about 0.86, too sure of itself: a temperature has something to do.
Cases makeCases(std::size_t count, std::size_t perPatient)
{
    base::Rng rng = base::Rng::stream(20261121, "bench metrics");
    Cases cases;
    bool positive = false;
    for (std::size_t i = 0; i < count; ++i) {
        if (i % perPatient == 0) {
            positive = rng.chance(0.3);
        }
        cases.labels.push_back(positive ? 1 : 0);
        cases.scores.push_back(metrics::sigmoid(2.0 * (1.5 * ((positive ? 1 : 0) - 0.5) + rng.normal())));
        cases.groups.push_back(std::to_string(i / perPatient));
    }
    return cases;
}

/// Everything; the sum keeps the compiler from leaving something out.
double allFigures(const Cases& cases)
{
    const metrics::ScoreSteps sorted = metrics::scoreSteps(cases.labels, cases.scores);
    double sum
        = *metrics::rocAuc(sorted).value + *metrics::averagePrecision(sorted).value + *metrics::deLong(sorted).variance;
    sum += static_cast<double>(metrics::rocCurve(sorted, metrics::RocPoints::All).thresholds.size()
        + metrics::rocCurve(sorted).thresholds.size());
    sum += static_cast<double>(metrics::precisionRecallCurve(sorted).recall.size());
    const auto point = metrics::youdenPoint(sorted);
    sum += metrics::sensitivityAtSpecificity(sorted, 0.9)->sensitivity
        + metrics::specificityAtSensitivity(sorted, 0.9)->specificity;
    sum += metrics::leastCostPoint(sorted, {1.0, 5.0, std::nullopt})->cost
        + metrics::decisionCurve(sorted, metrics::hundredths())[20].model;
    const metrics::BinaryCounts counts = metrics::countAtThreshold(cases.labels, cases.scores, point->threshold);
    const metrics::ConfusionMatrix matrix{
        2, {counts.trueNegatives, counts.falsePositives, counts.falseNegatives, counts.truePositives}};
    sum += *metrics::balancedAccuracy(matrix).value + *metrics::matthewsCorrelation(matrix).value
        + *metrics::cohenKappa(matrix).value;
    sum += metrics::classificationReport(matrix, {"0", "1"}).macro.f1;
    sum += metrics::wilsonInterval(matrix.correct(), matrix.total())->low
        + metrics::clopperPearsonInterval(matrix.correct(), matrix.total())->low;
    sum += *metrics::logLoss(cases.labels, cases.scores).value + *metrics::brierScore(cases.labels, cases.scores).value;
    sum += *metrics::reliability(cases.labels, cases.scores, 15).expectedError.value;
    const metrics::TopLabel top = metrics::topLabel(cases.labels, cases.scores);
    sum += *metrics::reliability(top.right, top.probability, 15).expectedError.value;
    sum += *metrics::recalibration(cases.labels, cases.scores).slope.value;
    sum += *metrics::fitTemperature(cases.labels, metrics::logitsOf(cases.scores)).temperature.value;
    sum += metrics::fitIsotonic(cases.labels, cases.scores).curve.at(0.5);
    std::vector<double> both;
    for (const double p : cases.scores) {
        both.push_back(1.0 - p);
        both.push_back(p);
    }
    for (const auto score : {metrics::ConformalScore::Lac, metrics::ConformalScore::Aps}) {
        sum += metrics::conformalCoverage(
            cases.labels, both, 2, metrics::calibrateConformal(cases.labels, both, 2, score, 0.1))
                   .meanSize;
    }
    return sum;
}

double seconds(int runs, const std::function<void()>& work)
{
    return median(timeEach(0, runs, work)) / 1000.0;
}

metrics::BootstrapConfig configOf(const MetricsBenchOptions& options)
{
    metrics::BootstrapConfig config;
    config.threads = options.threads;
    config.stop = options.stop;
    return config;
}

std::filesystem::path writeCases(const Cases& cases, const std::string& name)
{
    std::string text = "label,score,group\n";
    for (std::size_t i = 0; i < cases.labels.size(); ++i) {
        text
            += std::to_string(cases.labels[i]) + "," + base::numberText(cases.scores[i]) + "," + cases.groups[i] + "\n";
    }
    const auto file = std::filesystem::temp_directory_path() / ("diascope-bench-" + std::to_string(getpid()) + name);
    base::writeFileAtomically(file, text, base::Flush::Later);
    return file;
}

base::Json peerJson(const MetricsBenchOptions& options, const Cases& many, const Cases& patients)
{
    const auto first = writeCases(many, "-many.csv"), second = writeCases(patients, "-patients.csv");
    const Child child = runChild({options.peer, "metrics", first.string(), second.string()});
    std::filesystem::remove(first);
    std::filesystem::remove(second);
    if (child.exitCode != 0 || child.lines.empty()) {
        throw base::Error(
            base::ErrorCode::NotFound, options.peer, "the peer ended with " + std::to_string(child.exitCode));
    }
    return base::parseJson(child.lines.back().text, options.peer);
}

} // namespace

std::vector<Figure> metricsFigures(const MetricsBenchOptions& options)
{
    const Cases many = makeCases(1'000'000, 1), patients = makeCases(4000, 4);
    const std::string how = "median of " + std::to_string(options.runs) + " runs";
    double sum = 0.0;
    const double all = seconds(options.runs, [&] { sum += allFigures(many); });
    const metrics::BootstrapUnits units = metrics::unitsOf(patients.labels, patients.groups);
    const metrics::WeightedFigures figures = metrics::binaryFigures(patients.labels, patients.scores, 0.5);
    metrics::BootstrapResult result;
    const double bootstrap = seconds(options.runs, [&] {
        result = metrics::bootstrapIntervals(units, metrics::kBinaryFigures.size(), figures, configOf(options));
    });
    std::vector<Figure> list{
        {"metrics.all", all, "s", "all figures of 1,000,000 predictions without bootstrap, one thread, " + how},
        {"metrics.bootstrap", bootstrap, "s",
            "BCa, 1,000 patients with 4 cases, 2,000 resamples, 13 figures, all threads, " + how},
        {"metrics.bootstrap.aucLow", result.intervals.front()->low, "area", "lower end of its interval"},
        {"metrics.bootstrap.aucHigh", result.intervals.front()->high, "area", "upper end"}};
    if (!options.peer.empty()) {
        const base::Json peer = peerJson(options, many, patients);
        const auto add = [&](const std::string& name, const char* key, double ours) {
            const double theirs = peer.value(key, 0.0);
            if (theirs > 0.0) {
                list.push_back({name + ".peer.seconds", theirs, "s", "the peer's"});
                list.push_back({name + ".timesFaster", theirs / ours, "ratio", "peer's / ours"});
            }
        };
        add("metrics.all", "seconds", all);
        add("metrics.bootstrap", "bootstrapSeconds", bootstrap);
        for (const char* key : {"bootstrapLow", "bootstrapHigh"}) {
            if (peer.contains(key)) {
                list.push_back({std::string("metrics.peer.") + key, peer.at(key).get<double>(), "area",
                    "the peer's interval of the area"});
            }
        }
        const double ours = *metrics::rocAuc(many.labels, many.scores).value;
        list.push_back({"metrics.aucDifference", std::abs(ours - peer.value("auc", 0.0)), "area",
            "ours and the peer's on the same predictions"});
    }
    return list;
}

} // namespace diascope::bench
