// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/FoldFiles.h"

#include "base/AtomicFile.h"
#include "base/Hash.h"
#include "nn/Safetensors.h"
#include "pipeline/Results.h"
#include "runs/RunFolder.h"
#include "train/Checkpoint.h"

#include <ATen/ATen.h>

#include <array>
#include <optional>

namespace diascope::pipeline {

namespace {

using base::Error;
using base::ErrorCode;
using dataset::Role;

constexpr const char* kFoldFile = "fold.safetensors";
constexpr const char* kWeights = "weights.";
constexpr const char* kBitExact = "bitExact";                     ///< Metadata of the fold's file.
constexpr const char* kNotBitExactBecause = "notBitExactBecause";
constexpr const char* kHash = "tensorsSha256";
constexpr std::array<std::pair<const char*, at::Tensor FoldCases::*>, 5> kCaseTensors{
    {{"cases.rows", &FoldCases::rows}, {"cases.embeddings", &FoldCases::embeddings}, {"cases.heldOut", &FoldCases::heldOut},
     {"cases.pixels", &FoldCases::pixels}, {"cases.heldOutPixels", &FoldCases::heldOutPixels}}};

runs::FoldKey placeOfFold(const dataset::FoldPlan& plan)
{
    return {plan.repeat, plan.fold};
}

std::string bytesOf(const TrainedFold& fold)
{
    nn::State state;
    for (const auto& [name, tensor] : fold.weights) {
        state.emplace_back(kWeights + name, tensor);
    }
    state.emplace_back("validationLogits", fold.validationLogits.contiguous());
    if (fold.testLogits.defined()) {
        state.emplace_back("testLogits", fold.testLogits.contiguous());
    }
    for (const auto& [name, place] : kCaseTensors) {
        if (fold.cases.any() && (fold.cases.*place).defined()) {
            state.emplace_back(name, fold.cases.*place);
        }
    }
    // The tensor section is the same whatever the metadata.
    const std::string hash = base::sha256Hex(nn::tensorSection(nn::serialiseSafetensors(state)));
    return nn::serialiseSafetensors(
        state, {{kBitExact, fold.bitExact ? "yes" : "no"}, {kNotBitExactBecause, fold.notBitExactBecause}, {kHash, hash}});
}

} // namespace

void writeFold(const TrainedFold& fold, runs::RunFolder& folder)
{
    const std::string bytes = bytesOf(fold);
    folder.writeFoldFile(fold.entry.key, kFoldFile, std::as_bytes(std::span(bytes)));
}

TrainedFold readFold(const runs::RunFolder& folder, const runs::FoldEntry& entry)
{
    TrainedFold fold;
    fold.entry = entry;
    fold.stoppedBecause = entry.note;
    if (!folder.hasFoldFile(entry.key, kFoldFile)) {
        return fold;
    }
    const std::string_view prefix(kWeights);
    const std::filesystem::path path = folder.foldFile(entry.key, kFoldFile);
    const std::string bytes = base::readFile(path);
    nn::TensorFile file = nn::parseSafetensors(bytes, path.string());
    const auto hash = file.metadata.find(kHash); // runs of older versions have none
    if (hash != file.metadata.end() && base::sha256Hex(nn::tensorSection(bytes)) != hash->second) {
        throw Error(ErrorCode::Malformed, path.string(), "its content does not have the hash it was written with");
    }
    fold.bitExact = file.metadata[kBitExact] != "no";
    fold.notBitExactBecause = file.metadata[kNotBitExactBecause];
    for (auto& [name, tensor] : file.tensors) {
        if (name.starts_with(prefix)) {
            fold.weights.emplace_back(name.substr(prefix.size()), std::move(tensor));
        } else if (name == "validationLogits") {
            fold.validationLogits = tensor;
        } else if (name == "testLogits") {
            fold.testLogits = tensor;
        }
        for (const auto& [known, place] : kCaseTensors) {
            if (name == known) {
                fold.cases.*place = tensor;
            }
        }
    }
    return fold;
}

std::string foldWeightsFile(runs::FoldKey key)
{
    return "checkpoints/" + runs::folderName(key) + "/" + kFoldFile;
}

std::vector<TrainedFold> storedFolds(const Experiment& experiment, const runs::RunFolder& folder)
{
    const std::optional<runs::FoldState> state = folder.foldState();
    std::vector<TrainedFold> folds;
    for (const dataset::FoldPlan& plan : experiment.folds.plans) {
        const runs::FoldEntry* done = state ? state->find(placeOfFold(plan)) : nullptr;
        if (done == nullptr) {
            throw Error(ErrorCode::NotFound, folder.path().string(), "fold " + runs::folderName(placeOfFold(plan)) + " is not done", "Resume the run.");
        }
        folds.push_back(readFold(folder, *done));
    }
    return folds;
}

void writePredictions(const Experiment& experiment, const dataset::FoldPlan& plan, const TrainedFold& fold, runs::RunFolder& folder)
{
    const Table rows = predictionTable(experiment, plan, Role::Validation, fold.validationLogits);
    folder.replaceFoldRows("oof.csv", placeOfFold(plan), rows.header, rows.rows);
    if (fold.testLogits.defined()) {
        const Table test = predictionTable(experiment, plan, Role::Test, fold.testLogits);
        folder.replaceFoldRows("test.csv", placeOfFold(plan), test.header, test.rows);
    }
}

nn::State storedWeights(const runs::RunFolder& folder, runs::FoldKey key)
{
    if (folder.hasFoldFile(key, kFoldFile)) {
        return readFold(folder, {.key = key}).weights;
    }
    const auto stored = folder.newestCheckpoint(key);
    if (!stored) {
        throw Error(ErrorCode::NotFound, folder.path().string(), "the run has no checkpoint yet", "Let it finish at least one epoch.");
    }
    train::Checkpoint checkpoint = train::checkpointFromBytes(stored->bytes, stored->file.string());
    if (checkpoint.best.empty()) {
        throw Error(ErrorCode::NotFound, folder.path().string(), "the run has not finished an epoch yet", "Resume it and let it finish at least one epoch.");
    }
    return std::move(checkpoint.best);
}

} // namespace diascope::pipeline
