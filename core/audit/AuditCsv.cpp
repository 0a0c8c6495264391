// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Audit.h"

#include "base/Csv.h"
#include "base/Text.h"

namespace diascope::audit {

namespace {

/// The cells from "readable" on that only a readable picture has.
std::vector<std::string> factCells(const AuditReport& report, std::size_t i)
{
    const PictureFacts& facts = report.facts[i];
    const ImageStatistics& s = facts.statistics;
    return {std::to_string(facts.width), std::to_string(facts.height), facts.modality, base::numberText(facts.colour),
        base::numberText(s.mean), base::numberText(s.std), s.snr.value ? base::numberText(*s.snr.value) : "",
        base::numberText(s.entropy), report.maxAbsZ[i] < 0.0 ? "" : base::numberText(report.maxAbsZ[i]),
        std::to_string(report.data.duplicateSets[i]), std::to_string(facts.burntIn.characters),
        std::to_string(facts.burntIn.calipers)};
}

} // namespace

std::string picturesCsv(const AuditReport& report)
{
    constexpr std::size_t kFactCells = 12;
    std::string text = "sample,label,group,part,readable,width,height,modality,colour,mean,std,snr,entropy,maxAbsZ,"
                       "duplicateSet,textCharacters,"
                       "calipers,x,y,cluster\n";
    std::size_t place = 0; // the next one on the map; samples on it rise
    for (std::size_t i = 0; i < report.facts.size(); ++i) {
        const dataset::Sample& sample = report.data.samples[i];
        const bool readable = report.facts[i].readable();
        std::vector<std::string> cells{sample.id, report.data.classNames[static_cast<std::size_t>(sample.label)],
            sample.group, report.data.givenRoles.empty() ? "" : std::string(dataset::name(report.data.givenRoles[i])),
            readable ? "yes" : "no"};
        const std::vector<std::string> more = readable ? factCells(report, i) : std::vector<std::string>(kFactCells);
        cells.insert(cells.end(), more.begin(), more.end());
        const bool onMap = place < report.map.samples.size() && report.map.samples[place] == i;
        cells.push_back(onMap ? base::numberText(report.map.tsne.places.at(place, 0)) : "");
        cells.push_back(onMap ? base::numberText(report.map.tsne.places.at(place, 1)) : "");
        cells.push_back(onMap ? std::to_string(report.map.clusters.labels[place]) : "");
        place += onMap ? 1 : 0;
        text += base::csvRow(cells) + "\n";
    }
    return text;
}

std::string findingsCsv(const AuditReport& report)
{
    std::string text = "code,severity,sample,note,sentence\n";
    for (const Finding& finding : report.findings) {
        const std::string severity(name(finding.severity));
        if (finding.samples.empty()) {
            text += base::csvRow({finding.code, severity, "", "", finding.sentence}) + "\n";
        }
        for (const Finding::Subject& subject : finding.samples) {
            text += base::csvRow({finding.code, severity, subject.sample, subject.note, finding.sentence}) + "\n";
        }
    }
    return text;
}

} // namespace diascope::audit
