// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

namespace at {
class Tensor;
struct Generator;
}

namespace diascope::nn {

/// For its length, dropout on this thread draws from generators seeded with `seed`: on the CPU from one of the thread's own, so that networks
/// that train side by side do not take numbers from each other; on an accelerator from the device's, which is seeded. The numbers are those that
/// torch.manual_seed(seed) gives. Scopes do not nest.
class RandomScope {
public:
    RandomScope(std::uint64_t seed, bool onCpu);
    ~RandomScope();
    RandomScope(const RandomScope&) = delete;
    RandomScope& operator=(const RandomScope&) = delete;

private:
    std::unique_ptr<at::Generator> m_generator;
};

/// A mask that is 1 with probability `keep`, else 0; of x's shape, type and memory order.
[[nodiscard]] at::Tensor randomMask(const at::Tensor& x, double keep);

} // namespace diascope::nn
