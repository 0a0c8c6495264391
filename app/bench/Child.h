// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace diascope::bench {

/// A program that ran to its end: what it printed and when, and what it cost.
struct Child {
    struct Line {
        double seconds = 0.0; ///< Since the start of the program.
        std::string text;
    };
    std::vector<Line> lines; ///< Of standard output.
    double seconds = 0.0;
    double peakMiB = 0.0;    ///< Resident, of the program itself.
    int exitCode = 0;
};
/// Runs `words` (program first, found by PATH) and waits; its standard error is dropped. Throws Error{NotFound} when it cannot be started.
[[nodiscard]] Child runChild(const std::vector<std::string>& words);

} // namespace diascope::bench
