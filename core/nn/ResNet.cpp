// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Architectures.h"
#include "nn/Downsample.h"
#include "nn/Initialise.h"
#include "nn/Layers.h"

#include <torch/torch.h>

#include <array>

namespace diascope::nn {

namespace {

class Block : public Module {
public:
    virtual at::Tensor forward(const at::Tensor& x) const = 0;
};

/// Two 3x3 convolutions (ResNet18, ResNet34).
class BasicBlock final : public Block {
public:
    static constexpr std::int64_t kExpansion = 1;
    BasicBlock(std::int64_t in, std::int64_t planes, std::int64_t stride)
        : m_conv1(add<Conv2d>("conv1", in, planes, ConvOptions{.stride = stride, .padding = 1}))
        , m_norm1(add<BatchNorm>("bn1", planes))
        , m_conv2(add<Conv2d>("conv2", planes, planes, ConvOptions{.padding = 1}))
        , m_norm2(add<BatchNorm>("bn2", planes))
        , m_around(stride != 1 || in != planes ? &add<Downsample>("downsample", in, planes, stride) : nullptr)
    {
    }
    at::Tensor forward(const at::Tensor& x) const override
    {
        const at::Tensor y = normalised(m_conv1, m_norm1, x, Activation::Relu);
        return normalisedSum(m_conv2, m_norm2, y, m_around != nullptr ? m_around->forward(x) : x, Activation::Relu);
    }

private:
    Conv2d& m_conv1;
    BatchNorm& m_norm1;
    Conv2d& m_conv2;
    BatchNorm& m_norm2;
    Downsample* m_around;
};

/// 1x1, 3x3 (which carries the stride, as torchvision has it), 1x1 to four times the width (ResNet50).
class Bottleneck final : public Block {
public:
    static constexpr std::int64_t kExpansion = 4;
    Bottleneck(std::int64_t in, std::int64_t planes, std::int64_t stride)
        : m_conv1(add<Conv2d>("conv1", in, planes, ConvOptions{.kernel = 1}))
        , m_norm1(add<BatchNorm>("bn1", planes))
        , m_conv2(add<Conv2d>("conv2", planes, planes, ConvOptions{.stride = stride, .padding = 1}))
        , m_norm2(add<BatchNorm>("bn2", planes))
        , m_conv3(add<Conv2d>("conv3", planes, planes * kExpansion, ConvOptions{.kernel = 1}))
        , m_norm3(add<BatchNorm>("bn3", planes * kExpansion))
        , m_around(stride != 1 || in != planes * kExpansion ? &add<Downsample>("downsample", in, planes * kExpansion, stride) : nullptr)
    {
    }
    at::Tensor forward(const at::Tensor& x) const override
    {
        at::Tensor y = normalised(m_conv1, m_norm1, x, Activation::Relu);
        y = normalised(m_conv2, m_norm2, y, Activation::Relu);
        return normalisedSum(m_conv3, m_norm3, y, m_around != nullptr ? m_around->forward(x) : x, Activation::Relu);
    }

private:
    Conv2d& m_conv1;
    BatchNorm& m_norm1;
    Conv2d& m_conv2;
    BatchNorm& m_norm2;
    Conv2d& m_conv3;
    BatchNorm& m_norm3;
    Downsample* m_around;
};

/// From the pooled features to the logits.
class Head : public Module {
public:
    virtual at::Tensor forward(const at::Tensor& pooled) const = 0;
};

/// torchvision's fc. Keys: weight, bias.
class PlainHead final : public Head {
public:
    PlainHead(std::int64_t in, std::int64_t out) : m_weight(addParameter("weight", {out, in})), m_bias(addParameter("bias", {out})) {}
    at::Tensor forward(const at::Tensor& pooled) const override { return at::linear(pooled, m_weight, m_bias); }
    void initialise(at::Generator& generator) { initial::uniformFanIn(m_weight, m_bias, generator); }

private:
    at::Tensor m_weight, m_bias;
};

/// Neuroflux: Linear, batch norm, ReLU, dropout, Linear. Keys: 0, 1, 4.
class NeurofluxHead final : public Head {
public:
    NeurofluxHead(std::int64_t in, const ModelSpec& spec)
        : m_hidden(add<Linear>("0", in, spec.hidden))
        , m_norm(add<BatchNorm>("1", spec.hidden))
        , m_dropout(add<Dropout>("3", spec.dropout))
        , m_output(add<Linear>("4", spec.hidden, spec.outputs))
    {
    }
    at::Tensor forward(const at::Tensor& pooled) const override
    {
        const at::Tensor hidden = activate(m_norm.forward(m_hidden.forward(pooled)), Activation::Relu); // N,hidden
        return m_output.forward(m_dropout.forward(hidden));
    }

private:
    Linear& m_hidden;
    BatchNorm& m_norm;
    Dropout& m_dropout;
    Linear& m_output;
};

/// torchvision's ResNet (He et al. 2016; stride in the 3x3 convolution).
class ResNet final : public Classifier {
public:
    /// `blocks`: number of blocks in layer1..layer4.
    template <typename BlockType> static std::shared_ptr<Classifier> make(const ModelSpec& spec, const std::array<int, 4>& blocks)
    {
        auto net = std::make_shared<ResNet>(spec);
        std::int64_t in = 64;
        for (int stage = 0; stage < 4; ++stage) {
            Module& layer = net->root().add("layer" + std::to_string(stage + 1));
            const std::int64_t planes = std::int64_t{64} << stage;
            for (int i = 0; i < blocks[static_cast<std::size_t>(stage)]; ++i) {
                const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
                net->m_blocks.push_back(&layer.template add<BlockType>(std::to_string(i), in, planes, stride));
                in = planes * BlockType::kExpansion;
            }
        }
        net->addHead(in);
        return net;
    }

