// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/RandomScope.h"

#include <torch/torch.h>

namespace diascope::nn {

namespace {
thread_local at::Generator* scopeGenerator = nullptr; // A forward pass has no place to carry it.
}

RandomScope::RandomScope(std::uint64_t seed, bool onCpu)
{
    if (!onCpu) {
        torch::manual_seed(seed);
        return;
    }
    m_generator = std::make_unique<at::Generator>(at::make_generator<at::CPUGeneratorImpl>(seed));
    scopeGenerator = m_generator.get();
}

RandomScope::~RandomScope()
{
    if (m_generator) {
        scopeGenerator = nullptr;
    }
}

at::Tensor randomMask(const at::Tensor& x, double keep)
{
    at::Tensor mask = at::empty_like(x);
    if (scopeGenerator != nullptr && x.is_cpu()) {
        return mask.bernoulli_(keep, *scopeGenerator);
    }
    return mask.bernoulli_(keep);
}

} // namespace diascope::nn
