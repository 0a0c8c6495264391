// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/WeightNames.h"

#include "nn/Architectures.h"

#include <algorithm>
#include <utility>

namespace diascope::nn::names {

namespace {

using Name = std::optional<std::string>;

/// Replaces a prefix; false when the name does not begin with it.
bool replacePrefix(std::string& name, std::string_view from, std::string_view to)
{
    if (!name.starts_with(from)) {
        return false;
    }
    name.replace(0, from.size(), to);
    return true;
}

void replaceAll(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

/// torch.nn.utils.parametrizations.spectral_norm (PyTorch 1.9 on) to torch.nn.utils.spectral_norm, whose names are ours.
std::string legacySpectral(std::string name)
{
    replaceAll(name, ".parametrizations.weight.original", ".weight_orig");
    replaceAll(name, ".parametrizations.weight.0._u", ".weight_u");
    replaceAll(name, ".parametrizations.weight.0._v", ".weight_v");
    return name;
}

/// Cadene's (and timm's legacy) names to timm's modern ones, then to the layout of `spec`.
std::string seResNeXt(const ModelSpec& spec, std::string name)
{
    (void)replacePrefix(name, "layer0.", "");
    replaceAll(name, ".se_module.", ".se.");
    (void)replacePrefix(name, "last_linear.", "fc.");
    if (textOption(spec, "layout") == "timm") {
        return name;
    }
    replaceAll(name, ".se.", ".se_module.");
    (void)replacePrefix(name, "fc.", "last_linear.");
    if (name.starts_with("conv1.") || name.starts_with("bn1.")) {
        name.insert(0, "layer0.");
    }
    return name;
}

/// A trunk of timm's stands below "sononet." in RenalNet.
std::string renalNet(std::string name)
{
    if (name.starts_with("conv_stem.") || name.starts_with("bn1.") || name.starts_with("blocks.")) {
        name.insert(0, "sononet.");
    }
    return name;
}

/// "a/b/kernel:0" as {"b", "kernel"}: the layer and the leaf of a Keras name, whatever stands between.
std::pair<std::string, std::string> kerasParts(std::string name)
{
    if (const auto colon = name.rfind(':'); colon != std::string::npos) {
        name.erase(colon);
    }
    std::replace(name.begin(), name.end(), '/', '.');
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) {
        return {{}, name};
    }
    const std::string leaf = name.substr(dot + 1);
    name.erase(dot);
    return {name.substr(name.rfind('.') + 1), leaf}; // npos + 1 = 0: the whole text.
}

/// Keras' block2_conv1 is torchvision's features.5: convolutions and ReLUs count two, poolings one.
std::string vggConvolution(const std::string& layer)
{
    constexpr std::array<int, 5> kPerBlock{2, 2, 3, 3, 3};
    constexpr std::string_view kShape = "block1_conv1";
    if (layer.size() != kShape.size() || !layer.starts_with("block") || layer.substr(6, 5) != "_conv") {
        return {};
    }
    const int block = layer[5] - '1', conv = layer[11] - '1';
    if (block < 0 || block >= 5 || conv < 0 || conv >= kPerBlock[static_cast<std::size_t>(block)]) {
        return {};
    }
    int index = 2 * conv;
    for (int i = 0; i < block; ++i) {
        index += 2 * kPerBlock[static_cast<std::size_t>(i)] + 1;
    }
    return "features." + std::to_string(index);
}

Name kerasVgg(const ModelSpec& spec, const std::string& theirs)
{
    const auto [layer, leaf] = kerasParts(theirs);
    if (leaf != "kernel" && leaf != "bias") {
        return std::nullopt;
    }
    const std::string end = leaf == "kernel" ? ".weight" : ".bias";
    if (const std::string convolution = vggConvolution(layer); !convolution.empty()) {
        return convolution + end;
    }
    if (textOption(spec, "head") == "flatten-dense") {
        return layer == "predictions" || layer.starts_with("dense") ? Name("fc" + end) : std::nullopt;
    }
    const bool known = layer == "fc1" || layer == "fc2" || layer == "predictions";
    return known ? Name((layer == "fc1" ? "classifier.0" : layer == "fc2" ? "classifier.3" : "classifier.6") + end) : std::nullopt;
}

/// timm's VGG has its dense layers as convolutions.
std::string timmVgg(std::string name)
{
    if (!replacePrefix(name, "pre_logits.fc1.", "classifier.0.") && !replacePrefix(name, "pre_logits.fc2.", "classifier.3.")) {
        (void)replacePrefix(name, "head.fc.", "classifier.6.");
    }
    return name;
}

} // namespace

bool isKeras(const std::string& theirs)
{
    return kerasParts(theirs).second == "kernel";
}

Name ours(const ModelSpec& spec, const std::string& theirs)
{
    const std::string name = legacySpectral(theirs);
    if (spec.architecture == "se_resnext50_32x4d") {
        return seResNeXt(spec, name);
    }
    if (spec.architecture == "renalnet") {
        return renalNet(name);
    }
    if (spec.architecture == "tf_mobilenetv3_small_075") {
        std::string trunk = name;
        (void)replacePrefix(trunk, "sononet.", "");
        return trunk;
    }
    if (spec.architecture == "vgg16") {
        if (const Name keras = kerasVgg(spec, name)) {
            return keras;
        }
        return timmVgg(name);
    }
    return name;
}

bool isForeignHead(const std::string& theirs)
{
    static constexpr std::array<std::string_view, 10> kHeads{"fc",         "fc1",  "fc2",        "classifier", "head",
                                                             "last_linear", "conv_head", "pre_logits", "predictions", "attention"};
    const std::string first = theirs.substr(0, theirs.find_first_of("./"));
    return std::find(kHeads.begin(), kHeads.end(), first) != kHeads.end() || first.starts_with("dense");
}

std::optional<std::array<std::int64_t, 3>> flattenedMap(const ModelSpec& spec, const std::string& ours)
{
    if (spec.architecture == "vgg16" && ours == (textOption(spec, "head") == "flatten-dense" ? "fc.weight" : "classifier.0.weight")) {
        return {{512, 7, 7}};
    }
    if (spec.architecture == "neuroflux_cnn" && ours == "fc1.weight") {
        return {{8 * std::int64_t{numberOption(spec, "conv_channels")}, 14, 14}};
    }
    return std::nullopt;
}

std::string seResNeXtLayout(const std::vector<std::string>& theirs)
{
    for (const auto& name : theirs) {
        if (name.find(".se_module.") != std::string::npos) {
            return "cadene";
        }
        if (name.find(".se.") != std::string::npos) {
            return "timm";
        }
    }
    return {};
}

std::string layerOf(const std::string& name)
{
    return name.substr(0, name.rfind('.'));
}

} // namespace diascope::nn::names
