// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace diascope::nn {

/// While it lives, the channel gates of every squeeze-and-excitation layer that runs on this thread are kept, in the order in which they run.
/// One at a time on a thread.
class GateTap {
public:
    GateTap();
    ~GateTap();
    GateTap(const GateTap&) = delete;
    GateTap& operator=(const GateTap&) = delete;

    /// N,C,1,1 each, 0..1.
    [[nodiscard]] const std::vector<at::Tensor>& gates() const { return m_gates; }
    /// Called by such layers; costs nothing when nobody listens.
    static void offer(const at::Tensor& gate);

private:
    std::vector<at::Tensor> m_gates;
};

} // namespace diascope::nn
