// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/Scope.h"

#include "base/Error.h"

#include <torch/torch.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <thread>

namespace diascope::train {

EngineScope::EngineScope(int threads)
    : m_threadsBefore(at::get_num_threads()), m_gradBefore(at::GradMode::is_enabled())
{
    at::set_num_threads(threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    at::GradMode::set_enabled(true);
}

EngineScope::~EngineScope()
{
    at::GradMode::set_enabled(m_gradBefore);
    at::set_num_threads(m_threadsBefore);
}

bool isOutOfMemory(const std::exception& failure)
{
    if (dynamic_cast<const c10::OutOfMemoryError*>(&failure) != nullptr || dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) {
        return true;
    }
    if (const auto* error = dynamic_cast<const base::Error*>(&failure)) {
        return error->code() == base::ErrorCode::OutOfMemory;
    }
    // The CPU allocator throws a plain c10::Error.
    return std::string_view(failure.what()).find("DefaultCPUAllocator") != std::string_view::npos;
}

} // namespace diascope::train
