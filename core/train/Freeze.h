// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>

namespace diascope::nn {
class Classifier;
}

namespace diascope::train {

/// Names of the backbone's parameters that train under a scope: "all", "head" (none), or "NAME+": those of the module
/// NAME and of all that come after it in the order of the state dict ("layer3+", "blocks.4+"). Throws Error{Plan} with
/// the names there are.
[[nodiscard]] std::set<std::string> trainableBackbone(const nn::Classifier& model, const std::string& scope);

/// Lets the named parameters of the backbone and all of the head have gradients, nothing else.
void setTrainable(nn::Classifier& model, const std::set<std::string>& backbone);

/// Training mode, but for layers whose own weights are frozen: their batch norm keeps its running figures and
/// normalises with them, their spectral norm does not iterate. To be called instead of model.train(true), each time.
void trainUnfrozen(nn::Classifier& model);

} // namespace diascope::train
