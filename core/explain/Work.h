// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Progress.h"

#include <functional>
#include <stop_token>

namespace diascope::explain {

/// How a long explanation is watched and ended. Both are looked at between batches, on the calling thread.
struct Work {
    std::function<void(const base::Progress&)> progress{}; ///< May be empty.
    std::stop_token stop{};

    void say(const char* stage, std::int64_t done, std::int64_t total) const
    {
        if (progress) {
            progress({.stage = stage, .done = done, .total = total});
        }
    }
};

/// Throws Error{Stopped} once a stop was asked for.
void throwIfStopped(const Work& work);

} // namespace diascope::explain
