// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Audit.h"

#include <algorithm>

namespace diascope::audit {

namespace {

using base::Json;

Json figure(const metrics::Figure& value)
{
    return value.value ? Json(*value.value) : Json();
}

Json interval(const std::optional<metrics::Interval>& value)
{
    return value ? Json::array({value->low, value->high}) : Json();
}

Json statisticsJson(const ImageStatistics& s)
{
    Json json{{"mean", s.mean}, {"std", s.std}, {"snr", figure(s.snr)}, {"entropy", s.entropy}};
    if (!s.snr.value) {
        json["snrReason"] = s.snr.reason;
    }
    return json;
}

Json sourceJson(const dataset::Dataset& data)
{
    Json columns = Json::array();
    for (const auto& column : data.report.columns) {
        columns.push_back({{"role", column.role}, {"name", column.name}, {"guessed", column.guessed}});
    }
    Json problems = Json::array();
    for (const base::Problem& problem : data.problems) {
        problems.push_back({{"code", std::string(base::name(problem.code))}, {"subject", problem.subject},
            {"detail", problem.detail}});
    }
    return {{"kind", data.report.kind}, {"table", data.report.table}, {"columns", std::move(columns)},
        {"groupedBy", data.groupedBy}, {"suggestedGroupPattern", data.report.suggestion.pattern}, {"fixed", data.fixed},
        {"problems", std::move(problems)}};
}

Json classesJson(const dataset::Dataset& data)
{
    const std::vector<int> counts = data.classCounts();
    Json classes = Json::array();
    for (std::size_t c = 0; c < counts.size(); ++c) {
        std::vector<std::string> groups;
        for (const dataset::Sample& sample : data.samples) {
            if (sample.label == static_cast<int>(c)) {
                groups.push_back(sample.group);
            }
        }
        std::sort(groups.begin(), groups.end());
        groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
        classes.push_back({{"name", data.classNames[c]}, {"samples", counts[c]}, {"groups", groups.size()}});
    }
    return classes;
}

Json findingJson(const Finding& finding)
{
    Json samples = Json::array(), proposals = Json::array();
    for (const Finding::Subject& subject : finding.samples) {
        samples.push_back({{"sample", subject.sample}, {"note", subject.note}});
    }
    for (const Proposal& proposal : finding.proposals) {
        Json settings = Json::object();
        for (const auto& [key, value] : proposal.settings) {
            settings[key] = value;
        }
        proposals.push_back({{"sentence", proposal.sentence}, {"fixes", dataset::toJson(proposal.fixes)},
            {"settings", std::move(settings)}});
    }
    return {{"code", finding.code}, {"severity", std::string(name(finding.severity))}, {"sentence", finding.sentence},
        {"samples", std::move(samples)}, {"proposals", std::move(proposals)}};
}

Json pairsJson(const AuditReport& report)
{
    Json pairs = Json::array();
    for (const dataset::DuplicatePair& pair : report.duplicates.pairs) {
        pairs.push_back({{"first", report.data.samples[pair.first].id}, {"second", report.data.samples[pair.second].id},
            {"likeness", std::string(dataset::name(pair.likeness))}, {"difference", pair.difference}});
    }
    return pairs;
}

Json pictureJson(const AuditReport& report, std::size_t i)
{
    const dataset::Sample& sample = report.data.samples[i];
    const PictureFacts& facts = report.facts[i];
    Json json{{"sample", sample.id}, {"label", report.data.classNames[static_cast<std::size_t>(sample.label)]},
        {"group", sample.group}, {"readable", facts.readable()}};
    if (!report.data.givenRoles.empty()) {
        json["part"] = std::string(dataset::name(report.data.givenRoles[i]));
    }
    if (!facts.readable()) {
        json["problem"] = facts.problem.detail;
        return json;
    }
    json.update({{"width", facts.width}, {"height", facts.height}, {"modality", facts.modality},
        {"colour", facts.colour}, {"statistics", statisticsJson(facts.statistics)},
        {"maxAbsZ", report.maxAbsZ[i] < 0.0 ? Json() : Json(report.maxAbsZ[i])},
        {"duplicateSet", report.data.duplicateSets[i]}, {"textCharacters", facts.burntIn.characters},
        {"calipers", facts.burntIn.calipers}});
    return json;
}

Json mapJson(const AuditReport& report)
{
    const PictureMap& map = report.map;
    Json json{{"features", std::string(name(map.kind))}};
    if (!map.reason.empty()) {
        json["reason"] = map.reason;
        return json;
    }
    Json places = Json::array(), outliers = Json::array();
    for (const std::size_t sample : map.outliers()) {
        outliers.push_back(report.data.samples[sample].id);
    }
    for (std::size_t k = 0; k < map.samples.size(); ++k) {
        places.push_back({{"sample", report.data.samples[map.samples[k]].id}, {"x", map.tsne.places.at(k, 0)},
            {"y", map.tsne.places.at(k, 1)}, {"cluster", map.clusters.labels[k]}});
    }
    json.update({{"method", "t-SNE, " + map.tsne.method}, {"perplexity", map.tsne.perplexity},
        {"iterations", map.tsne.iterations}, {"divergence", map.tsne.divergence}, {"clusters", map.clusters.count},
        {"outliers", std::move(outliers)}, {"note", map.note}, {"places", std::move(places)}});
    return json;
}

Json enhancementJson(const AuditReport& report)
{
    Json list = Json::array();
    for (const EnhanceFigures& figures : report.enhancement) {
        Json pictures = Json::array();
        for (const auto& picture : figures.pictures) {
            pictures.push_back({{"sample", picture.sample}, {"before", statisticsJson(picture.before)},
                {"after", statisticsJson(picture.after)}, {"meanAbsoluteChange", picture.meanAbsoluteChange}});
        }
        list.push_back({{"step", figures.step}, {"columns", kQualityColumns}, {"medianBefore", figures.medianBefore},
            {"medianAfter", figures.medianAfter}, {"pictures", std::move(pictures)}});
    }
    return list;
}

Json floorsJson(const AuditReport& report)
{
    Json list = Json::array();
    for (const Floor& floor : report.floors) {
        Json json{{"name", floor.name}, {"method", floor.method}, {"n", floor.rows.size()},
            {"accuracy", figure(floor.accuracy)}, {"accuracyInterval", interval(floor.accuracyInterval)},
            {"balancedAccuracy", figure(floor.balancedAccuracy)}, {"auc", figure(floor.auc)},
            {"aucInterval", interval(floor.aucInterval)}};
        if (!floor.auc.value) {
            json["aucReason"] = floor.auc.reason;
        }
        Json perClass = Json::array();
        for (std::size_t c = 0; c < floor.perClass.size(); ++c) {
            perClass.push_back({{"class", report.data.classNames[c]}, {"auc", figure(floor.perClass[c].auc)},
                {"interval", interval(floor.perClass[c].interval)}});
        }
        json["perClass"] = std::move(perClass);
        list.push_back(std::move(json));
    }
    return {{"on", report.floorsOn}, {"leak", report.leak}, {"methods", std::move(list)}};
}

} // namespace

Json toJson(const AuditReport& report)
{
    Json findings = Json::array(), pictures = Json::array();
    for (const Finding& finding : report.findings) {
        findings.push_back(findingJson(finding));
    }
    for (std::size_t i = 0; i < report.facts.size(); ++i) {
        pictures.push_back(pictureJson(report, i));
    }
    return {{"schemaVersion", 1}, {"source", sourceJson(report.data)}, {"samples", report.data.samples.size()},
        {"unreadable", report.unreadable()}, {"classes", classesJson(report.data)},
        {"counts",
            {{"error", report.count(Severity::Error)}, {"warning", report.count(Severity::Warning)},
                {"note", report.count(Severity::Note)}}},
        {"findings", std::move(findings)},
        {"duplicates", {{"receipt", report.duplicates.receipt}, {"pairs", pairsJson(report)}}},
        {"map", mapJson(report)}, {"enhancement", enhancementJson(report)}, {"floors", floorsJson(report)},
        {"pictures", std::move(pictures)}};
}

} // namespace diascope::audit
