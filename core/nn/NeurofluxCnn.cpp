// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Architectures.h"
#include "nn/Initialise.h"
#include "nn/Layers.h"

#include <torch/torch.h>

namespace diascope::nn {

namespace {

/// Neuroflux' own network: four stages of 3x3 convolution, ReLU and 2x2 max pooling (c, 2c, 4c, 8c channels), two linear layers.
/// 224 x 224 pixels only. 13,235,013 parameters with c = 32 and five classes.
class NeurofluxCnn final : public Classifier {
public:
    explicit NeurofluxCnn(const ModelSpec& spec) : NeurofluxCnn(spec, numberOption(spec, "conv_channels")) {}

private:
    static constexpr std::int64_t kHidden = 256;

    NeurofluxCnn(const ModelSpec& spec, std::int64_t c)
        : Classifier(spec)
        , m_conv1(root().add<Conv2d>("conv1", spec.inputChannels, c, padded()))
        , m_conv2(root().add<Conv2d>("conv2", c, 2 * c, padded()))
        , m_conv3(root().add<Conv2d>("conv3", 2 * c, 4 * c, padded()))
        , m_conv4(root().add<Conv2d>("conv4", 4 * c, 8 * c, padded()))
        , m_fc1(root().add<Linear>("fc1", 8 * c * 14 * 14, kHidden))
        , m_fc2(root().add<Linear>("fc2", kHidden, spec.outputs))
        , m_dropout(root().add<Dropout>("drop", spec.dropout))
    {
    }

    static ConvOptions padded() { return {.padding = 1, .bias = true}; }
    at::Tensor computeFeatures(const at::Tensor& x) override
    {
        at::Tensor y = x;
        for (const Conv2d* conv : {&m_conv1, &m_conv2, &m_conv3}) {
            y = at::max_pool2d(activated(*conv, y, Activation::Relu), {2, 2});
        }
        return activated(m_conv4, y, Activation::Relu); // N,8c,28,28
    }
    at::Tensor computePooled(const at::Tensor& f) override { return at::max_pool2d(f, {2, 2}).flatten(1); } // N,8c*14*14
    at::Tensor computeLogits(const at::Tensor& flat) override
    {
        return m_fc2.forward(m_dropout.forward(activate(m_fc1.forward(flat), Activation::Relu)));
    }
    bool isHead(std::string_view name) const override { return name.starts_with("fc"); }
    void initialise(at::Generator& generator) override { initial::everythingByDefault(root(), generator); }

    Conv2d& m_conv1;
    Conv2d& m_conv2;
    Conv2d& m_conv3;
    Conv2d& m_conv4;
    Linear& m_fc1;
    Linear& m_fc2;
    Dropout& m_dropout;
};

} // namespace

Architecture neurofluxCnn()
{
    Architecture entry;
    entry.info.name = "neuroflux_cnn";
    entry.info.title = "Neuroflux CNN";
    entry.info.defaults = {.architecture = entry.info.name, .inputChannels = 3, .outputs = 5, .dropout = 0.5};
    entry.info.options = {{.name = "conv_channels",
                           .defaultValue = 32,
                           .choices = {},
                           .minimum = 1,
                           .maximum = 512,
                           .help = "Channels of the first convolution; the README's table has 32, the published configuration says 64."}};
    entry.make = [](const ModelSpec& spec) -> std::shared_ptr<Classifier> { return std::make_shared<NeurofluxCnn>(spec); };
    return entry;
}

} // namespace diascope::nn
