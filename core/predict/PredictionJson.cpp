// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/PredictionJson.h"

namespace diascope::predict {
base::Json toJson(const Prediction& p)
{
    base::Json classes = base::Json::array();
    for (const ClassAnswer& answer : p.classes) {
        classes.push_back({{"name", answer.name}, {"probability", answer.probability}, {"logit", answer.logit}});
    }
    base::Json json;
    json["input"] = p.source.input;
    json["frame"] = p.source.frame;
    json["sopInstanceUid"] = p.source.sopInstanceUid;
    json["classes"] = std::move(classes);
    json["verdict"] = p.verdict;
    json["threshold"] = p.threshold;
    json["predictionSet"] = p.predictionSet;
    json["setCoverage"] = nullptr;
    if (p.setCoverage) {
        const SetCoverage& c = *p.setCoverage;
        json["setCoverage"] = {{"score", c.score}, {"promised", c.promised}, {"seen", c.seen}, {"low", c.low}, {"high", c.high}, {"n", c.n}};
    }
    json["outOfDistribution"] = nullptr;
    if (p.outOfDistribution) {
        const auto& score = p.outOfDistribution->score;
        json["outOfDistribution"] = {{"score", score ? base::Json(*score) : base::Json()}, {"flag", p.outOfDistribution->flag}, {"reasons", p.outOfDistribution->reasons}};
    }
    base::Json similar = base::Json::array();
    for (const SimilarCase& c : p.similarCases) {
        similar.push_back({{"class", c.className}, {"similarity", c.similarity}, {"sample", c.sample}, {"group", c.group}});
    }
    json["similarCases"] = std::move(similar);
    json["folds"] = p.folds;
    json["package"] = {{"name", p.package.name}, {"version", p.package.version}, {"sha256", p.package.sha256}};
    return json;
}

base::Json refusalJson(const std::string& input, const base::Error& error)
{
    return {{"input", input}, {"error", {{"code", base::name(error.code())}, {"message", error.what()}}}};
}

} // namespace diascope::predict
