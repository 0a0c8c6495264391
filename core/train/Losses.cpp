// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Losses.h"

#include <torch/torch.h>

#include <cmath>

namespace diascope::train {

namespace {

at::Tensor weightsOf(const LossOptions& options, const at::Tensor& like)
{
    return torch::tensor(options.classWeights, torch::kFloat64).to(like.options());
}

/// (1 - q)^gamma for q in 0..1; the usual square without pow, whose gradient at 0 is undefined.
at::Tensor focus(const at::Tensor& q, double gamma)
{
    const at::Tensor rest = 1.0 - q;
    return gamma == 2.0 ? rest * rest : rest.clamp_min(0.0).pow(gamma);
}

/// x, t: N. (Lin et al. 2017, as torchvision.ops.sigmoid_focal_loss.)
at::Tensor standardBinaryFocal(const at::Tensor& x, const at::Tensor& t, const LossOptions& options)
{
    const at::Tensor p = x.sigmoid();
    const at::Tensor right = p * t + (1.0 - p) * (1.0 - t);
    const at::Tensor loss
        = at::binary_cross_entropy_with_logits(x, t, {}, {}, at::Reduction::None) * focus(right, options.focalGamma);
    return options.focalAlpha >= 0.0 ? loss * (options.focalAlpha * t + (1.0 - options.focalAlpha) * (1.0 - t)) : loss;
}

at::Tensor binaryLosses(const at::Tensor& x, const at::Tensor& t, const LossOptions& options)
{
    if (options.focal == Focal::Standard) {
        return standardBinaryFocal(x, t, options);
    }
    if (options.focal == Focal::RenalNet) {
        const at::Tensor loss = at::binary_cross_entropy_with_logits(x, t, {}, {}, at::Reduction::None);
        return options.focalAlpha * focus((-loss).exp(), options.focalGamma) * loss;
    }
    std::optional<at::Tensor> weight;
    if (options.positiveWeight != 1.0) {
        weight = torch::full({}, options.positiveWeight, x.options());
    }
    return at::binary_cross_entropy_with_logits(x, t, {}, weight, at::Reduction::None);
}

} // namespace

at::Tensor targetsOf(const at::Tensor& labels, std::int64_t outputs, Loss loss, at::ScalarType type)
{
    return loss == Loss::BinaryCrossEntropy ? labels.to(type).unsqueeze(1) : at::one_hot(labels, outputs).to(type);
}

at::Tensor smoothed(const at::Tensor& targets, double smoothing)
{
    if (smoothing == 0.0) {
        return targets;
    }
    const auto classes = static_cast<double>(std::max<std::int64_t>(targets.size(1), 2));
    return targets * (1.0 - smoothing) + smoothing / classes;
}

at::Tensor elementLosses(const at::Tensor& logits, const at::Tensor& targets, Loss loss, const LossOptions& options)
{
    const at::Tensor soft = smoothed(targets, options.labelSmoothing);
    if (loss == Loss::BinaryCrossEntropy) {
        return binaryLosses(logits.squeeze(1), soft.squeeze(1), options);
    }
    at::Tensor terms = soft * logits.log_softmax(1); // N,classes
    if (!options.classWeights.empty()) {
        terms = terms * weightsOf(options, terms);
    }
    const at::Tensor entropy = -terms.sum(1);
    if (options.focal == Focal::None) {
        return entropy;
    }
    const double alpha = options.focal == Focal::RenalNet ? options.focalAlpha : 1.0;
    return alpha * focus((-entropy).exp(), options.focalGamma) * entropy;
}

double lossDivisor(const at::Tensor& targets, const LossOptions& options)
{
    if (options.classWeights.empty()) {
        return static_cast<double>(targets.size(0));
    }
    const at::Tensor values = targets.to(torch::kCPU, torch::kFloat64);
    return (values * weightsOf(options, values)).sum().item<double>();
}

at::Tensor meanLoss(const at::Tensor& logits, const at::Tensor& targets, Loss loss, const LossOptions& options)
{
    return elementLosses(logits, targets, loss, options).sum() / lossDivisor(targets, options);
}

} // namespace diascope::train