    explicit ResNet(const ModelSpec& spec)
        : Classifier(spec)
        , m_stem(root().add<Conv2d>("conv1", spec.inputChannels, 64, ConvOptions{.kernel = 7, .stride = 2, .padding = 3}))
        , m_stemNorm(root().add<BatchNorm>("bn1", 64))
    {
    }

private:
    void addHead(std::int64_t in)
    {
        if (textOption(spec(), "head") == "neuroflux") {
            m_head = &root().add<NeurofluxHead>("fc", in, spec());
        } else {
            m_head = &root().add<PlainHead>("fc", in, spec().outputs);
        }
    }
    at::Tensor computeFeatures(const at::Tensor& x) override
    {
        at::Tensor y = normalised(m_stem, m_stemNorm, x, Activation::Relu); // N,64,H/2,W/2
        y = at::max_pool2d(y, {3, 3}, {2, 2}, {1, 1});
        for (const Block* block : m_blocks) {
            y = block->forward(y);
        }
        return y; // N,512 or 2048,H/32,W/32
    }
    at::Tensor computePooled(const at::Tensor& f) override { return f.mean({2, 3}); } // N,512 or 2048
    at::Tensor computeLogits(const at::Tensor& pooled) override { return m_head->forward(pooled); }
    bool isHead(std::string_view name) const override { return name.starts_with("fc."); }
    void initialise(at::Generator& generator) override
    {
        root().forEach<Conv2d>([&](const Conv2d& conv) { initial::heFanOut(conv, generator); });
        root().forEach<Linear>([&](const Linear& linear) { initial::uniformFanIn(linear.weight, linear.bias, generator); });
        root().forEach<PlainHead>([&](PlainHead& head) { head.initialise(generator); });
    }

    Conv2d& m_stem;
    BatchNorm& m_stemNorm;
    std::vector<Block*> m_blocks;
    Head* m_head = nullptr;
};

ArchitectureInfo infoOf(const std::string& name, const std::string& title)
{
    ArchitectureInfo info;
    info.name = name;
    info.title = title;
    info.defaults = {.architecture = name, .inputChannels = 3, .outputs = 1000, .dropout = 0.6, .hidden = 512};
    info.options = {{.name = "head",
                     .defaultValue = "fc",
                     .choices = {"fc", "neuroflux"},
                     .help = "fc: one linear layer, no dropout. neuroflux: linear, batch norm, ReLU, dropout, linear."}};
    return info;
}

} // namespace

Architecture resNet18()
{
    return {infoOf("resnet18", "ResNet18"), [](const ModelSpec& spec) { return ResNet::make<BasicBlock>(spec, {2, 2, 2, 2}); }};
}

Architecture resNet34()
{
    return {infoOf("resnet34", "ResNet34"), [](const ModelSpec& spec) { return ResNet::make<BasicBlock>(spec, {3, 4, 6, 3}); }};
}

Architecture resNet50()
{
    return {infoOf("resnet50", "ResNet50"), [](const ModelSpec& spec) { return ResNet::make<Bottleneck>(spec, {3, 4, 6, 3}); }};
}

} // namespace diascope::nn
