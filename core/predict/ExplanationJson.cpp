// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/ChannelAttention.h"
#include "explain/MapQuality.h"
#include "explain/Randomisation.h"
#include "predict/PredictionJson.h"

#include <algorithm>

namespace diascope::predict {

namespace {

/// The number, or null where the reason stands beside it.
base::Json valueOf(const metrics::Figure& figure)
{
    return figure ? base::Json(*figure.value) : base::Json();
}

base::Json figureJson(const metrics::Figure& figure)
{
    base::Json json{{"value", valueOf(figure)}};
    if (!figure) {
        json["reason"] = figure.reason;
    }
    return json;
}

} // namespace

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
    json["fold"] = e.fold == kMeanOfFolds ? base::Json("mean") : base::Json(e.fold);
    if (e.agreement) {
        json["foldAgreement"] = {{"folds", e.agreement->folds}, {"meanRankCorrelation", figureJson({e.agreement->meanRankCorrelation, e.agreement->reason})}};
    }
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

base::Json toJson(const explain::MapQuality& q)
{
    return {
        {"stability", {{"shiftPixels", explain::MapQuality::kShift}, {"mean", figureJson(q.stability)}, {"least", figureJson(q.leastStability)}}},
        {"deletion", {{"area", figureJson(q.deletion)}, {"random", figureJson(q.deletionRandom)}}},
        {"insertion", {{"area", figureJson(q.insertion)}, {"random", figureJson(q.insertionRandom)}}},
        {"outsideSector", figureJson(q.outsideSector)},
    };
}

base::Json toJson(const explain::RandomisationTest& test)
{
    base::Json steps = base::Json::array();
    for (const explain::RandomisationStep& step : test.steps) {
        steps.push_back({{"layer", step.layer}, {"rankCorrelation", figureJson(step.rankCorrelation)}, {"similarity", figureJson(step.similarity)}});
    }
    return {{"grade", test.grade}, {"pictures", test.pictures}, {"steps", std::move(steps)}};
}

base::Json toJson(const std::vector<explain::GatedLayer>& layers)
{
    base::Json list = base::Json::array();
    for (const explain::GatedLayer& layer : layers) {
        base::Json top = base::Json::array();
        for (const explain::ChannelGate& gate : layer.top) {
            top.push_back({{"channel", gate.channel}, {"gate", gate.gate}});
        }
        list.push_back({{"layer", layer.name}, {"channels", layer.channels}, {"mean", layer.mean}, {"deviation", layer.deviation}, {"least", layer.least},
                        {"most", layer.most}, {"top", std::move(top)}});
    }
    return list;
}

} // namespace diascope::predict
