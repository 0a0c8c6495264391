// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Architectures.h"
#include "nn/Initialise.h"
#include "nn/MobileNetV3.h"

#include <torch/torch.h>

namespace diascope::nn {

namespace {

/// The kidney ultrasound network of RenalNet: a MobileNetV3 trunk, an attention convolution multiplied in, global mean, and a head with
/// batch norm, SiLU, dropout and a spectrally normalised output. 800,314 parameters with one channel and one output. Gives the logit.
class RenalNet final : public Classifier {
public:
    explicit RenalNet(const ModelSpec& spec)
        : Classifier(spec)
        , m_trunk(root().add("sononet"), spec.inputChannels)
        , m_attention(root().add("attention").add<Conv2d>("0", kChannels, 1, ConvOptions{.kernel = 3, .padding = 1, .bias = true}))
        , m_headLayers(root().add("head"))
        , m_hidden(m_headLayers.add<Linear>("0", kChannels, spec.hidden))
        , m_norm(m_headLayers.add<BatchNorm>("1", spec.hidden))
        , m_dropout(m_headLayers.add<Dropout>("3", spec.dropout))
        , m_output(m_headLayers.add<SpectralLinear>("4", spec.hidden, spec.outputs))
    {
    }

private:
    static constexpr std::int64_t kChannels = MobileNetV3Trunk::kChannels;

    at::Tensor computeFeatures(const at::Tensor& x) override { return m_trunk.forward(x); }
    std::optional<at::Tensor> computeAttention(const at::Tensor& f) override { return at::sigmoid(m_attention.forward(f)); } // N,1,h,w
    at::Tensor computeLogits(const at::Tensor& f) override
    {
        const at::Tensor pooled = (f * at::sigmoid(m_attention.forward(f))).mean({2, 3}); // N,432
        const at::Tensor hidden = at::silu(m_norm.forward(m_hidden.forward(pooled)));     // N,hidden
        return m_output.forward(m_dropout.forward(hidden));
    }
    bool isHead(std::string_view name) const override { return !name.starts_with("sononet."); }
    void initialise(at::Generator& generator) override
    {
        root().forEach<Conv2d>([&](const Conv2d& conv) { initial::heFanOutPerGroup(conv, generator); });
        initial::uniformFanIn(m_attention.weight, m_attention.bias, generator);
        initial::uniformFanIn(m_hidden.weight, m_hidden.bias, generator);
        initial::spectral(m_output, generator);
    }

    MobileNetV3Trunk m_trunk;
    Conv2d& m_attention;
    Module& m_headLayers;
    Linear& m_hidden;
    BatchNorm& m_norm;
    Dropout& m_dropout;
    SpectralLinear& m_output;
};

} // namespace

Architecture renalNet()
{
    Architecture entry;
    entry.info.name = "renalnet";
    entry.info.title = "RenalNet (MobileNetV3 with attention)";
    entry.info.defaults = {.architecture = entry.info.name, .inputChannels = 1, .outputs = 1, .dropout = 0.7, .hidden = 512};
    entry.info.hasAttention = true;
    entry.make = [](const ModelSpec& spec) -> std::shared_ptr<Classifier> { return std::make_shared<RenalNet>(spec); };
    return entry;
}

} // namespace diascope::nn
