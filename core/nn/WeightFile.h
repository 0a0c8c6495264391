// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::nn {

/// Weights as someone published or saved them, under that file's own names.
struct WeightFile {
    State tensors;                               ///< On the CPU, contiguous, independent.
    std::map<std::string, std::string> metadata; ///< Safetensors only.
    std::string format;                          ///< "safetensors" or "PyTorch checkpoint".
    std::string under;                           ///< Where in the file they stood: "state_dict", "model", "members.0"; empty = at the top.
    std::string stripped;                        ///< Prefix taken off all names: "module."; empty = none.
    std::vector<std::string> notes;              ///< What a user should know, whole sentences.
};

/// Reads safetensors files, Diascope packages (their first member) and PyTorch checkpoints (.pth, .pt: nn/pth/PthReader.h), by content and
/// not by name. Takes the prefixes of data parallel ("module.") and compiled ("_orig_mod.") networks off.
/// Throws Error{Malformed|Unsupported|TooLarge} naming the file and the reason, and whatever base::readFile throws.
[[nodiscard]] WeightFile readWeights(const std::filesystem::path& file);
/// The same for bytes at hand; `subject` names them in errors.
[[nodiscard]] WeightFile parseWeights(std::string_view bytes, const std::string& subject);

} // namespace diascope::nn
