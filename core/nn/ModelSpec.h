// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <string>

namespace diascope::nn {

/// Which network it is: all that is needed to build it. Start from defaultSpec() of nn/Registry.h.
struct ModelSpec {
    std::string architecture;   ///< One of architectureNames(): "renalnet", "resnet50", ...
    int inputChannels = 3;      ///< 1..64.
    int outputs = 1;            ///< Logits, 1..100000. One logit = two classes.
    double dropout = 0.5;       ///< In the classifier head, 0..below 1; without effect where the head has none.
    int hidden = 512;           ///< Width of the hidden layer of heads that have one, 1..65536.
    base::Json options = base::Json::object(); ///< Of this architecture alone; ArchitectureInfo lists them.

    bool operator==(const ModelSpec&) const = default;
};

[[nodiscard]] base::Json toJson(const ModelSpec& spec);
/// Strict: unknown keys and options, unknown architectures and values out of range are Error{Plan} naming the key. Keys that are absent
/// get the defaults of the architecture.
[[nodiscard]] ModelSpec modelSpecFromJson(const base::Json& json, const std::string& subject, const std::string& path = "modelSpec");

} // namespace diascope::nn
