// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace diascope::demo {

/// A number with leading zeros: (7, 3) -> "007".
[[nodiscard]] inline std::string padded(int number, int digits)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*d", digits, number);
    return text.data();
}

} // namespace diascope::demo
