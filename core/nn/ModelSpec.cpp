// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/ModelSpec.h"

#include "nn/Registry.h"

namespace diascope::nn {

base::Json toJson(const ModelSpec& spec)
{
    return {{"architecture", spec.architecture}, {"inputChannels", spec.inputChannels}, {"outputs", spec.outputs},
            {"dropout", spec.dropout},           {"hidden", spec.hidden},               {"options", spec.options}};
}

ModelSpec modelSpecFromJson(const base::Json& json, const std::string& subject, const std::string& path)
{
    base::ObjectReader reader(json, subject, path);
    std::string architecture;
    reader.require("architecture", architecture);
    ModelSpec spec = architectureInfo(architecture, subject + ": " + path + ".architecture").defaults;
    reader.read("inputChannels", spec.inputChannels).read("outputs", spec.outputs).read("dropout", spec.dropout).read("hidden", spec.hidden);
    if (const base::Json* options = reader.child("options")) {
        spec.options = *options;
    }
    reader.finish();
    checkSpec(spec, subject + ": " + path);
    return spec;
}

} // namespace diascope::nn
