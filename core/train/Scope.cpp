// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Scope.h"

#include "base/Error.h"

#include <torch/torch.h>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <string_view>
#include <thread>

namespace diascope::train {

namespace {

std::atomic<int> liveScopes{0}; ///< Of all threads: folds side by side must not give back what the others use.

/// LibTorch allocates every intermediate result anew, megabytes each. By default glibc gives such blocks back to the
/// system and gets them again as pages that have to be zeroed. During a run they are kept instead.
void keepFreedMemory(bool keep)
{
#ifdef __GLIBC__
    constexpr int kMiB = 1 << 20, kUsualMappings = 65536;
    mallopt(M_MMAP_MAX, keep ? 0 : kUsualMappings);
    mallopt(M_TRIM_THRESHOLD, keep ? 2047 * kMiB : 64 * kMiB);
    mallopt(M_TOP_PAD, keep ? 64 * kMiB : 0);
    if (!keep) {
        malloc_trim(0);
    }
#else
    (void)keep;
#endif
}

} // namespace

EngineScope::EngineScope(int threads)
    : m_threadsBefore(at::get_num_threads())
    , m_gradBefore(at::GradMode::is_enabled())
{
    at::set_num_threads(threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    at::GradMode::set_enabled(true);
    if (++liveScopes == 1) {
        keepFreedMemory(true);
    }
}

EngineScope::~EngineScope()
{
    at::GradMode::set_enabled(m_gradBefore);
    at::set_num_threads(m_threadsBefore);
    if (--liveScopes == 0) {
        keepFreedMemory(false);
    }
}

void releaseFreedMemory()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool isOutOfMemory(const std::exception& failure)
{
    if (dynamic_cast<const c10::OutOfMemoryError*>(&failure) != nullptr
        || dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) {
        return true;
    }
    if (const auto* error = dynamic_cast<const base::Error*>(&failure)) {
        return error->code() == base::ErrorCode::OutOfMemory;
    }
    // The CPU allocator throws a plain c10::Error.
    return std::string_view(failure.what()).find("DefaultCPUAllocator") != std::string_view::npos;
}

} // namespace diascope::train
