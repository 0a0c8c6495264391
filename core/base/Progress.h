// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace diascope::base {

/// How far a long piece of work has come. Stopping is asked for through a std::stop_token.
struct Progress {
    std::string stage;         ///< What is being done, for a person ("Decoding images").
    std::int64_t done = 0;
    std::int64_t total = 0;    ///< 0 when unknown.
    double secondsLeft = -1.0; ///< Estimate; negative when unknown.
};

} // namespace diascope::base
