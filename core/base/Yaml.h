// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"

namespace diascope::base {

/// YAML 1.2 core types as JSON (true/false, integers, floats, null, text; quoted scalars stay text). Anchors, aliases,
/// tags, duplicate keys and more than 64 levels are refused. Throws Error{Malformed|TooLarge} with line and column.
[[nodiscard]] Json parseYaml(std::string_view text, const std::string& subject);
/// Block-style YAML that parseYaml reads back to the same value. Numbers keep every digit, whatever the locale.
[[nodiscard]] std::string toYaml(const Json& value);

} // namespace diascope::base
