// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Checkpoint.h"

#include "base/Json.h"
#include "nn/Safetensors.h"

#include <torch/torch.h>

#include <map>
#include <optional>

namespace diascope::train {

namespace {

using base::Error;
using base::ErrorCode;
using base::Json;
using base::ObjectReader;

constexpr int kCheckpointVersion = 1;
constexpr const char* kMetadataKey = "diascope.checkpoint";
constexpr std::string_view kEpochLogits = "epochLogits";

Json optionalNumber(const std::optional<double>& value)
{
    return value ? Json(*value) : Json();
}

void readOptional(ObjectReader& reader, const std::string& key, std::optional<double>& value)
{
    Json field;
    reader.require(key, field);
    if (!field.is_null()) {
        double number = 0.0;
        reader.read(key, number);
        value = number;
    }
}

Json numbersOf(const Checkpoint& c)
{
    Json json;
    json["version"] = kCheckpointVersion;
    json["epoch"] = c.epoch;
    json["batch"] = c.batch;
    json["optimiserSteps"] = c.optimiserSteps;
    json["bestEpoch"] = c.bestEpoch;
    json["bestMonitored"] = c.bestMonitored;
    json["bestLoss"] = c.bestValidation.loss;
    json["bestAuc"] = optionalNumber(c.bestValidation.auc);
    json["bestAccuracy"] = optionalNumber(c.bestValidation.accuracy);
    json["bestSamples"] = c.bestValidation.samples;
    json["staleEpochs"] = c.staleEpochs;
    json["microBatch"] = c.microBatch;
    json["lossSum"] = c.lossSum;
    json["epochSeconds"] = c.epochSeconds;
    json["idleSeconds"] = c.idleSeconds;
    json["notBitExactBecause"] = c.notBitExactBecause;
    json["fingerprint"] = c.fingerprint;
    json["threads"] = c.threads;
    json["device"] = c.device;
    json["buildId"] = c.buildId;
    return json;
}

void readNumbers(const Json& json, const std::string& subject, Checkpoint& c)
{
    ObjectReader reader(json, subject);
    int version = 0;
    reader.require("version", version);
    if (version != kCheckpointVersion) {
        throw Error(ErrorCode::Unsupported, subject, "the checkpoint has version " + std::to_string(version) + ", this program reads version " +
                    std::to_string(kCheckpointVersion));
    }
    reader.require("epoch", c.epoch).require("batch", c.batch).require("optimiserSteps", c.optimiserSteps);
    reader.require("bestEpoch", c.bestEpoch).require("bestMonitored", c.bestMonitored).require("bestLoss", c.bestValidation.loss);
    readOptional(reader, "bestAuc", c.bestValidation.auc);
    readOptional(reader, "bestAccuracy", c.bestValidation.accuracy);
    reader.require("bestSamples", c.bestValidation.samples).require("staleEpochs", c.staleEpochs).require("microBatch", c.microBatch);
    reader.require("lossSum", c.lossSum).require("epochSeconds", c.epochSeconds).require("idleSeconds", c.idleSeconds);
    reader.require("notBitExactBecause", c.notBitExactBecause).require("fingerprint", c.fingerprint).require("threads", c.threads);
    reader.require("device", c.device).require("buildId", c.buildId).finish();
    if (c.epoch < 0 || c.batch < 0 || c.optimiserSteps < 0 || c.microBatch < 0 || c.staleEpochs < 0) {
        throw Error(ErrorCode::Malformed, subject, "the checkpoint counts below zero");
    }
}

void append(nn::State& all, const std::string& prefix, const nn::State& tensors)
{
    for (const auto& [name, tensor] : tensors) {
        all.emplace_back(prefix + name, tensor.detach());
    }
}

} // namespace

std::string toBytes(const Checkpoint& checkpoint)
{
    nn::State all;
    append(all, "weights/", checkpoint.weights);
    append(all, "best/", checkpoint.best);
    append(all, "moments/", checkpoint.moments);
    if (checkpoint.epochLogits.defined()) {
        all.emplace_back(kEpochLogits, checkpoint.epochLogits);
    }
    return nn::serialiseSafetensors(all, {{kMetadataKey, numbersOf(checkpoint).dump()}});
}

Checkpoint checkpointFromBytes(const std::string& bytes, const std::string& subject)
{
    const nn::TensorFile file = nn::parseSafetensors(bytes, subject);
    const auto metadata = file.metadata.find(kMetadataKey);
    if (metadata == file.metadata.end()) {
        throw Error(ErrorCode::Malformed, subject, "this is not a checkpoint of a training run");
    }
    Checkpoint checkpoint;
    readNumbers(base::parseJson(metadata->second, subject), subject, checkpoint);
    const std::map<std::string, nn::State*> parts{{"weights", &checkpoint.weights}, {"best", &checkpoint.best}, {"moments", &checkpoint.moments}};
    for (const auto& [name, tensor] : file.tensors) {
        const std::size_t slash = name.find('/');
        const auto part = parts.find(name.substr(0, slash));
        if (name == kEpochLogits) {
            checkpoint.epochLogits = tensor;
        } else if (slash != std::string::npos && part != parts.end()) {
            part->second->emplace_back(name.substr(slash + 1), tensor);
        } else {
            throw Error(ErrorCode::Malformed, subject, "the checkpoint holds an unknown tensor '" + base::visibleText(name) + "'");
        }
    }
    return checkpoint;
}

void copyInto(const nn::State& from, const nn::State& to, const std::string& subject)
{
    const std::vector<std::string> differences = nn::differences(to, from);
    if (!differences.empty()) {
        throw Error(ErrorCode::Mismatch, subject, "it does not fit the network: " + differences.front() +
                    (differences.size() > 1 ? " and " + std::to_string(differences.size() - 1) + " more" : ""));
    }
    const at::NoGradGuard noGrad;
    for (const auto& [name, tensor] : to) {
        tensor.detach().copy_(*nn::find(from, name));
    }
}

} // namespace diascope::train
