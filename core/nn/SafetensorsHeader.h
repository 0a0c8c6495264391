// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::nn {

/// One tensor as the header describes it; nothing is checked against the data yet.
struct TensorEntry {
    std::string name;
    std::string dtype;
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0, end = 0; ///< Bytes within the tensor section.
};

struct SafetensorsHeader {
    std::vector<TensorEntry> entries; ///< In the header's order; names are unique.
    std::map<std::string, std::string> metadata;
};

/// Reads the JSON of a safetensors header, refusing all that is not the format: other fields, doubled names or fields, fractions, negative
/// numbers, numbers over 2^64 - 1, texts that are not UTF-8, more than 64 dimensions. Works on the parser's events, so that a hostile header costs
/// no more memory than its own length. Throws Error{Malformed}.
[[nodiscard]] SafetensorsHeader parseSafetensorsHeader(std::string_view json, const std::string& subject);

} // namespace diascope::nn
