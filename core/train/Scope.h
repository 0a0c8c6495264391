// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>

namespace diascope::train {

/// Sets what LibTorch keeps per thread for the length of a run, and puts it back: gradients on, number of threads.
/// Meanwhile the process keeps memory that it frees.
class EngineScope {
public:
    explicit EngineScope(int threads); ///< 0 = all cores.
    ~EngineScope();
    EngineScope(const EngineScope&) = delete;
    EngineScope& operator=(const EngineScope&) = delete;

private:
    int m_threadsBefore;
    bool m_gradBefore;
};

/// Gives the memory that is kept but not used back to the system: before something large that is needed only rarely. The next batch pays for it
/// with pages that have to be zeroed again (about 0.3 s a GiB).
void releaseFreedMemory();

/// Whether LibTorch or the standard library ran out of memory, on the CPU or on an accelerator.
[[nodiscard]] bool isOutOfMemory(const std::exception& failure);

} // namespace diascope::train
