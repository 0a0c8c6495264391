// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <cstddef>
#include <string>
#include <vector>

namespace diascope::image {

/// An image as the bytes of a PNG file: grey or RGB of 8 or 16 bits as stored. Signed values are shifted to be
/// unsigned. Throws Error{Unsupported} with `subject` for other types.
[[nodiscard]] std::vector<std::byte> encodePng(const Image& image, const std::string& subject);

} // namespace diascope::image
