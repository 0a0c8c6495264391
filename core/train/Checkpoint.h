// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"
#include "train/EpochReport.h"
#include "train/Schedule.h"

#include <cstdint>
#include <string>

namespace diascope::train {

/// Where a run stands, between two batches. Random numbers need no state: every draw is a function of (seed, epoch,
/// place).
struct Checkpoint {
    int epoch = 0; ///< The epoch to go on with.
    int batch = 0; ///< Batches of it that are done; all of them = only the validation is missing.
    std::int64_t optimiserSteps = 0;
    int bestEpoch = -1;
    double bestMonitored = 0.0; ///< Of bestEpoch; without a meaning before.
    PartFigures bestValidation;
    int staleEpochs = 0;                      ///< Since the monitored figure improved.
    PlateauState plateau;                     ///< Of the schedule.
    Precision precision = Precision::Float32; ///< The one really used, never Auto.
    int microBatch = 0;                       ///< 0 = whole batches; else after memory ran out.
    double lossSum = 0.0;                     ///< Of the current epoch so far.
    double epochSeconds = 0.0, idleSeconds = 0.0;
    std::string notBitExactBecause; ///< Empty while the run is bit-exact.

    std::string fingerprint; ///< Of the settings and the data: a checkpoint of another run is refused.
    int threads = 0;
    std::string device, buildId;

    nn::State weights; ///< Parameters and buffers.
    nn::State best;    ///< The same of the epoch that is kept, the best or the last; empty before the first.
    nn::State moments; ///< The optimiser's state, by its own names; with Float16 the loss scaler's as well.
    nn::State average; ///< Moving average of the weights; empty without one.
    at::Tensor
        epochLogits; ///< float32, draws,outputs: the current epoch's training outputs so far; undefined between epochs.
};

/// Bytes of all its tensors.
[[nodiscard]] std::size_t sizeOf(const Checkpoint& checkpoint);
/// One safetensors file: "weights/", "best/", "moments/", "average/" and "epochLogits", the numbers as JSON in its
/// metadata.
[[nodiscard]] std::string toBytes(const Checkpoint& checkpoint);
/// Throws Error{Malformed|Unsupported|Plan} naming `subject`.
[[nodiscard]] Checkpoint checkpointFromBytes(const std::string& bytes, const std::string& subject);

/// Reads the checkpoint that a run goes on from, whose own state `now` holds fingerprint and conditions (threads, device,
/// build). They take the place of the saved ones; where they differ the result says that it is not bit-exact and why.
/// Throws as checkpointFromBytes(), and Error{Mismatch} for a checkpoint of another run.
[[nodiscard]] Checkpoint continuedFrom(const std::string& bytes, const Checkpoint& now);
/// "Resumed at epoch 3, batch 1.", for the log.
[[nodiscard]] std::string resumeNote(const Checkpoint& checkpoint);

/// Its numbers, as they stand in the metadata.
[[nodiscard]] std::string numbersText(const Checkpoint& checkpoint);
void readNumbers(const std::string& text, const std::string& subject, Checkpoint& checkpoint);

/// Copies values in place, by name. Throws Error{Mismatch} when a name or a shape differs; nothing is changed then.
void copyInto(const nn::State& from, const nn::State& to, const std::string& subject);

} // namespace diascope::train
