// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Registry.h"

#include <memory>

namespace diascope::nn {

/// One entry of the registry: what it is and how it is built (from a spec that checkSpec has passed).
struct Architecture {
    ArchitectureInfo info;
    std::shared_ptr<Classifier> (*make)(const ModelSpec& spec);
};

[[nodiscard]] Architecture renalNet();
[[nodiscard]] Architecture mobileNetV3Small075();
[[nodiscard]] Architecture resNet18();
[[nodiscard]] Architecture resNet34();
[[nodiscard]] Architecture resNet50();
[[nodiscard]] Architecture seResNeXt50();
[[nodiscard]] Architecture vgg16();
[[nodiscard]] Architecture neurofluxCnn();

/// The value of a text option, or its default.
[[nodiscard]] std::string textOption(const ModelSpec& spec, const std::string& name);
[[nodiscard]] int numberOption(const ModelSpec& spec, const std::string& name);

} // namespace diascope::nn
