// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "train/TrainConfig.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace diascope::train {

/// Parameters that share a learning rate.
struct ParameterGroup {
    std::vector<std::pair<std::string, at::Tensor>> parameters; ///< Name and leaf tensor.
    double learningRate = 1e-3;
};

/// The arithmetic of torch.optim's AdamW, Adam, SGD and RMSprop, each step one fused operation over all parameters of a
/// group where LibTorch has one. The state is plain named tensors, so that a checkpoint can carry it.
class Optimiser {
public:
    Optimiser(std::vector<ParameterGroup> groups, OptimiserOptions options);

    /// One step with the gradients at hand. Parameters without a gradient are left alone, their step counters included.
    void step();
    void clearGradients();
    [[nodiscard]] std::vector<at::Tensor> gradients() const; ///< Those that there are.
    [[nodiscard]] std::vector<double> learningRates() const;
    void setLearningRates(const std::vector<double>& rates); ///< One per group.
    void setMomentum(double momentum);                       ///< SGD's and RMSprop's momentum, Adam's beta1.

    /// All of it as ("first/NAME", tensor), ("second/NAME", ...), ("momentum/NAME", ...), ("steps/NAME", float scalar);
    /// to be read for a checkpoint and copied into when it is restored.
    [[nodiscard]] std::vector<std::pair<std::string, at::Tensor>> state() const;

private:
    /// One list per kind of state, in the order of the parameters; those that the kind does not need stay empty.
    struct Group {
        ParameterGroup parameters;
        std::vector<at::Tensor> first, second, momentum, steps;
    };
    /// The same for the parameters that have a gradient.
    struct Active {
        std::vector<at::Tensor> weights, gradients, first, second, momentum, steps;
    };
    [[nodiscard]] static Active activeOf(const Group& group);
    void stepRmsProp(Active& active, double rate) const;

    std::vector<Group> m_groups;
    OptimiserOptions m_options;
};

/// Scales the gradients down to a total L2 norm of at most `longest`, as torch.nn.utils.clip_grad_norm_. Returns the
/// norm before.
double clipGradients(std::vector<at::Tensor> gradients, double longest);

} // namespace diascope::train
