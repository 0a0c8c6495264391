// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Audit.h"

#include "audit/FloorPictures.h"

#include <algorithm>

namespace diascope::audit {

namespace {

void scoreOutliers(AuditReport& report, double limit)
{
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < report.facts.size(); ++i) {
        if (report.facts[i].readable() && report.facts[i].statistics.snr.value) {
            rows.push_back(i);
        }
    }
    report.maxAbsZ.assign(report.facts.size(), -1.0);
    const Outliers outliers = zScoreOutliers(qualityColumns(report.facts, rows), limit);
    for (std::size_t k = 0; k < rows.size(); ++k) {
        report.maxAbsZ[rows[k]] = outliers.maxAbsZ[k];
    }
}

void append(std::vector<Finding>& all, std::vector<Finding> more)
{
    std::move(more.begin(), more.end(), std::back_inserter(all));
}

/// The splits on which floors are computed.
struct FloorTask {
    std::vector<FloorSplit> splits;
    std::string words;
};

FloorTask floorTaskOf(const dataset::Dataset& data)
{
    if (!data.givenFolds.empty()) {
        return {floorSplits(std::span<const int>(data.givenFolds)), "the folds of the source"};
    }
    if (!data.givenRoles.empty()) {
        const dataset::FoldPlan plan{0, 0, data.givenRoles};
        return {floorSplits(std::span(&plan, 1), judgedPart(std::span(&plan, 1))), "the parts of the source"};
    }
    dataset::SplitConfig config;
    config.kind = "group-kfold";
    config.folds = 5;
    const dataset::FoldSet folds = dataset::makeFolds(data, config);
    return {floorSplits(folds.plans, dataset::Role::Validation), "five folds by group, duplicates together"};
}

/// Without the samples that cannot be read: figures are about pictures.
dataset::Dataset readableOnly(const AuditReport& report)
{
    std::vector<std::size_t> readable;
    for (std::size_t i = 0; i < report.facts.size(); ++i) {
        if (report.facts[i].readable()) {
            readable.push_back(i);
        }
    }
    return dataset::partOf(report.data, readable);
}

void addFloors(AuditReport& report, decode::DecoderPool& pool, const AuditConfig& config,
    const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    dataset::Dataset data = readableOnly(report);
    if (data.givenFolds.empty() && data.givenRoles.empty()) {
        dataset::Duplicates sets = report.duplicates;
        sets.sets = data.duplicateSets;
        (void)dataset::joinDuplicates(data, sets);
    }
    try {
        FloorTask task = floorTaskOf(data);
        const DescribedPictures described = describePictures(data, pool, {.threads = config.threads}, progress, stop);
        if (!described.problems.empty()) { // what could be read a moment ago is gone
            task = floorTaskOf(dataset::partOf(data, described.samples));
        }
        FloorConfig floorConfig = config.floorConfig;
        floorConfig.threads = config.threads;
        report.floors = computeFloors(described.features, described.labels, static_cast<int>(data.classNames.size()),
            task.splits, floorConfig, progress, stop);
        report.floorsOn = task.words;
    } catch (const base::Error& error) {
        if (error.code() != base::ErrorCode::Plan && error.code() != base::ErrorCode::Usage) {
            throw;
        }
        report.floorsOn = "none: " + error.detail();
        return;
    }
    report.leak = splitLeaks(report.floors);
    if (!report.leak.empty()) {
        Finding finding{"floor", Severity::Error, report.leak};
        if (!report.data.report.suggestion.pattern.empty()) {
            finding.proposals.push_back({"Take groups from the file names.", {},
                {{"data.groupPattern", report.data.report.suggestion.pattern}}});
        }
        report.findings.push_back(std::move(finding));
    }
}

} // namespace

std::size_t AuditReport::unreadable() const
{
    return static_cast<std::size_t>(
        std::count_if(facts.begin(), facts.end(), [](const PictureFacts& one) { return !one.readable(); }));
}

std::size_t AuditReport::count(Severity severity) const
{
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [severity](const Finding& finding) { return finding.severity == severity; }));
}

AuditReport audit(dataset::Dataset data, decode::DecoderPool& pool, const AuditConfig& config,
    const dataset::ProgressFunction& progress, const std::stop_token& stop)
{
    if (!(config.limits.outlierZ > 0.0)) {
        throw base::Error(base::ErrorCode::Usage, "audit", "the limit of outliers must be above 0");
    }
    AuditReport report;
    report.data = std::move(data);
    report.facts = takeFacts(report.data, pool, config.threads, progress, stop);
    std::vector<dataset::Fingerprint> prints;
    std::transform(report.facts.begin(), report.facts.end(), std::back_inserter(prints),
        [](const PictureFacts& facts) { return facts.fingerprint; });
    dataset::DuplicateConfig duplicates = config.duplicates;
    duplicates.threads = config.threads;
    report.duplicates = dataset::findDuplicates(report.data, prints, duplicates, progress, stop);
    report.data.duplicateSets = report.duplicates.sets;
    scoreOutliers(report, config.limits.outlierZ);
    append(report.findings, duplicateFindings(report.data, report.duplicates));
    append(report.findings, balanceFindings(report.data, config.limits));
    append(report.findings, pictureFindings(report.data, report.facts, config.limits));
    report.map = drawMap(report.facts, config.map, config.threads, progress, stop);
    if (config.enhancePictures > 0) {
        report.enhancement = enhanceFigures(report.data, pool, config.enhancePictures, config.threads, progress, stop);
    }
    report.floorsOn = "not asked for";
    if (config.floors) {
        addFloors(report, pool, config, progress, stop);
    }
    std::stable_sort(report.findings.begin(), report.findings.end(),
        [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
    return report;
}

} // namespace diascope::audit
