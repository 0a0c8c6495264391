// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Plots.h"

#include "evaluate/Svg.h"

#include <algorithm>

namespace diascope::evaluate {

namespace {

SvgPlot::Points pointsOf(const std::vector<double>& x, const std::vector<double>& y)
{
    SvgPlot::Points points;
    for (std::size_t i = 0; i < x.size(); ++i) {
        points.emplace_back(x[i], y[i]);
    }
    return points;
}

std::string rocPlot(const Evaluation& evaluation)
{
    SvgPlot plot("ROC", {"1 - specificity", 0.0, 1.0}, {"sensitivity", 0.0, 1.0});
    plot.addLine("chance", {{0.0, 0.0}, {1.0, 1.0}}, true);
    bool any = false;
    for (const ClassCurves& curves : evaluation.curves) {
        if (curves.roc.reason.empty()) {
            plot.addLine(curves.className, pointsOf(curves.roc.falsePositiveRate, curves.roc.truePositiveRate));
            any = true;
        }
    }
    return any ? plot.svg() : std::string();
}

std::string precisionPlot(const Evaluation& evaluation)
{
    SvgPlot plot("Precision and recall", {"recall (sensitivity)", 0.0, 1.0}, {"precision (PPV)", 0.0, 1.0});
    bool any = false;
    for (const ClassCurves& curves : evaluation.curves) {
        if (curves.precisionRecall.reason.empty()) {
            plot.addLine(curves.className, pointsOf(curves.precisionRecall.recall, curves.precisionRecall.precision));
            any = true;
        }
    }
    return any ? plot.svg() : std::string();
}

std::string reliabilityPlot(const Calibration& calibration)
{
    const bool binary = !calibration.positive.table.empty();
    const metrics::Reliability& curve = binary ? calibration.positive : calibration.top;
    if (curve.table.empty()) {
        return {};
    }
    SvgPlot plot("Reliability (Wilson 95 %)",
        {binary ? "probability of the positive class" : "probability of the predicted class", 0.0, 1.0},
        {"observed share", 0.0, 1.0});
    plot.addLine("calibrated", {{0.0, 0.0}, {1.0, 1.0}}, true);
    std::vector<SvgPlot::Bar> bars;
    for (const metrics::ReliabilityBin& bin : curve.table) {
        bars.push_back(
            {bin.meanProbability, *bin.observed.value, bin.observed.interval->low, bin.observed.interval->high});
    }
    plot.addPoints("model", bars);
    return plot.svg();
}

std::string decisionPlot(const Evaluation& evaluation)
{
    if (evaluation.decision.empty()) {
        return {};
    }
    SvgPlot::Points model, all;
    double best = 0.01;
    for (const metrics::NetBenefit& point : evaluation.decision) {
        model.emplace_back(point.threshold, point.model);
        all.emplace_back(point.threshold, point.treatAll);
        best = std::max({best, point.model, point.treatAll});
    }
    SvgPlot plot("Decision curve", {"threshold probability", 0.0, 1.0}, {"net benefit", -0.1 * best, 1.1 * best});
    plot.addLine("treat none", {{0.0, 0.0}, {1.0, 0.0}}, true);
    plot.addLine("treat all", all);
    plot.addLine("model", model);
    plot.setLegendOnTop();
    return plot.svg();
}

} // namespace

std::vector<std::string> plotsOf(const Evaluation& evaluation)
{
    std::vector<std::string> plots{rocPlot(evaluation), precisionPlot(evaluation),
        reliabilityPlot(evaluation.calibration), decisionPlot(evaluation)};
    std::erase_if(plots, [](const std::string& plot) { return plot.empty(); });
    return plots;
}

} // namespace diascope::evaluate
