// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace diascope::nn::cpu {

/// Calls work(begin, end) for the whole of [0, count), divided among `threads` threads of LibTorch's own team (at::parallel_for
/// does so only in files compiled for OpenMP). `work` must not throw. Built without OpenMP: one thread.
void parallelFor(std::int64_t count, int threads, const std::function<void(std::int64_t begin, std::int64_t end)>& work);

} // namespace diascope::nn::cpu
