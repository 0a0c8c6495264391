// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/Architectures.h"
#include "nn/Initialise.h"
#include "nn/Layers.h"

#include <torch/torch.h>

namespace diascope::nn {

namespace {

/// Widths of the 3x3 convolutions; 0 = 2x2 max pooling. The last pooling belongs to the head: the map of class activation maps is the one
/// before it (N,512,H/16,W/16).
constexpr int kLayers[] = {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512};

/// VGG16 (Simonyan and Zisserman 2015) with torchvision's keys.
class Vgg16 final : public Classifier {
public:
    explicit Vgg16(const ModelSpec& spec) : Classifier(spec), m_flatten(textOption(spec, "head") == "flatten-dense")
    {
        Module& features = root().add("features");
        std::int64_t in = spec.inputChannels;
        int index = 0; // In torchvision's list, where ReLU and pooling count.
        for (const int width : kLayers) {
            if (width == 0) {
                m_convs.push_back(nullptr);
                ++index;
                continue;
            }
            m_convs.push_back(&features.add<Conv2d>(std::to_string(index), in, width, ConvOptions{.padding = 1, .bias = true}));
            in = width;
            index += 2;
        }
        if (m_flatten) {
            m_linears.push_back(&root().add<Linear>("fc", kFlat, spec.outputs));
            return;
        }
        Module& classifier = root().add("classifier");
        m_linears.push_back(&classifier.add<Linear>("0", kFlat, kWide));
        m_linears.push_back(&classifier.add<Linear>("3", kWide, kWide));
        m_linears.push_back(&classifier.add<Linear>("6", kWide, spec.outputs));
        m_dropout = &classifier.add<Dropout>("2", spec.dropout);
    }

private:
    static constexpr std::int64_t kFlat = 512 * 7 * 7;
    static constexpr std::int64_t kWide = 4096;

    at::Tensor computeFeatures(const at::Tensor& x) override
    {
        at::Tensor y = x;
        for (const Conv2d* conv : m_convs) {
            y = conv != nullptr ? activated(*conv, y, Activation::Relu) : at::max_pool2d(y, {2, 2});
        }
        return y; // N,512,H/16,W/16
    }
    at::Tensor computePooled(const at::Tensor& f) override { return at::max_pool2d(f, {2, 2}); } // N,512,H/32,W/32
    at::Tensor computeLogits(const at::Tensor& pooled) override
    {
        if (m_flatten) {
            return m_linears[0]->forward(pooled.flatten(1));
        }
        at::Tensor y = at::adaptive_avg_pool2d(pooled, {7, 7}).flatten(1); // N,25088
        y = m_dropout->forward(activate(m_linears[0]->forward(y), Activation::Relu));
        y = m_dropout->forward(activate(m_linears[1]->forward(y), Activation::Relu));
        return m_linears[2]->forward(y);
    }
    bool isHead(std::string_view name) const override { return !name.starts_with("features."); }
    void initialise(at::Generator& generator) override
    {
        root().forEach<Conv2d>([&](const Conv2d& conv) {
            initial::heFanOut(conv, generator);
            conv.bias.zero_();
        });
        for (Linear* linear : m_linears) {
            if (m_flatten) {
                initial::uniformFanIn(linear->weight, linear->bias, generator);
            } else {
                linear->weight.normal_(0.0, 0.01, generator);
                linear->bias.zero_();
            }
        }
    }

    bool m_flatten;
    std::vector<Conv2d*> m_convs; ///< nullptr = pooling.
    std::vector<Linear*> m_linears;
    Dropout* m_dropout = nullptr;
};

} // namespace

Architecture vgg16()
{
    Architecture entry;
    entry.info.name = "vgg16";
    entry.info.title = "VGG16";
    entry.info.defaults = {.architecture = entry.info.name, .inputChannels = 3, .outputs = 1000, .dropout = 0.5};
    entry.info.options = {{.name = "head",
                           .defaultValue = "torchvision",
                           .choices = {"torchvision", "flatten-dense"},
                           .help = "torchvision: three linear layers with dropout. flatten-dense: one linear layer, 224 x 224 pixels only."}};
    entry.make = [](const ModelSpec& spec) -> std::shared_ptr<Classifier> { return std::make_shared<Vgg16>(spec); };
    return entry;
}

} // namespace diascope::nn
