// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

struct AdamWOptions {
    double beta1 = 0.9, beta2 = 0.999; ///< Each in [0, 1).
    double epsilon = 1e-8;
    double weightDecay = 1e-2;         ///< Decoupled: w *= 1 - learning rate * decay.
};

/// Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), the arithmetic of torch.optim.AdamW.
/// The state is plain named tensors, so that a checkpoint can carry it.
class AdamW {
public:
    AdamW(std::vector<ParameterGroup> groups, AdamWOptions options);

    /// One step with the gradients at hand. Parameters without a gradient are left alone.
    void step();
    void clearGradients();
    [[nodiscard]] std::vector<double> learningRates() const;
    [[nodiscard]] std::int64_t steps() const { return m_steps; }

    /// First and second moments as ("first/NAME", tensor) and ("second/NAME", tensor).
    [[nodiscard]] std::vector<std::pair<std::string, at::Tensor>> moments() const;
    /// The moments must hold what moments() gave; they are copied in place afterwards by name.
    void setSteps(std::int64_t steps) { m_steps = steps; }

private:
    struct Group {
        ParameterGroup parameters;
        std::vector<at::Tensor> first, second;
    };
    void stepGroup(Group& group);
    std::vector<Group> m_groups;
    AdamWOptions m_options;
    std::int64_t m_steps = 0;
};

} // namespace diascope::train
