// SPDX-License-Identifier: GPL-3.0-or-later
#include "predict/PredictionJson.h"

#include <algorithm>

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
    json["outOfDistribution"] = nullptr;
    if (p.outOfDistribution) {
        json["outOfDistribution"] = {{"score", p.outOfDistribution->score}, {"flag", p.outOfDistribution->flag}, {"reasons", p.outOfDistribution->reasons}};
    }
    json["folds"] = p.folds;
    json["package"] = {{"name", p.package.name}, {"version", p.package.version}, {"sha256", p.package.sha256}};
    return json;
}

base::Json toJson(const Explanation& e, const std::string& overlay, const std::string& map)
{
    const auto strong = std::count_if(e.map.values.begin(), e.map.values.end(), [](float v) { return v >= 0.5F; });
    base::Json json;
    json["input"] = e.source.input;
    json["frame"] = e.source.frame;
    json["sopInstanceUid"] = e.source.sopInstanceUid;
    json["method"] = e.map.method;
    json["class"] = e.map.className;
    json["grid"] = {e.map.rows, e.map.columns};
    // How much of the grid is at least half as strong as the strongest cell: a map that is strong everywhere explains nothing.
    json["quality"] = {{"nothingToShow", e.map.nothingToShow},
                       {"peak", e.map.raw.empty() ? 0.0F : *std::max_element(e.map.raw.begin(), e.map.raw.end())},
                       {"areaAboveHalf", e.map.values.empty() ? 0.0 : static_cast<double>(strong) / static_cast<double>(e.map.values.size())}};
    if (!overlay.empty()) {
        json["overlay"] = overlay;
    }
    if (!map.empty()) {
        json["map"] = map;
    }
    return json;
}

base::Json refusalJson(const std::string& input, const base::Error& error)
{
    return {{"input", input}, {"error", {{"code", base::name(error.code())}, {"message", error.what()}}}};
}

} // namespace diascope::predict
