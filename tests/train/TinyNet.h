// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Rng.h"
#include "nn/Classifier.h"
#include "nn/Layers.h"
#include "nn/RandomScope.h"
#include "train/Fit.h"

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace diascope::tests {

/// A network small enough to train in milliseconds, with everything that makes training hard to resume: batch norm and
/// dropout.
class TinyNet final : public nn::Classifier {
public:
    struct Options {
        int outputs = 1;
        bool batchNorm = true;
        double dropout = 0.2;
    };
    TinyNet(const Options& options, std::uint64_t seed)
        : Classifier(specOf(options))
        , m_options(options)
        , m_conv(root().add<nn::Conv2d>("conv", 1, 4, convOptions()))
        , m_norm(root().add<nn::BatchNorm>("norm", 4))
        , m_linear(root().add<nn::Linear>("head", 4, options.outputs))
    {
        base::Rng rng = base::Rng::stream(seed, "tiny");
        const at::NoGradGuard noGrad;
        for (const auto& [name, tensor] : parameters()) {
            const bool isNorm = name.rfind("norm", 0) == 0;
            float* const values = tensor.data_ptr<float>();
            for (std::int64_t i = 0; i < tensor.numel(); ++i) {
                values[i] = isNorm ? (name == "norm.weight" ? 1.0F : 0.0F) : static_cast<float>(rng.uniform(-0.4, 0.4));
            }
        }
        for (const auto& [name, tensor] : buffers()) {
            tensor.fill_(name == "norm.running_var" ? 1 : 0);
        }
    }
    /// Called with the batch size before each pass in training mode; may throw.
    std::function<void(std::int64_t)> onTrainingPass;
    /// The same for the head, which is in training mode even while the backbone is frozen.
    std::function<void()> onTrainingHead;

private:
    static nn::ModelSpec specOf(const Options& options)
    {
        nn::ModelSpec spec;
        spec.architecture = "tiny";
        spec.inputChannels = 1;
        spec.outputs = options.outputs;
        return spec;
    }
    static nn::ConvOptions convOptions()
    {
        nn::ConvOptions options;
        options.stride = 2;
        options.padding = 1;
        return options;
    }
    at::Tensor computeFeatures(const at::Tensor& x) override
    {
        if (isTraining() && onTrainingPass) {
            onTrainingPass(x.size(0));
        }
        const at::Tensor y = m_conv.forward(x);
        return (m_options.batchNorm ? m_norm.forward(y) : y).relu();
    }
    at::Tensor computePooled(const at::Tensor& f) override { return f.mean({2, 3}); } // N,4
    at::Tensor computeLogits(const at::Tensor& pooled) override
    {
        if (isTraining() && onTrainingHead) {
            onTrainingHead();
        }
        const double keep = 1.0 - m_options.dropout;
        return m_linear.forward(isTraining() && keep < 1.0 ? pooled * nn::randomMask(pooled, keep).div_(keep) : pooled);
    }
    void initialise(at::Generator&) override { }
    bool isHead(std::string_view name) const override { return name.rfind("head", 0) == 0; }

    Options m_options;
    nn::Conv2d& m_conv;
    nn::BatchNorm& m_norm;
    nn::Linear& m_linear;
};

/// Bright pictures are the last class, dark ones the first; noise on top. Learnable in a few epochs.
inline train::TrainingData brightness(std::int64_t count, int classes, std::uint64_t seed)
{
    base::Rng rng = base::Rng::stream(seed, "brightness");
    const at::Tensor images = torch::empty({count, 1, 32, 32}, torch::kUInt8);
    train::TrainingData data{images, torch::empty({count}, torch::kInt64)};
    for (std::int64_t n = 0; n < count; ++n) {
        const auto label = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(classes)));
        data.labels.data_ptr<std::int64_t>()[n] = n < classes ? n : label; // every class occurs
        const std::int64_t level = 40 + data.labels.data_ptr<std::int64_t>()[n] * 140 / std::max(1, classes - 1);
        for (int i = 0; i < 1024; ++i) {
            images.data_ptr<std::uint8_t>()[n * 1024 + i]
                = static_cast<std::uint8_t>(level + static_cast<std::int64_t>(rng.below(30)));
        }
    }
    return data;
}

/// Keeps what it is told.
class Recorder : public train::TrainingObserver {
public:
    void onBatch(const train::BatchProgress& progress) override { batches.push_back(progress); }
    void onEpoch(const train::EpochReport& report) override { epochs.push_back(report); }
    void onMessage(const std::string& text) override { messages.push_back(text); }
    std::vector<train::BatchProgress> batches;
    std::vector<train::EpochReport> epochs;
    std::vector<std::string> messages;
};

class MemorySink : public train::CheckpointSink {
public:
    void save(const std::string& bytes, int epoch, int batch) override { saved.push_back({bytes, epoch, batch}); }
    struct Saved {
        std::string bytes;
        int epoch = 0, batch = 0;
    };
    std::vector<Saved> saved;
};

inline train::TrainConfig tinyConfig(int epochs)
{
    train::TrainConfig config;
    config.epochs = epochs;
    config.batchSize = 8;
    config.learningRate = config.backboneLearningRate = 0.05;
    config.patience = 0;
    config.threads = 1; // a second thread costs more than it brings on pictures this small
    config.mean = {0.5F};
    config.stdDev = {0.25F};
    config.buildId = "test";
    return config;
}

/// Gives a network the weights of another one.
inline void copyState(const nn::Classifier& from, nn::Classifier& to)
{
    nn::loadState(to, from.state());
}

/// The bytes of all tensors, to compare bit for bit.
inline std::string bytesOf(const nn::State& state)
{
    std::string bytes;
    for (const auto& [name, tensor] : nn::deepCopy(state)) {
        bytes += name;
        bytes.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    }
    return bytes;
}

} // namespace diascope::tests
