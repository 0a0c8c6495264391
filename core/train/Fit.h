// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/EpochReport.h"
#include "train/Pictures.h"
#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

#include <stop_token>
#include <string>

namespace diascope::nn {
class Classifier;
}

namespace diascope::train {

class FeatureCache;
class PauseGate;

/// What the loop eats. Images stay as they are until a batch is made.
struct TrainingData {
    Pictures images;
    at::Tensor labels; ///< int64, N, 0 <= label < classes.
};

/// Takes a finished checkpoint. Called on the engine's thread.
class CheckpointSink {
public:
    virtual ~CheckpointSink() = default;
    /// `bytes` is a whole safetensors file of the state before epoch `epoch`, batch `batch`. Throws base::Error, which
    /// ends the run with the previous checkpoint intact; DiskFull only pauses it where there is a gate to open again.
    virtual void save(const std::string& bytes, int epoch, int batch) = 0;
};

struct TrainOutcome {
    RunState state = RunState::Finished; ///< Finished or Stopped; failures are thrown.
    int epochsDone = 0;
    bool stoppedEarly = false; ///< By the early-stop rule.
    int bestEpoch = -1;        ///< 0-based; -1 = no epoch was finished.
    int keptEpoch = -1;        ///< Whose weights the network holds: the best, or with Keep::Last the last that was finished.
    double bestMonitored = 0.0;
    Monitor monitor = Monitor::Auc; ///< The one really used (loss where the AUC is undefined).
    at::Tensor validationLogits;    ///< float32, N,outputs, on the CPU, of the kept epoch; undefined without one.
    PartFigures bestValidation;
    std::string divergedBecause; ///< Not empty: the loss stopped being a number; an epoch before that is kept.
    bool bitExact = true;        ///< False after a resume under other conditions, or after memory ran out.
    std::string notBitExactBecause;
};

/// What fit() needs from outside.
class PrecisionMemory;

struct FitContext {
    TrainingObserver& observer;
    std::stop_token stop;
    CheckpointSink* sink = nullptr; ///< Saved after each epoch, on a stop, and where the configuration asks for it.
    std::string resumeFrom;         ///< Bytes of a checkpoint; empty = from the start.
    PauseGate* pause = nullptr;     ///< Looked at before each batch. A closed gate holds the run, after a checkpoint; a
                                    ///< full disk closes it.
    PrecisionMemory* precisions = nullptr; ///< Asked before and told after the trial of Precision::Auto.
    FeatureCache* features = nullptr; ///< Where the whole backbone is frozen in every epoch and nothing moves the pictures, each goes through it
                                      ///< once. Null = in every epoch: the features then differ in their last digits, because
                                      ///< libraries round small batches differently, and a head trained on small batches may drift from there.
};

/// Trains in place. On return the network holds the weights of the best epoch, or of the last one where the
/// configuration says so (a deep copy; those at hand when no epoch was finished), and is in eval mode on the CPU. The stop token is looked at before each batch. On the CPU a run that
/// was stopped and resumed is bit-identical to one that was not, with the same thread count and build. The calling
/// thread's grad mode and thread count are restored. Throws Error{Plan} (bad configuration, a loss that is not finite
/// before any epoch was finished), Error{Mismatch} (checkpoint of another run), Error{OutOfMemory}.
[[nodiscard]] TrainOutcome fit(nn::Classifier& model, const TrainingData& training, const TrainingData& validation,
    const TrainConfig& config, const FitContext& context);

/// Logits of all images, float32, N,outputs on the CPU: eval mode, no augmentation, the same batches as fit() uses for
/// validation.
[[nodiscard]] at::Tensor logitsOf(
    nn::Classifier& model, const Pictures& images, const TrainConfig& config, std::stop_token stop = {});

/// The last feature map of all images, averaged over its positions: float32, N,F on the CPU; in the same batches. Undefined after a stop.
[[nodiscard]] at::Tensor meanFeaturesOf(
    nn::Classifier& model, const Pictures& images, const TrainConfig& config, std::stop_token stop = {});

/// Plain (unweighted, unsmoothed) loss, AUC (macro one-vs-rest for classes), accuracy and balanced accuracy of logits
/// (N,outputs) against labels (N).
[[nodiscard]] PartFigures figuresOf(const at::Tensor& logits, const at::Tensor& labels, Loss loss);

} // namespace diascope::train
