// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/Comparison.h"
#include "evaluate/EvaluationJson.h"

namespace diascope::evaluate {

namespace {

using base::Json;

Json againstJson(const Baseline& floor)
{
    Json list = Json::array();
    for (const Baseline::Against& against : floor.against) {
        list.push_back({{"figure", against.figure}, {"difference", toJson(against.difference)},
                        {"verdict", std::string(name(against.verdict))}});
    }
    return list;
}

} // namespace

Json floorsJson(const Evaluation& evaluation)
{
    Json methods = Json::array();
    for (const Baseline& floor : evaluation.floors) {
        methods.push_back({{"name", floor.name}, {"method", floor.method}, {"auc", toJson(floor.auc)},
                           {"accuracy", toJson(floor.accuracy)},
                           {"balancedAccuracy", toJson(floor.balancedAccuracy)},
                           {"modelMinusMethod", againstJson(floor)}, {"sentence", floor.sentence}});
    }
    return {{"on", evaluation.floorsOn}, {"sentences", evaluation.floorWords}, {"methods", std::move(methods)}};
}

} // namespace diascope::evaluate
