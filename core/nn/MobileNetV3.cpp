// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/MobileNetV3.h"

#include "nn/Architectures.h"
#include "nn/GateTap.h"
#include "nn/Initialise.h"

#include <torch/torch.h>

namespace diascope::nn {

namespace {

enum class Kind { DepthwiseSeparable, InvertedResidual, Convolution };

struct BlockShape {
    int stage;
    Kind kind;
    std::int64_t kernel, stride, in, middle, out;
    std::int64_t squeezed; ///< Width inside squeeze and excitation; 0 = none.
    Activation activation;
};

constexpr auto kRelu = Activation::Relu;
constexpr auto kSwish = Activation::HardSwish;

/// timm 1.0, _gen_mobilenet_v3("tf_mobilenetv3_small_075"): widths times 0.75, rounded to multiples of 8.
constexpr BlockShape kBlocks[] = {
    {0, Kind::DepthwiseSeparable, 3, 2, 16, 16, 16, 8, kRelu},
    {1, Kind::InvertedResidual, 3, 2, 16, 72, 24, 0, kRelu},
    {1, Kind::InvertedResidual, 3, 1, 24, 88, 24, 0, kRelu},
    {2, Kind::InvertedResidual, 5, 2, 24, 96, 32, 24, kSwish},
    {2, Kind::InvertedResidual, 5, 1, 32, 192, 32, 48, kSwish},
    {2, Kind::InvertedResidual, 5, 1, 32, 192, 32, 48, kSwish},
    {3, Kind::InvertedResidual, 5, 1, 32, 96, 40, 24, kSwish},
    {3, Kind::InvertedResidual, 5, 1, 40, 120, 40, 32, kSwish},
    {4, Kind::InvertedResidual, 5, 2, 40, 240, 72, 64, kSwish},
    {4, Kind::InvertedResidual, 5, 1, 72, 432, 72, 112, kSwish},
    {4, Kind::InvertedResidual, 5, 1, 72, 432, 72, 112, kSwish},
    {5, Kind::Convolution, 1, 1, 72, 432, 432, 0, kSwish},
};

ConvOptions same(std::int64_t kernel, std::int64_t stride = 1, std::int64_t groups = 1)
{
    return {.kernel = kernel, .stride = stride, .padding = 0, .groups = groups, .bias = false, .same = true};
}

/// Channel attention (Hu et al. 2018) with a hard sigmoid. Keys: conv_reduce, conv_expand.
class SqueezeExcite : public Module {
public:
    SqueezeExcite(std::int64_t channels, std::int64_t squeezed)
        : m_reduce(add<Conv2d>("conv_reduce", channels, squeezed, ConvOptions{.kernel = 1, .bias = true}))
        , m_expand(add<Conv2d>("conv_expand", squeezed, channels, ConvOptions{.kernel = 1, .bias = true}))
    {
    }
    [[nodiscard]] at::Tensor forward(const at::Tensor& x) const
    {
        const at::Tensor mean = x.mean({2, 3}, true); // N,C,1,1
        const at::Tensor gate = at::hardsigmoid(m_expand.forward(activate(m_reduce.forward(mean), Activation::Relu)));
        GateTap::offer(gate);
        return x * gate;
    }

private:
    Conv2d& m_reduce;
    Conv2d& m_expand;
};

} // namespace

class MobileNetV3Trunk::Block : public Module {
public:
    virtual at::Tensor forward(const at::Tensor& x) const = 0;
};

namespace {

/// conv_pw, bn1 -> conv_dw, bn2 -> se -> conv_pwl, bn3, plus the input where shapes agree.
class InvertedResidual final : public MobileNetV3Trunk::Block {
public:
    explicit InvertedResidual(const BlockShape& s)
        : m_shape(s)
        , m_expand(add<Conv2d>("conv_pw", s.in, s.middle, same(1)))
        , m_norm1(add<BatchNorm>("bn1", s.middle, MobileNetV3Trunk::kEpsilon))
        , m_depthwise(add<Conv2d>("conv_dw", s.middle, s.middle, same(s.kernel, s.stride, s.middle)))
        , m_norm2(add<BatchNorm>("bn2", s.middle, MobileNetV3Trunk::kEpsilon))
        , m_excite(s.squeezed > 0 ? &add<SqueezeExcite>("se", s.middle, s.squeezed) : nullptr)
        , m_project(add<Conv2d>("conv_pwl", s.middle, s.out, same(1)))
        , m_norm3(add<BatchNorm>("bn3", s.out, MobileNetV3Trunk::kEpsilon))
    {
    }
    at::Tensor forward(const at::Tensor& x) const override
    {
        at::Tensor y = normalised(m_expand, m_norm1, x, m_shape.activation);
        y = normalised(m_depthwise, m_norm2, y, m_shape.activation);
        if (m_excite != nullptr) {
            y = m_excite->forward(y);
        }
        const bool around = m_shape.stride == 1 && m_shape.in == m_shape.out;
        return around ? normalisedSum(m_project, m_norm3, y, x) : normalised(m_project, m_norm3, y);
    }

private:
    BlockShape m_shape;
    Conv2d& m_expand;
    BatchNorm& m_norm1;
    Conv2d& m_depthwise;
    BatchNorm& m_norm2;
    SqueezeExcite* m_excite;
    Conv2d& m_project;
    BatchNorm& m_norm3;
};

/// conv_dw, bn1 -> se -> conv_pw, bn2. The only one of this network has stride 2, hence no way around.
class DepthwiseSeparable final : public MobileNetV3Trunk::Block {
public:
    explicit DepthwiseSeparable(const BlockShape& s)
        : m_activation(s.activation)
        , m_depthwise(add<Conv2d>("conv_dw", s.in, s.in, same(s.kernel, s.stride, s.in)))
        , m_norm1(add<BatchNorm>("bn1", s.in, MobileNetV3Trunk::kEpsilon))
        , m_excite(add<SqueezeExcite>("se", s.in, s.squeezed))
        , m_pointwise(add<Conv2d>("conv_pw", s.in, s.out, same(1)))
        , m_norm2(add<BatchNorm>("bn2", s.out, MobileNetV3Trunk::kEpsilon))
    {
    }
    at::Tensor forward(const at::Tensor& x) const override
    {
        const at::Tensor y = normalised(m_depthwise, m_norm1, x, m_activation);
        return normalised(m_pointwise, m_norm2, m_excite.forward(y));
    }

private:
    Activation m_activation;
    Conv2d& m_depthwise;
    BatchNorm& m_norm1;
    SqueezeExcite& m_excite;
    Conv2d& m_pointwise;
    BatchNorm& m_norm2;
};

/// conv, bn1, activation.
class Convolution final : public MobileNetV3Trunk::Block {
public:
    explicit Convolution(const BlockShape& s)
        : m_activation(s.activation)
        , m_conv(add<Conv2d>("conv", s.in, s.out, same(s.kernel, s.stride)))
        , m_norm(add<BatchNorm>("bn1", s.out, MobileNetV3Trunk::kEpsilon))
    {
    }
    at::Tensor forward(const at::Tensor& x) const override { return normalised(m_conv, m_norm, x, m_activation); }

private:
    Activation m_activation;
    Conv2d& m_conv;
    BatchNorm& m_norm;
};

MobileNetV3Trunk::Block& addBlock(Module& stage, const std::string& name, const BlockShape& shape)
{
    switch (shape.kind) {
    case Kind::DepthwiseSeparable:
        return stage.add<DepthwiseSeparable>(name, shape);
    case Kind::InvertedResidual:
        return stage.add<InvertedResidual>(name, shape);
    case Kind::Convolution:
        break;
    }
    return stage.add<Convolution>(name, shape);
}

} // namespace

MobileNetV3Trunk::MobileNetV3Trunk(Module& parent, int inputChannels)
    : m_stem(parent.add<Conv2d>("conv_stem", inputChannels, 16, same(3, 2)))
    , m_stemNorm(parent.add<BatchNorm>("bn1", 16, kEpsilon))
{
    Module& stages = parent.add("blocks");
    Module* stage = nullptr;
    int block = 0, open = -1;
    for (const BlockShape& shape : kBlocks) {
        if (shape.stage != open) {
            open = shape.stage;
            block = 0;
            stage = &stages.add(std::to_string(open));
        }
        m_blocks.push_back(&addBlock(*stage, std::to_string(block++), shape));
    }
}

at::Tensor MobileNetV3Trunk::forward(const at::Tensor& x) const
{
    at::Tensor y = normalised(m_stem, m_stemNorm, x, Activation::HardSwish); // N,16,H/2,W/2
    for (const Block* block : m_blocks) {
        y = block->forward(y);
    }
    return y; // N,432,H/32,W/32
}

namespace {

/// The whole network: trunk, mean, conv_head (1x1), hard swish, classifier.
class MobileNetV3 final : public Classifier {
public:
    explicit MobileNetV3(const ModelSpec& spec)
        : Classifier(spec)
        , m_trunk(root(), spec.inputChannels)
        , m_convHead(root().add<Conv2d>("conv_head", MobileNetV3Trunk::kChannels, kFeatures, ConvOptions{.kernel = 1, .bias = true}))
        , m_dropout(root().add<Dropout>("drop", spec.dropout))
        , m_classifier(root().add<Linear>("classifier", kFeatures, spec.outputs))
    {
    }

private:
    static constexpr std::int64_t kFeatures = 1024;

