// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/Confusion.h"
#include "metrics/LogLoss.h"
#include "metrics/Roc.h"
#include "nn/Classifier.h"
#include "nn/TorchErrors.h"
#include "train/Augment.h"
#include "train/Fit.h"
#include "train/ReadAhead.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

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

/// Mean recall of the classes that occur.
std::optional<double> balancedAccuracyOf(const metrics::ConfusionMatrix& counts)
{
    double sum = 0.0;
    int occurring = 0;
    for (int truth = 0; truth < counts.classes; ++truth) {
        std::int64_t cases = 0;
        for (int predicted = 0; predicted < counts.classes; ++predicted) {
            cases += counts.at(truth, predicted);
        }
        if (cases > 0) {
            sum += static_cast<double>(counts.at(truth, truth)) / static_cast<double>(cases);
            ++occurring;
        }
    }
    return occurring > 0 ? std::optional<double>(sum / occurring) : std::nullopt;
}

void addAccuracies(PartFigures& figures, const metrics::ConfusionMatrix& counts)
{
    figures.accuracy = counts.accuracy().value;
    figures.balancedAccuracy = balancedAccuracyOf(counts);
}

at::Tensor constants(const std::vector<float>& values, float otherwise, std::int64_t channels, const at::Device& device)
{
    const std::vector<float> all
        = values.empty() ? std::vector<float>(static_cast<std::size_t>(channels), otherwise) : values;
    return torch::tensor(all, torch::kFloat32).view({1, -1, 1, 1}).to(device);
}

} // namespace

Normalisation normalisationOf(const TrainConfig& config, std::int64_t channels)
{
    if (!config.mean.empty() && static_cast<std::int64_t>(config.mean.size()) != channels) {
        throw base::Error(base::ErrorCode::Plan, "preprocess",
            "normalises " + std::to_string(config.mean.size()) + " channels, the images have "
                + std::to_string(channels));
    }
    const at::Device device(config.device);
    return {constants(config.mean, 0.0F, channels, device), constants(config.stdDev, 1.0F, channels, device)};
}

namespace {

/// What `pass` makes of every batch of pictures, one below the other, float32 on the CPU. Undefined after a stop.
template <typename Pass>
at::Tensor overAllBatches(nn::Classifier& model, const Pictures& images, const TrainConfig& config, const std::stop_token& stop, const Pass& pass)
{
    return nn::translated("prediction", [&]() -> at::Tensor {
        const at::NoGradGuard noGrad;
        const Normalisation normalisation = normalisationOf(config, images.shape().channels);
        model.train(false);
        const auto batches = static_cast<int>((images.count() + config.batchSize - 1) / config.batchSize);
        const auto read = [&](int batch) {
            const std::int64_t begin = std::int64_t{batch} * config.batchSize;
            std::vector<std::int64_t> samples(
                static_cast<std::size_t>(std::min<std::int64_t>(config.batchSize, images.count() - begin)));
            std::iota(samples.begin(), samples.end(), begin);
            return images.take(samples);
        };
        std::vector<at::Tensor> parts;
        ReadAhead<Pictures::Taken> ahead;
        for (int batch = 0; batch < batches; ++batch) {
            if (stop.stop_requested()) {
                return {};
            }
            const Pictures::Taken taken = images.streams() ? ahead.take(batch, batches, read) : read(batch);
            parts.push_back(pass(
                makeInput(taken.images, {taken.rows, {}}, config.augmentation, normalisation, config.channelsLast)));
        }
        return torch::cat(parts).to(torch::kCPU, torch::kFloat32);
    });
}

} // namespace

at::Tensor logitsOf(nn::Classifier& model, const Pictures& images, const TrainConfig& config, std::stop_token stop)
{
    return overAllBatches(model, images, config, stop, [&](const at::Tensor& input) { return model.forward(input); });
}

at::Tensor meanFeaturesOf(nn::Classifier& model, const Pictures& images, const TrainConfig& config, std::stop_token stop)
{
    return overAllBatches(model, images, config, stop, [&](const at::Tensor& input) { return model.features(input).mean({2, 3}); });
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
        std::vector<int> predicted;
        for (const double score : scores) {
            predicted.push_back(score >= 0.0 ? 1 : 0);
        }
        addAccuracies(figures, metrics::confusionMatrix(truth, predicted, 2));
        return figures;
    }
    const auto classes = static_cast<int>(values.size(1));
    figures.loss = torch::cross_entropy_loss(values, labels.to(torch::kCPU)).item<double>();
    const std::vector<double> probabilities = doublesOf(values.softmax(1));
    figures.auc = (classes == 2 ? metrics::rocAuc(truth, doublesOf(values.select(1, 1) - values.select(1, 0)))
                                : metrics::macroRocAuc(truth, probabilities, classes))
                      .value;
    addAccuracies(figures, metrics::confusionMatrix(truth, metrics::argmaxRows(doublesOf(values), classes), classes));
    return figures;
}

} // namespace diascope::train
