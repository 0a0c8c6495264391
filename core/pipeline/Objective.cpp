// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Objective.h"

#include "base/Text.h"
#include "pipeline/Search.h"
#include "runs/RunFolder.h"

#include <algorithm>
#include <cmath>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;

/// Its column in epochs.csv.
std::string columnOf(const Plan& plan)
{
    const std::string& monitor = plan.training.monitor;
    return monitor == "loss"    ? "validationLoss"
        : monitor == "accuracy" ? "validationAccuracy"
        : monitor == "auc"      ? "validationAuc"
                                : "validationBalancedAccuracy";
}

std::size_t positionOf(const base::CsvTable& table, const std::string& column, const std::filesystem::path& folder)
{
    const auto found = std::find(table.header.begin(), table.header.end(), column);
    if (found == table.header.end()) {
        throw Error(ErrorCode::Mismatch, folder.string(), "epochs.csv has no column " + column);
    }
    return static_cast<std::size_t>(found - table.header.begin());
}

/// After a resume an epoch may stand twice: the later row counts.
std::optional<double> figureAt(
    const base::CsvTable& table, int epoch, const std::string& column, const std::filesystem::path& folder)
{
    const std::size_t epochs = positionOf(table, "epoch", folder), figures = positionOf(table, column, folder);
    std::optional<double> figure;
    for (const auto& row : table.rows) {
        if (row.at(epochs) == std::to_string(epoch)) {
            figure = base::parseNumber(row.at(figures));
        }
    }
    return figure;
}

} // namespace

std::string objectiveName(const Plan& plan)
{
    return "validation " + plan.training.monitor;
}

search::Direction objectiveDirection(const Plan& plan)
{
    return plan.training.monitor == "loss" ? search::Direction::Minimise : search::Direction::Maximise;
}

std::optional<double> monitoredFigure(const Plan& plan, const train::EpochReport& report)
{
    const train::PartFigures& part = report.validation;
    const std::string& monitor = plan.training.monitor;
    std::optional<double> figure = monitor == "auc" ? part.auc
        : monitor == "accuracy"                     ? part.accuracy
                                                    : part.balancedAccuracy;
    if (monitor == "loss") {
        figure = part.loss;
    }
    return part.samples > 0 && figure && std::isfinite(*figure) ? figure : std::nullopt;
}

double objectiveOf(const Plan& plan, const std::filesystem::path& runFolder)
{
    const runs::RunFolder folder = runs::RunFolder::view(runFolder);
    const auto state = folder.foldState();
    if (!state || state->done().empty()) {
        throw Error(ErrorCode::Mismatch, runFolder.string(), "no fold of the run is done");
    }
    double sum = 0.0;
    for (const runs::FoldEntry& fold : state->done()) {
        const std::string which = "fold " + runs::folderName(fold.key);
        if (fold.outcome == runs::FoldOutcome::Failed) {
            throw Error(ErrorCode::Mismatch, runFolder.string(), which + " failed: " + fold.note);
        }
        const int kept = plan.training.keep == "last" ? fold.epochs - 1 : fold.bestEpoch;
        const auto figure = figureAt(folder.foldRows("epochs.csv", fold.key), kept, columnOf(plan), runFolder);
        if (!figure) {
            throw Error(ErrorCode::Mismatch, runFolder.string(),
                "the " + objectiveName(plan) + " of " + which + " is undefined",
                "Choose a training.monitor that the validation part has, or a larger validation part.");
        }
        sum += *figure;
    }
    return sum / static_cast<double>(state->done().size());
}

} // namespace diascope::pipeline
