// SPDX-License-Identifier: GPL-3.0-or-later
#include "explain/ChannelAttention.h"

#include "base/Error.h"
#include "explain/Targets.h"
#include "nn/Classifier.h"
#include "nn/GateTap.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

namespace diascope::explain {

namespace {

/// Names of the layers in the order of the state dict, which is that of the passes: they end in one of two pairs of convolutions.
std::vector<std::string> gatedLayerNames(const nn::State& state)
{
    std::vector<std::string> names;
    for (const auto& [name, tensor] : state) {
        for (const std::string_view end : {".se_module.fc1.weight", ".se.fc1.weight", ".se.conv_reduce.weight"}) {
            if (name.ends_with(end)) {
                names.push_back(name.substr(0, name.rfind('.', name.rfind('.') - 1)));
            }
        }
    }
    return names;
}

GatedLayer summary(const std::string& name, const at::Tensor& gate, int top)
{
    const std::vector<float> values = plainValues(gate);
    GatedLayer layer;
    layer.name = name;
    layer.channels = static_cast<int>(values.size());
    layer.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    double squares = 0.0;
    for (const float value : values) {
        squares += (value - layer.mean) * (value - layer.mean);
    }
    layer.deviation = std::sqrt(squares / static_cast<double>(values.size()));
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    layer.least = *least;
    layer.most = *most;
    std::vector<int> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)]; });
    for (int i = 0; i < std::min(top, layer.channels); ++i) {
        const int channel = order[static_cast<std::size_t>(i)];
        layer.top.push_back({channel, values[static_cast<std::size_t>(channel)]});
    }
    return layer;
}

} // namespace

std::vector<GatedLayer> channelAttention(nn::Classifier& model, const at::Tensor& input, int top)
{
    if (!input.defined() || input.dim() != 4 || input.size(0) != 1) {
        throw base::Error(base::ErrorCode::Usage, "channel attention", "is told of one image at a time (1,C,H,W)");
    }
    const nn::EvalGuard eval(model);
    const at::NoGradGuard noGrad;
    const nn::GateTap tap;
    (void)model.features(input);
    const std::vector<std::string> names = gatedLayerNames(model.state());
    if (names.size() != tap.gates().size()) {
        throw base::Error(base::ErrorCode::Internal, model.spec().architecture, "it has " + std::to_string(tap.gates().size()) + " gated layers, of which " +
                                                                                    std::to_string(names.size()) + " have a name");
    }
    std::vector<GatedLayer> layers;
    for (std::size_t i = 0; i < names.size(); ++i) {
        layers.push_back(summary(names[i], tap.gates()[i], top));
    }
    return layers;
}

} // namespace diascope::explain