    at::Tensor computeFeatures(const at::Tensor& x) override { return m_trunk.forward(x); }
    at::Tensor computePooled(const at::Tensor& f) override { return f.mean({2, 3}, true); } // N,432,1,1
    at::Tensor computeLogits(const at::Tensor& mean) override
    {
        const at::Tensor wide = activate(m_convHead.forward(mean), Activation::HardSwish).flatten(1); // N,1024
        return m_classifier.forward(m_dropout.forward(wide));
    }
    bool isHead(std::string_view name) const override { return name.starts_with("conv_head.") || name.starts_with("classifier."); }
    void initialise(at::Generator& generator) override
    {
        root().forEach<Conv2d>([&](const Conv2d& conv) { initial::heFanOutPerGroup(conv, generator); });
        initial::uniformFanOut(m_classifier, generator);
    }

    MobileNetV3Trunk m_trunk;
    Conv2d& m_convHead;
    Dropout& m_dropout;
    Linear& m_classifier;
};

} // namespace

Architecture mobileNetV3Small075()
{
    Architecture entry;
    entry.info.name = "tf_mobilenetv3_small_075";
    entry.info.title = "MobileNetV3 small, width 0.75 (TensorFlow's variant)";
    entry.info.defaults = {.architecture = entry.info.name, .inputChannels = 3, .outputs = 1000, .dropout = 0.0};
    entry.make = [](const ModelSpec& spec) -> std::shared_ptr<Classifier> { return std::make_shared<MobileNetV3>(spec); };
    return entry;
}

} // namespace diascope::nn
