// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "explain/Work.h"
#include "metrics/Figure.h"

#include <cstdint>
#include <string>
#include <vector>

namespace at {
class Tensor;
}
namespace diascope::nn {
class Classifier;
}

namespace diascope::explain {

enum class Method;

/// The maps after one more layer was forgotten.
struct RandomisationStep {
    std::string layer;               ///< "head.4", "layer4.2": the layer whose weights were drawn anew at this step, on top of those before it.
    metrics::Figure rankCorrelation; ///< Spearman of the raw map with the trained network's, mean over the pictures.
    metrics::Figure similarity;      ///< Structural similarity of the 0..1 maps, mean over the pictures.
};

/// Whether a method's maps depend on what the network has learned at all.
struct RandomisationTest {
    static constexpr double kStillAlike = 0.5; ///< A map whose last rank correlation is above it did not need the weights.

    std::vector<RandomisationStep> steps; ///< From the output down to the input.
    int pictures = 0;
    /// "follows the weights", "does not follow the weights" by the last step's rank correlation, or "undefined: …".
    std::string grade;
};

/// Cascading parameter randomisation from the top down (Adebayo et al., NeurIPS 2018): weights and running statistics of one layer after the other
/// are replaced by those of a fresh network. Works on a copy. `inputs`: pictures 1,C,H,W; `classes`: the class explained in each.
/// Throws Error{Stopped}, Error{Usage} without pictures or for occlusion (thousands of passes); else as forwardAndExplain().
[[nodiscard]] RandomisationTest randomisationTest(const nn::Classifier& model, const std::vector<at::Tensor>& inputs, const std::vector<int>& classes,
                                                  Method method, std::uint64_t seed = 0, const Work& work = {});

/// The layer that a tensor of a state dict belongs to: up to and including its first number, or up to its last dot
/// ("sononet.blocks.4.1.bn1.weight" -> "sononet.blocks.4"; "fc.weight" -> "fc").
[[nodiscard]] std::string layerOf(const std::string& tensorName);

} // namespace diascope::explain
