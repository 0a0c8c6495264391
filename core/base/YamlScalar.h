// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

#include <cstddef>

namespace diascope::base {

/// Deeper documents are refused, on reading and on writing.
inline constexpr std::size_t kMaxYamlDepth = 64;

/// An unquoted scalar by the core schema of YAML 1.2 (10.3.2): null, boolean, integer, float or text.
/// .inf, .nan and numbers beyond the range of a double come out as non-finite floats; the caller refuses them.
[[nodiscard]] Json yamlScalar(const std::string& text);

} // namespace diascope::base
