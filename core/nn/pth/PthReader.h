// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/State.h"

#include <string>
#include <string_view>
#include <vector>

namespace diascope::nn {

/// What a PyTorch checkpoint holds.
struct PthFile {
    State tensors;                    ///< On the CPU, contiguous, independent, in the file's order.
    std::string under;                ///< Key that they stood under ("state_dict_ema", "model"); empty = at the top.
    std::vector<std::string> ignored; ///< Other top-level keys, for people: "epoch", "optimizer".
};

/// Whether the bytes begin as torch.save's do: a ZIP archive, or the stream of PyTorch before 1.6.
[[nodiscard]] bool looksLikePth(std::string_view bytes);

/// Reads a checkpoint of unknown origin: torch.save's ZIP archive (stored or deflated, either byte order) or the older stream. Runs nothing
/// (see Pickle.h); tensors are views that are checked against their storages. A nested state dict is taken from, in this order,
/// state_dict_ema, model_ema, ema_state_dict, state_dict, model_state_dict, model, net, network.
/// Throws Error{Malformed|Unsupported|TooLarge} naming `subject` and the reason.
[[nodiscard]] PthFile parsePth(std::string_view bytes, const std::string& subject);

} // namespace diascope::nn
