// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/ExportWeights.h"

#include "base/Error.h"
#include "nn/Classifier.h"
#include "nn/Safetensors.h"

namespace diascope::nn {

std::string serialiseWeights(const ModelSpec& spec, const State& weights, const std::vector<std::string>& classes)
{
    std::map<std::string, std::string> metadata{{"format", "pt"}, {"diascope.modelSpec", toJson(spec).dump()}};
    if (!classes.empty()) {
        metadata.emplace("diascope.classes", base::Json(classes).dump());
    }
    return serialiseSafetensors(weights, metadata);
}

std::string serialiseBackbone(const Classifier& model, const base::Json& origin)
{
    return serialiseSafetensors(model.backboneState(),
                                {{"format", "pt"}, {"diascope.modelSpec", toJson(model.spec()).dump()}, {"diascope.pretraining", origin.dump()}});
}

std::string serialiseMember(const PackageFile& package, std::size_t member)
{
    if (member >= package.members.size()) {
        throw base::Error(base::ErrorCode::Usage, "member",
                          "the package holds " + std::to_string(package.members.size()) + " networks, numbered from 0; there is no " + std::to_string(member));
    }
    return serialiseWeights(package.manifest.modelSpec, package.members[member], package.manifest.classes);
}

} // namespace diascope::nn
