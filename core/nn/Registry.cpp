// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Registry.h"

#include "base/Error.h"
#include "nn/Architectures.h"
#include "nn/TorchErrors.h"

#include <torch/torch.h>

#include <algorithm>

namespace diascope::nn {

namespace {

using base::Error;
using base::ErrorCode;

const std::vector<Architecture>& registry()
{
    static const std::vector<Architecture> entries{renalNet(), mobileNetV3Small075(), resNet18(),    resNet34(),
                                                   resNet50(), seResNeXt50(),         vgg16(),       neurofluxCnn()};
    return entries;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

const OptionInfo& optionInfo(const ModelSpec& spec, const std::string& name)
{
    const auto& options = architectureInfo(spec.architecture).options;
    const auto found = std::find_if(options.begin(), options.end(), [&](const OptionInfo& info) { return info.name == name; });
    if (found == options.end()) {
        throw Error(ErrorCode::Internal, spec.architecture, "has no option " + name);
    }
    return *found;
}

base::Json option(const ModelSpec& spec, const std::string& name)
{
    return spec.options.contains(name) ? spec.options.at(name) : optionInfo(spec, name).defaultValue;
}

void checkOption(const OptionInfo& info, const base::Json& value, const std::string& subject)
{
    if (info.choices.empty()) {
        const bool good = base::holdsInteger<int>(value) && value.get<int>() >= info.minimum && value.get<int>() <= info.maximum;
        if (!good) {
            throw Error(ErrorCode::Plan, subject,
                        "is " + value.dump() + ", must be a whole number from " + std::to_string(info.minimum) + " to "
                            + std::to_string(info.maximum));
        }
        return;
    }
    const bool good = value.is_string() && std::find(info.choices.begin(), info.choices.end(), value.get<std::string>()) != info.choices.end();
    if (!good) {
        throw Error(ErrorCode::Plan, subject, "is " + value.dump() + ", must be one of: " + joined(info.choices));
    }
}

void checkRange(const std::string& subject, double value, double low, double high)
{
    // Written so that NaN fails too.
    if (!(value >= low && value <= high)) {
        throw Error(ErrorCode::Plan, subject, "is " + base::Json(value).dump() + ", must be from " + base::Json(low).dump() + " to " + base::Json(high).dump());
    }
}

const Architecture& entryOf(const ModelSpec& spec)
{
    const auto& entries = registry();
    return *std::find_if(entries.begin(), entries.end(), [&](const Architecture& entry) { return entry.info.name == spec.architecture; });
}

} // namespace

const std::vector<ArchitectureInfo>& architectures()
{
    static const std::vector<ArchitectureInfo> infos = [] {
        std::vector<ArchitectureInfo> all;
        for (const Architecture& entry : registry()) {
            all.push_back(entry.info);
        }
        return all;
    }();
    return infos;
}

std::vector<std::string> architectureNames()
{
    std::vector<std::string> names;
    for (const auto& info : architectures()) {
        names.push_back(info.name);
    }
    return names;
}

const ArchitectureInfo& architectureInfo(const std::string& name, const std::string& subject)
{
    const auto& all = architectures();
    const auto found = std::find_if(all.begin(), all.end(), [&](const ArchitectureInfo& info) { return info.name == name; });
    if (found == all.end()) {
        const auto names = architectureNames();
        const std::string nearest = base::nearestMatch(name, names);
        throw Error(ErrorCode::Plan, subject,
                    "there is no architecture '" + name + "'" + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") + " Known: " + joined(names));
    }
    return *found;
}

ModelSpec defaultSpec(const std::string& architecture)
{
    return architectureInfo(architecture).defaults;
}

void checkSpec(const ModelSpec& spec, const std::string& subject)
{
    const auto& info = architectureInfo(spec.architecture, subject + ".architecture");
    checkRange(subject + ".inputChannels", spec.inputChannels, 1, 64);
    checkRange(subject + ".outputs", spec.outputs, 1, 100000);
    checkRange(subject + ".hidden", spec.hidden, 1, 65536);
    checkRange(subject + ".dropout", spec.dropout, 0.0, 0.999);
    if (!spec.options.is_object()) {
        throw Error(ErrorCode::Plan, subject + ".options", "must be an object");
    }
    for (const auto& item : spec.options.items()) {
        const std::string& key = item.key();
        const auto found = std::find_if(info.options.begin(), info.options.end(), [&](const OptionInfo& o) { return o.name == key; });
        if (found == info.options.end()) {
            std::vector<std::string> known;
            for (const auto& o : info.options) {
                known.push_back(o.name);
            }
            throw Error(ErrorCode::Plan, subject + ".options." + key,
                        "unknown option of " + spec.architecture + "; known: " + (known.empty() ? "none" : joined(known)));
        }
        checkOption(*found, item.value(), subject + ".options." + key);
    }
}

int fixedInputSize(const ModelSpec& spec)
{
    constexpr int kFlattened = 224;
    const bool flattened = spec.architecture == "neuroflux_cnn" || (spec.architecture == "vgg16" && textOption(spec, "head") == "flatten-dense");
    return flattened ? kFlattened : 0;
}

std::string textOption(const ModelSpec& spec, const std::string& name)
{
    return option(spec, name).get<std::string>();
}

int numberOption(const ModelSpec& spec, const std::string& name)
{
    return option(spec, name).get<int>();
}

std::shared_ptr<Classifier> makeEmptyClassifier(const ModelSpec& spec)
{
    checkSpec(spec);
    return translated("building the network", [&] {
        const c10::InferenceMode ordinary(false);
        return entryOf(spec).make(spec);
    });
}

std::shared_ptr<Classifier> makeClassifier(const ModelSpec& spec, std::uint64_t seed)
{
    auto model = makeEmptyClassifier(spec);
    translated("initialising the network", [&] {
        const c10::InferenceMode ordinary(false);
        const at::NoGradGuard noGrad;
        at::Generator generator = at::detail::createCPUGenerator(seed);
        model->initialise(generator);
    });
    return model;
}

} // namespace diascope::nn
