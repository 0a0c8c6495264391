// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Checkpoint.h"

#include "base/Error.h"
#include "nn/Safetensors.h"

#include <torch/torch.h>

#include <map>

namespace diascope::train {

namespace {

using base::Error;
using base::ErrorCode;

constexpr const char* kMetadataKey = "diascope.checkpoint";
constexpr std::string_view kEpochLogits = "epochLogits";

void append(nn::State& all, const std::string& prefix, const nn::State& tensors)
{
    for (const auto& [name, tensor] : tensors) {
        all.emplace_back(prefix + name, tensor.detach());
    }
}

/// What keeps a resumed run from being bit-identical; empty = nothing.
std::string differenceOf(const Checkpoint& now, const Checkpoint& saved)
{
    if (saved.threads != now.threads) {
        return "saved with " + std::to_string(saved.threads) + " threads, resumed with " + std::to_string(now.threads);
    }
    if (saved.buildId != now.buildId) {
        return "saved by " + saved.buildId + ", resumed by " + now.buildId;
    }
    if (saved.device != now.device || !at::Device(now.device).is_cpu()) {
        return "saved on " + saved.device + ", resumed on " + now.device;
    }
    return {};
}

} // namespace

std::size_t sizeOf(const Checkpoint& checkpoint)
{
    std::size_t bytes = checkpoint.epochLogits.defined() ? checkpoint.epochLogits.nbytes() : 0;
    for (const nn::State* const part : {&checkpoint.weights, &checkpoint.best, &checkpoint.moments, &checkpoint.average}) {
        for (const auto& [name, tensor] : *part) {
            bytes += tensor.nbytes();
        }
    }
    return bytes;
}

std::string toBytes(const Checkpoint& checkpoint)
{
    nn::State all;
    append(all, "weights/", checkpoint.weights);
    append(all, "best/", checkpoint.best);
    append(all, "moments/", checkpoint.moments);
    append(all, "average/", checkpoint.average);
    if (checkpoint.epochLogits.defined()) {
        all.emplace_back(kEpochLogits, checkpoint.epochLogits);
    }
    return nn::serialiseSafetensors(all, {{kMetadataKey, numbersText(checkpoint)}});
}

Checkpoint checkpointFromBytes(const std::string& bytes, const std::string& subject)
{
    const nn::TensorFile file = nn::parseSafetensors(bytes, subject);
    const auto metadata = file.metadata.find(kMetadataKey);
    if (metadata == file.metadata.end()) {
        throw Error(ErrorCode::Malformed, subject, "this is not a checkpoint of a training run");
    }
    Checkpoint checkpoint;
    readNumbers(metadata->second, subject, checkpoint);
    const std::map<std::string, nn::State*> parts{{"weights", &checkpoint.weights}, {"best", &checkpoint.best},
        {"moments", &checkpoint.moments}, {"average", &checkpoint.average}};
    for (const auto& [name, tensor] : file.tensors) {
        const std::size_t slash = name.find('/');
        const auto part = parts.find(name.substr(0, slash));
        if (name == kEpochLogits) {
            checkpoint.epochLogits = tensor;
        } else if (slash != std::string::npos && part != parts.end()) {
            part->second->emplace_back(name.substr(slash + 1), tensor);
        } else {
            throw Error(ErrorCode::Malformed, subject,
                "the checkpoint holds an unknown tensor '" + base::visibleText(name) + "'");
        }
    }
    return checkpoint;
}

Checkpoint continuedFrom(const std::string& bytes, const Checkpoint& now)
{
    Checkpoint saved = checkpointFromBytes(bytes, "checkpoint");
    if (saved.fingerprint != now.fingerprint) {
        throw Error(ErrorCode::Mismatch, "checkpoint", "it belongs to a run with other settings or other data",
            "Start a new run, or use the plan and the data of the old one.");
    }
    if (saved.notBitExactBecause.empty()) {
        saved.notBitExactBecause = differenceOf(now, saved);
    }
    saved.threads = now.threads;
    saved.device = now.device;
    saved.buildId = now.buildId;
    return saved;
}

std::string resumeNote(const Checkpoint& checkpoint)
{
    return "Resumed at epoch " + std::to_string(checkpoint.epoch + 1) + ", batch "
        + std::to_string(checkpoint.batch + 1)
        + (checkpoint.notBitExactBecause.empty() ? "."
                                                 : ", not bit-identical: " + checkpoint.notBitExactBecause + ".");
}

void copyInto(const nn::State& from, const nn::State& to, const std::string& subject)
{
    const std::vector<std::string> differences = nn::differences(to, from);
    if (!differences.empty()) {
        throw Error(ErrorCode::Mismatch, subject,
            "it does not fit the network: " + differences.front()
                + (differences.size() > 1 ? " and " + std::to_string(differences.size() - 1) + " more" : ""));
    }
    const at::NoGradGuard noGrad;
    for (const auto& [name, tensor] : to) {
        tensor.detach().copy_(*nn::find(from, name));
    }
}

} // namespace diascope::train
