// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/ModelSpec.h"
#include "nn/PackageFile.h"
#include "nn/State.h"

#include <cstddef>
#include <string>
#include <vector>

namespace diascope::nn {

/// The bytes of a safetensors file that Python's safetensors package opens: the tensors under the names that
/// torchvision, timm or pretrainedmodels gives them, and metadata "format" = "pt", "diascope.modelSpec" and "diascope.classes" (JSON).
[[nodiscard]] std::string serialiseWeights(const ModelSpec& spec, const State& weights, const std::vector<std::string>& classes = {});
/// The weights of a backbone alone, for a network whose head is new. `origin` says how they came about: metadata "diascope.pretraining" (JSON).
[[nodiscard]] std::string serialiseBackbone(const Classifier& model, const base::Json& origin);

/// The same for one member of a package. Throws Error{Usage} when there is no such member.
[[nodiscard]] std::string serialiseMember(const PackageFile& package, std::size_t member);

} // namespace diascope::nn
