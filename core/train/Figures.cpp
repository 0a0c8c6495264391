// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Confusion.h"
#include "metrics/LogLoss.h"
#include "metrics/Roc.h"
#include "nn/Classifier.h"
#include "nn/TorchErrors.h"
#include "train/Augment.h"
#include "train/Fit.h"
#include "train/Sampling.h"

#include <torch/torch.h>

namespace diascope::train {

namespace {

std::vector<double> doublesOf(const at::Tensor& tensor)
{
    const at::Tensor flat = tensor.contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

std::vector<int> integersOf(const at::Tensor& labels)
{
    const at::Tensor flat = labels.to(torch::kCPU, torch::kInt64).contiguous();
    return {flat.const_data_ptr<std::int64_t>(), flat.const_data_ptr<std::int64_t>() + flat.numel()};
}

at::Tensor constants(const std::vector<float>& values, float otherwise, std::int64_t channels, const at::Device& device)
{
    const std::vector<float> all = values.empty() ? std::vector<float>(static_cast<std::size_t>(channels), otherwise) : values;
    return torch::tensor(all, torch::kFloat32).view({1, -1, 1, 1}).to(device);
}

} // namespace

Normalisation normalisationOf(const TrainConfig& config, std::int64_t channels)
{
    if (!config.mean.empty() && static_cast<std::int64_t>(config.mean.size()) != channels) {
        throw base::Error(base::ErrorCode::Plan, "preprocess", "normalises " + std::to_string(config.mean.size()) + " channels, the images have " + std::to_string(channels));
    }
    const at::Device device(config.device);
    return {constants(config.mean, 0.0F, channels, device), constants(config.stdDev, 1.0F, channels, device)};
}

at::Tensor logitsOf(nn::Classifier& model, const at::Tensor& images, const TrainConfig& config, std::stop_token stop)
{
    return nn::translated("prediction", [&]() -> at::Tensor {
        const at::NoGradGuard noGrad;
        const at::Device device(config.device);
        const Normalisation normalisation = normalisationOf(config, images.size(1));
        model.train(false);
        std::vector<at::Tensor> parts;
        for (std::int64_t begin = 0; begin < images.size(0); begin += config.batchSize) {
            if (stop.stop_requested()) {
                return {};
            }
            const std::int64_t end = std::min<std::int64_t>(begin + config.batchSize, images.size(0));
            parts.push_back(model.forward(makeInput(images.slice(0, begin, end).to(device), {}, normalisation)));
        }
        return torch::cat(parts).to(torch::kCPU, torch::kFloat32);
    });
}

PartFigures figuresOf(const at::Tensor& logits, const at::Tensor& labels, Loss loss)
{
    const at::Tensor values = logits.detach().to(torch::kCPU, torch::kFloat64); // N,outputs
    const std::vector<int> truth = integersOf(labels);
    PartFigures figures;
    figures.samples = static_cast<std::int64_t>(truth.size());
    if (loss == Loss::BinaryCrossEntropy) {
        const at::Tensor target = labels.to(torch::kCPU, torch::kFloat64);
        figures.loss = torch::binary_cross_entropy_with_logits(values.squeeze(1), target).item<double>();
        const std::vector<double> scores = doublesOf(values);
        figures.auc = metrics::rocAuc(truth, scores).value;
        figures.accuracy = metrics::countAtThreshold(truth, scores, 0.0).accuracy().value;
        return figures;
    }
    const auto classes = static_cast<int>(values.size(1));
    figures.loss = torch::cross_entropy_loss(values, labels.to(torch::kCPU)).item<double>();
    const std::vector<double> probabilities = doublesOf(values.softmax(1));
    figures.auc = (classes == 2 ? metrics::rocAuc(truth, doublesOf(values.select(1, 1) - values.select(1, 0)))
                                : metrics::macroRocAuc(truth, probabilities, classes)).value;
    figures.accuracy = metrics::confusionMatrix(truth, metrics::argmaxRows(doublesOf(values), classes), classes).accuracy().value;
    return figures;
}

} // namespace diascope::train
