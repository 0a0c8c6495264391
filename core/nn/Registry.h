// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/Classifier.h"
#include "nn/ModelSpec.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace diascope::nn {

/// An option of one architecture.
struct OptionInfo {
    std::string name;
    base::Json defaultValue;
    std::vector<std::string> choices; ///< Legal texts; empty = a whole number from minimum to maximum.
    int minimum = 0, maximum = 0;
    std::string help;                 ///< One sentence.
};

/// A network that can be built.
struct ArchitectureInfo {
    std::string name;          ///< Fixed: scripts and packages use it.
    std::string title;         ///< For people.
    ModelSpec defaults;
    std::vector<OptionInfo> options;
    bool hasAttention = false; ///< Classifier::attention() answers.
};

/// All of them, in a fixed order.
[[nodiscard]] const std::vector<ArchitectureInfo>& architectures();
[[nodiscard]] std::vector<std::string> architectureNames();
/// Throws Error{Plan} naming the nearest known architecture.
[[nodiscard]] const ArchitectureInfo& architectureInfo(const std::string& name, const std::string& subject = "model.architecture");
[[nodiscard]] ModelSpec defaultSpec(const std::string& architecture);
/// Throws Error{Plan} for what cannot be built.
void checkSpec(const ModelSpec& spec, const std::string& subject = "model");
/// Rows and columns that the network is bound to ("neuroflux_cnn", "vgg16" with flatten-dense: 224); 0 = any from 32 up.
[[nodiscard]] int fixedInputSize(const ModelSpec& spec);

/// A new network on the CPU, float32, in training mode, initialised as the Python library of that architecture would. The weights are a
/// function of `seed` alone: LibTorch's global generator is neither read nor moved. Throws Error{Plan} for a bad spec.
[[nodiscard]] std::shared_ptr<Classifier> makeClassifier(const ModelSpec& spec, std::uint64_t seed = 0);

/// The same without the cost of initialising: every value is undefined until loadState() has filled it.
[[nodiscard]] std::shared_ptr<Classifier> makeEmptyClassifier(const ModelSpec& spec);

} // namespace diascope::nn
