// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/FoldFile.h"

#include "base/AtomicFile.h"
#include "base/Hash.h"
#include "nn/Safetensors.h"
#include "runs/RunFolder.h"

#include <span>

namespace diascope::pipeline {

namespace {

constexpr const char* kFoldFile = "fold.safetensors";
constexpr const char* kWeights = "weights.";
constexpr const char* kHash = "tensorsSha256";

} // namespace

void writeFoldFile(const TrainedFold& fold, runs::RunFolder& folder)
{
    nn::State state;
    for (const auto& [name, tensor] : fold.weights) {
        state.emplace_back(kWeights + name, tensor);
    }
    state.emplace_back("validationLogits", fold.validationLogits.contiguous());
    if (fold.testLogits.defined()) {
        state.emplace_back("testLogits", fold.testLogits.contiguous());
    }
    // The tensor section is the same whatever the metadata.
    const std::string hash = base::sha256Hex(nn::tensorSection(nn::serialiseSafetensors(state)));
    const std::string bytes = nn::serialiseSafetensors(state, {{kHash, hash}});
    folder.writeFoldFile(fold.entry.key, kFoldFile, std::as_bytes(std::span(bytes)));
}

bool hasFoldFile(const runs::RunFolder& folder, runs::FoldKey key)
{
    return folder.hasFoldFile(key, kFoldFile);
}

TrainedFold readFoldFile(const runs::RunFolder& folder, const runs::FoldEntry& entry)
{
    TrainedFold fold;
    fold.entry = entry;
    fold.stoppedBecause = entry.note;
    if (!hasFoldFile(folder, entry.key)) {
        return fold;
    }
    const std::filesystem::path path = folder.foldFile(entry.key, kFoldFile);
    const std::string bytes = base::readFile(path);
    nn::TensorFile file = nn::parseSafetensors(bytes, path.string());
    const auto hash = file.metadata.find(kHash); // runs of older versions have none
    if (hash != file.metadata.end() && base::sha256Hex(nn::tensorSection(bytes)) != hash->second) {
        throw base::Error(base::ErrorCode::Malformed, path.string(), "its content does not have the hash it was written with");
    }
    const std::string_view prefix(kWeights);
    for (auto& [name, tensor] : file.tensors) {
        if (name.starts_with(prefix)) {
            fold.weights.emplace_back(name.substr(prefix.size()), std::move(tensor));
        } else if (name == "validationLogits") {
            fold.validationLogits = tensor;
        } else if (name == "testLogits") {
            fold.testLogits = tensor;
        }
    }
    return fold;
}

} // namespace diascope::pipeline
