// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace diascope::nn {

/// Unpacks a raw deflate stream (RFC 1951) into exactly `size` bytes. `subject` names the file, `member` the part of it in errors.
/// Never writes more than `size` bytes and never reads outside `packed`. Throws Error{Malformed} for a stream that is damaged, that gives
/// more or fewer bytes, or that ends before or after `packed` does.
[[nodiscard]] std::string inflated(std::string_view packed, std::size_t size, const std::string& subject, const std::string& member);

} // namespace diascope::nn
