// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "base/Json.h"
#include "base/Progress.h"
#include "pipeline/Plan.h"
#include "train/EpochReport.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

namespace diascope::decode {
class DecoderPool;
}
namespace diascope::train {
class PauseGate;
}

namespace diascope::pipeline {

/// How a run ended. A normal outcome is a value: Failed carries the reason as the last of `problems`.
struct RunResult {
    train::RunState state = train::RunState::Failed;
    std::filesystem::path runFolder;
    std::filesystem::path package;       ///< Empty unless Finished, and after pre-training.
    std::filesystem::path weights;       ///< Of a finished pre-training: backbone.safetensors; else empty.
    base::Json result;                   ///< result.json; null unless Finished.
    std::vector<base::Problem> problems; ///< Files left out, a class missing from a part, the failure.
    bool resumable = false;              ///< A checkpoint is there: call again with `resume`.
};

/// The one sentence "train": read the data, list what is wrong with them, split by group (splits.csv), decode once, fit, predict the validation
/// part (oof.csv), compute figures (result.json), make the package, all in `runFolder` (made when missing; must be empty unless
/// `resume`). A plan with pretrain.enabled learns from the pictures alone instead and ends with backbone.safetensors. Same plan, data, thread count and build: same bytes, whoever calls.
/// Called on the engine's thread; blocks until done. `observer` and `progress` are called on this thread. `stop` ends within one batch or one image.
/// `pause`, closed by anybody, holds every fold before its next batch, after a checkpoint; with it a full disk pauses the run until there is room, without it
/// a full disk ends the run, resumable.
/// Does not throw base::Error once the run folder is made: what went wrong is in the result. Before that, throws Error{Plan|Usage|Busy|Unreadable}.
[[nodiscard]] RunResult train(const Plan& plan, const std::filesystem::path& runFolder, decode::DecoderPool& pool,
                              train::TrainingObserver& observer, const std::function<void(const base::Progress&)>& progress,
                              std::stop_token stop, bool resume = false, train::PauseGate* pause = nullptr);

/// How much memory a plan will need, before it starts.
struct MemoryEstimate {
    std::uint64_t pixelBytes = 0;     ///< The decoded images, once for all folds; 0 where they are streamed.
    bool streams = false;             ///< They are more than pixelBudget().
    std::uint64_t trainingBytes = 0;  ///< Weights, gradients, optimiser, best copy, activations of one batch.
    std::uint64_t totalBytes = 0;     ///< With the libraries.
    std::uint64_t availableBytes = 0; ///< On this machine now; 0 = unknown.
    [[nodiscard]] bool fits() const { return availableBytes == 0 || totalBytes <= availableBytes; }
};
/// Throws Error{Plan} for an unknown architecture or preprocessing.
[[nodiscard]] MemoryEstimate estimateMemory(const Plan& plan, std::int64_t images);
/// How many bytes of decoded pixels a plan keeps in memory: data.memoryMiB, or what is free now less what training takes. Beyond it they are
/// streamed. Throws as above.
[[nodiscard]] std::uint64_t pixelBudget(const Plan& plan);

} // namespace diascope::pipeline
