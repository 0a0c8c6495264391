// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Architectures.h"
#include "nn/Downsample.h"
#include "nn/GateTap.h"
#include "nn/Initialise.h"
#include "nn/Layers.h"

#include <torch/torch.h>

#include <array>

namespace diascope::nn {

namespace {

/// The same network was published in two layouts, whose names and whose first pooling differ: with the same weights the answers
/// differ too, so that the layout belongs to the weights.
struct Layout {
    bool cadene = true;
    [[nodiscard]] std::string excite() const { return cadene ? "se_module" : "se"; }
    [[nodiscard]] std::string output() const { return cadene ? "last_linear" : "fc"; }
};

/// Channel attention (Hu et al. 2018), reduction 16. Keys: fc1, fc2 (1x1 convolutions).
class SqueezeExcite final : public Module {
public:
    explicit SqueezeExcite(std::int64_t channels)
        : m_reduce(add<Conv2d>("fc1", channels, channels / 16, ConvOptions{.kernel = 1, .bias = true}))
        , m_expand(add<Conv2d>("fc2", channels / 16, channels, ConvOptions{.kernel = 1, .bias = true}))
    {
    }
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const
    {
        const at::Tensor mean = x.mean({2, 3}, true); // N,C,1,1
        const at::Tensor gate = at::sigmoid(m_expand.forward(activate(m_reduce.forward(mean), Activation::Relu)));
        GateTap::offer(gate);
        return x * gate;
    }

private:
    Conv2d& m_reduce;
    Conv2d& m_expand;
};

struct BlockShape {
    std::int64_t in, planes, stride;
    bool downsample;
    [[nodiscard]] std::int64_t width() const { return planes / 16 * 32; } ///< floor(planes * 4 / 64) * 32 groups.
    [[nodiscard]] std::int64_t out() const { return planes * 4; }
};

class SqueezedBottleneck final : public Module {
public:
    SqueezedBottleneck(const BlockShape& s, const Layout& layout)
        : m_conv1(add<Conv2d>("conv1", s.in, s.width(), ConvOptions{.kernel = 1}))
        , m_norm1(add<BatchNorm>("bn1", s.width()))
        , m_conv2(add<Conv2d>("conv2", s.width(), s.width(), ConvOptions{.stride = s.stride, .padding = 1, .groups = 32}))
        , m_norm2(add<BatchNorm>("bn2", s.width()))
        , m_conv3(add<Conv2d>("conv3", s.width(), s.out(), ConvOptions{.kernel = 1}))
        , m_norm3(add<BatchNorm>("bn3", s.out()))
        , m_excite(add<SqueezeExcite>(layout.excite(), s.out()))
        , m_around(s.downsample ? &add<Downsample>("downsample", s.in, s.out(), s.stride) : nullptr)
    {
    }
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const
    {
        at::Tensor y = normalised(m_conv1, m_norm1, x, Activation::Relu);
        y = normalised(m_conv2, m_norm2, y, Activation::Relu);
        y = m_excite.forward(normalised(m_conv3, m_norm3, y));
        return activate(y.add_(m_around != nullptr ? m_around->forward(x) : x), Activation::Relu);
    }

private:
    Conv2d& m_conv1;
    BatchNorm& m_norm1;
    Conv2d& m_conv2;
    BatchNorm& m_norm2;
    Conv2d& m_conv3;
    BatchNorm& m_norm3;
    SqueezeExcite& m_excite;
    Downsample* m_around;
};

/// SE-ResNeXt50 32x4d (pretrainedmodels by Cadene, and timm). Pools globally at the end, which equals Cadene's 7x7 pool at 224 pixels.
class SeResNeXt50 final : public Classifier {
public:
    explicit SeResNeXt50(const ModelSpec& spec)
        : Classifier(spec)
        , m_layout{textOption(spec, "layout") == "cadene"}
        , m_stemParent(m_layout.cadene ? root().add("layer0") : root())
        , m_stem(m_stemParent.add<Conv2d>("conv1", spec.inputChannels, 64, ConvOptions{.kernel = 7, .stride = 2, .padding = 3}))
        , m_stemNorm(m_stemParent.add<BatchNorm>("bn1", 64))
    {
        constexpr std::array<int, 4> kBlocks{3, 4, 6, 3};
        std::int64_t in = 64;
        for (int stage = 0; stage < 4; ++stage) {
            Module& layer = root().add("layer" + std::to_string(stage + 1));
            for (int i = 0; i < kBlocks[static_cast<std::size_t>(stage)]; ++i) {
                const BlockShape shape{in, std::int64_t{64} << stage, stage > 0 && i == 0 ? 2 : 1, i == 0};
                m_blocks.push_back(&layer.add<SqueezedBottleneck>(std::to_string(i), shape, m_layout));
                in = shape.out();
            }
        }
        m_dropout = &root().add<Dropout>("dropout", spec.dropout);
        m_output = &root().add<Linear>(m_layout.output(), in, spec.outputs);
    }

private:
    at::Tensor computeFeatures(const at::Tensor& x) override
    {
        at::Tensor y = normalised(m_stem, m_stemNorm, x, Activation::Relu); // N,64,H/2,W/2
        y = m_layout.cadene ? at::max_pool2d(y, {3, 3}, {2, 2}, {0, 0}, {1, 1}, true) : at::max_pool2d(y, {3, 3}, {2, 2}, {1, 1});
        for (const SqueezedBottleneck* block : m_blocks) {
            y = block->forward(y);
        }
        return y; // N,2048,H/32,W/32
    }
    at::Tensor computePooled(const at::Tensor& f) override { return f.mean({2, 3}); } // N,2048
    at::Tensor computeLogits(const at::Tensor& pooled) override { return m_output->forward(m_dropout->forward(pooled)); }
    bool isHead(std::string_view name) const override { return name.starts_with(m_layout.output() + "."); }
    void initialise(at::Generator& generator) override
    {
        initial::everythingByDefault(root(), generator);
        root().forEach<Conv2d>([&](const Conv2d& conv) { initial::heFanOut(conv, generator); });
    }

    Layout m_layout;
    Module& m_stemParent;
    Conv2d& m_stem;
    BatchNorm& m_stemNorm;
    std::vector<SqueezedBottleneck*> m_blocks;
    Dropout* m_dropout = nullptr;
    Linear* m_output = nullptr;
};

} // namespace

Architecture seResNeXt50()
{
    Architecture entry;
    entry.info.name = "se_resnext50_32x4d";
    entry.info.title = "SE-ResNeXt50 32x4d";
    entry.info.defaults = {.architecture = entry.info.name, .inputChannels = 3, .outputs = 1000, .dropout = 0.0};
    entry.info.options = {{.name = "layout",
                           .defaultValue = "cadene",
                           .choices = {"cadene", "timm"},
                           .help = "Key names and first pooling: of pretrainedmodels and timm's legacy file, or of timm's own network."}};
    entry.make = [](const ModelSpec& spec) -> std::shared_ptr<Classifier> { return std::make_shared<SeResNeXt50>(spec); };
    return entry;
}

} // namespace diascope::nn
