// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/Record.h"

#include "base/Text.h"
#include "pipeline/DiskPause.h"
#include "pipeline/Tracking.h"

namespace diascope::pipeline {

namespace {

using Row = std::vector<std::pair<std::string, std::string>>;

void addPart(Row& row, const std::string& part, const train::PartFigures& figures)
{
    row.emplace_back(part + "Loss", base::numberText(figures.loss));
    row.emplace_back(part + "Auc", figures.auc ? base::numberText(*figures.auc) : "");
    row.emplace_back(part + "Accuracy", figures.accuracy ? base::numberText(*figures.accuracy) : "");
    row.emplace_back(part + "BalancedAccuracy", figures.balancedAccuracy ? base::numberText(*figures.balancedAccuracy) : "");
    row.emplace_back(part + "Samples", std::to_string(figures.samples));
}

void addScalars(std::vector<runs::Scalar>& scalars, const std::string& part, const train::PartFigures& figures)
{
    scalars.push_back({part + "/loss", figures.loss});
    if (figures.auc) {
        scalars.push_back({part + "/auc", *figures.auc});
    }
    if (figures.accuracy) {
        scalars.push_back({part + "/accuracy", *figures.accuracy});
    }
}

} // namespace

std::vector<runs::Scalar> scalarsOf(const train::EpochReport& report)
{
    std::vector<runs::Scalar> scalars;
    addScalars(scalars, "train", report.train);
    if (report.spread) {
        scalars.push_back({"train/spread", *report.spread});
    } else {
        addScalars(scalars, "validation", report.validation);
    }
    for (std::size_t i = 0; i < report.learningRates.size(); ++i) {
        scalars.push_back({"learning rate/" + std::to_string(i), report.learningRates[i]});
    }
    scalars.push_back({"speed/images per second", report.imagesPerSecond});
    return scalars;
}

void RecordingObserver::onEpoch(const train::EpochReport& report)
{
    m_disk.write([&] { appendRow(report); });
    m_disk.write([&] { appendEvents(report); });
    m_tracking.epoch(report, scalarsOf(report));
    m_next.onEpoch(report);
}

void RecordingObserver::onMessage(const std::string& text)
{
    m_disk.write([&] { m_run.appendLog(text); });
    m_next.onMessage(text);
}

void RecordingObserver::appendRow(const train::EpochReport& report)
{
    Row row{{"repeat", std::to_string(report.repeat)}, {"fold", std::to_string(report.fold)}, {"epoch", std::to_string(report.epoch)}};
    addPart(row, "train", report.train);
    if (report.spread) {
        row.emplace_back("spread", base::numberText(*report.spread));
    } else {
        addPart(row, "validation", report.validation);
    }
    for (std::size_t i = 0; i < report.learningRates.size(); ++i) {
        row.emplace_back("learningRate" + std::to_string(i), base::numberText(report.learningRates[i]));
    }
    row.emplace_back("imagesPerSecond", base::numberText(report.imagesPerSecond));
    row.emplace_back("idlePercent", base::numberText(report.idlePercent));
    row.emplace_back("seconds", base::numberText(report.seconds));
    row.emplace_back("best", report.best ? "1" : "0");
    m_run.appendEpochRow(row);
}

void RecordingObserver::appendEvents(const train::EpochReport& report)
{
    const runs::FoldKey key{report.repeat, report.fold};
    auto writer = m_events.find(key);
    if (writer == m_events.end()) {
        writer = m_events.try_emplace(key, m_run.eventFolder(key, m_onlyFold), report.epoch).first;
    }
    writer->second.add(report.epoch, scalarsOf(report));
}

} // namespace diascope::pipeline
