// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo/Parallel.h"

#include "base/Error.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace diascope::demo {

void parallelFor(int count, int threads, const std::stop_token& stop, const std::function<void(int)>& work)
{
    const int wanted = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::atomic<int> next = 0;
    std::atomic<bool> failed = false;
    std::exception_ptr error;
    std::mutex mutex;
    const auto run = [&] {
        for (int i = next++; i < count && !failed && !stop.stop_requested(); i = next++) {
            try {
                work(i);
            } catch (...) {
                // Carried to the caller below.
                const std::lock_guard lock(mutex);
                if (!failed.exchange(true)) {
                    error = std::current_exception();
                }
            }
        }
    };
    {
        std::vector<std::jthread> pool;
        for (int i = 1; i < std::min(wanted, count); ++i) {
            pool.emplace_back(run);
        }
        run();
    }
    if (error) {
        std::rethrow_exception(error);
    }
    if (stop.stop_requested()) {
        throw base::Error(base::ErrorCode::Stopped, "demonstration data", "stopped on request; what was written is kept");
    }
}

void makeFolder(const std::filesystem::path& folder)
{
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code) {
        throw base::Error(code == std::errc::no_space_on_device ? base::ErrorCode::DiskFull : base::ErrorCode::Unreadable, folder.string(), code.message());
    }
}

} // namespace diascope::demo
