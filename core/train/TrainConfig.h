// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "train/AugmentConfig.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::train {

enum class Loss { BinaryCrossEntropy, CrossEntropy };

/// Focal: RenalNet weighs with (1 - exp(-BCE))^gamma and alpha as a plain constant; Standard (Lin et al. 2017,
/// torchvision's sigmoid_focal_loss; with classes (1 - p_y)^gamma) takes alpha for positives and 1 - alpha for
/// negatives, a negative alpha for neither.
enum class Focal { None, RenalNet, Standard };

struct LossOptions {
    Focal focal = Focal::None;
    double focalAlpha = 0.25;    ///< RenalNet: any number > 0 (2 as published). Standard: 0..1, or negative.
    double focalGamma = 2.0;     ///< >= 0.
    double labelSmoothing = 0.0; ///< 0..1: target * (1 - s) + s / classes; two classes on one logit count as two, so
                                 ///< 0.1 is y * 0.9 + 0.05.
    std::vector<double> classWeights = {}; ///< One per class, > 0; of CrossEntropy without a focal term. Empty = 1.
    double positiveWeight = 1.0;      ///< > 0: weight of positive targets; of BinaryCrossEntropy without a focal term.
    bool operator==(const LossOptions&) const = default;
};

enum class OptimiserKind { AdamW, Adam, Sgd, RmsProp };

/// As in torch.optim, names included; each kind reads its own fields.
struct OptimiserOptions {
    OptimiserKind kind = OptimiserKind::AdamW;
    double beta1 = 0.9, beta2 = 0.999; ///< AdamW, Adam: each in [0, 1).
    double epsilon = 1e-8;             ///< AdamW, Adam, RmsProp: > 0.
    double weightDecay = 1e-2;         ///< AdamW: decoupled, w *= 1 - rate * decay. Others: added to the gradient.
    double momentum = 0.0;             ///< Sgd, RmsProp: [0, 1).
    bool nesterov = false;             ///< Sgd; needs a momentum.
    double smoothing = 0.99;           ///< RmsProp's alpha: [0, 1).
    bool centred = false;              ///< RmsProp.
    bool operator==(const OptimiserOptions&) const = default;
};

enum class Monitor { Auc, Loss, Accuracy, BalancedAccuracy };

/// Whose weights a training gives: those of the epoch with the best monitored figure, or those of the last one it did.
enum class Keep { Best, Last };

enum class ScheduleKind { Constant, Step, Plateau, Cosine, OneCycle, WarmupCosine };

/// How the learning rates move. Step, Plateau and Cosine step after each epoch, OneCycle and WarmupCosine after each
/// batch.
struct ScheduleOptions {
    ScheduleKind kind = ScheduleKind::Constant;
    int stepEpochs = 7;             ///< Step: >= 1.
    double factor = 0.1;            ///< Step, Plateau: (0, 1).
    Monitor watched = Monitor::Auc; ///< Plateau: the validation figure that must improve (up, or down for the loss).
    int patience = 2;               ///< Plateau: epochs without improvement that are borne; it reduces after one more.
    double threshold = 1e-4; ///< Plateau: relative, as in Python: better means > best * (1 + t), or < best * (1 - t).
    double smallest = 0.0;   ///< Plateau, Cosine: least rate.
    int periodEpochs = 0;    ///< Cosine: half a period; 0 = all epochs.
    double warmup = 0.1; ///< WarmupCosine: share of the batches with a rising rate. OneCycle: use 0.3 as PyTorch does.
    double divideFirst = 25.0,
           divideLast = 1e4; ///< OneCycle: peak / first, first / last. The configured rates are the peaks.
    bool operator==(const ScheduleOptions&) const = default;
};

/// Mixes pictures and targets of a batch (Zhang et al. 2018, Yun et al. 2019), in RenalNet's way: one lambda per batch,
/// the partner by a random permutation, cutmix's lambda recomputed from the clipped box. The loss sees the mixed
/// target.
struct MixOptions {
    double mixupProbability = 0.0, mixupAlpha = 0.4;
    double cutmixProbability = 0.0,
           cutmixAlpha = 1.0; ///< Of the batches that mixup left alone: .5 and .5 give .5, .25, .25 none.
    bool operator==(const MixOptions&) const = default;
};

/// How an epoch draws its samples when `balance` is on. Share: each class the same number, in rotation. Weighted:
/// torch's WeightedRandomSampler, each draw independent, with replacement, a sample's weight 1 / size of its class.
enum class Sampler { Share, Weighted };

/// Auto measures and takes a 16-bit type only where a training step is really faster with it; a resumed run keeps what
/// was chosen.
enum class Precision { Float32, BFloat16, Float16, Auto };

/// Everything that fit() does; resolved once, nothing is read later.
struct TrainConfig {
    int epochs = 30;    ///< 1..100000.
    int batchSize = 32; ///< 2..65536. A last batch of one joins the one before it (batch norm needs two values).
    std::uint64_t seed = 42;
    double learningRate = 1e-3;         ///< Of the head, >= 0.
    double backboneLearningRate = 1e-3; ///< Of the rest, >= 0. 0 freezes all of it.
    double weightDecay = 1e-4;          ///< >= 0; decoupled with AdamW. Overrides optimiser.weightDecay.
    Loss loss = Loss::BinaryCrossEntropy;
    Monitor monitor = Monitor::Auc;
    Keep keep = Keep::Best; ///< Last: the held-out part chooses no epoch (but for an early stop).
    int patience = 7; ///< Epochs without improvement before an early stop; 0 = never.
    bool augment = true;
    bool balance = true;
    std::vector<float> mean,
        stdDev;      ///< Per channel: x = (pixel / 255 - mean) / stdDev (65535 for 16 bits). Empty = 0 and 1.
    int threads = 0; ///< Of LibTorch on the CPU; 0 = all cores. Part of bit-exactness.
    std::string device = "cpu"; ///< "cpu", "cuda", "cuda:N": already resolved.
    std::string buildId;        ///< Stored in checkpoints; part of bit-exactness.
    int repeat = 0, fold = 0;   ///< Passed through to the reports.

    LossOptions lossOptions;
    OptimiserOptions optimiser;
    ScheduleOptions schedule;
    AugmentConfig augmentation = AugmentConfig::standard(); ///< Used where `augment` is on.
    MixOptions mix;
    Sampler sampler = Sampler::Share;
    double drawsPerSample = 1.0; ///< > 0: an epoch draws this often the number of samples (2 in RenalNet).
    std::string trainable
        = "all"; ///< What trains at all: "all", "head", or "NAME+" = the head and the backbone from module NAME on.
    int freezeEpochs = 0;  ///< For so many epochs only the head trains; `trainable` holds afterwards.
    double clipNorm = 0.0; ///< Longest gradient over all parameters (L2); 0 = not clipped.
    int microBatch
        = 0; ///< Batches are computed in parts of this many images, gradients added up; 0 = whole, else >= 2.
    double emaDecay = 0.0; ///< Moving average of the weights, validated and kept in their place; 0 = none, else < 1.
    Precision precision = Precision::Float32;
    bool channelsLast = true;  ///< Memory order of pictures and convolution weights.
    int checkpointBatches = 0; ///< A checkpoint after every so many batches too; 0 = after epochs only.
    /// What cannot be done about it, key by key ("training.epochs"); empty when it is good.
    [[nodiscard]] std::vector<base::Problem> check() const;
};

} // namespace diascope::train
