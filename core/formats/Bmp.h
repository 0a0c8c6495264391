// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "formats/PictureHeader.h"
#include "image/Image.h"

#include <cstddef>
#include <span>
#include <string>

namespace diascope::formats {

[[nodiscard]] PictureHeader bmpHeader(std::span<const std::byte> bytes, const std::string& subject);

/// Fourth samples are padding and left out; a palette of greys gives one channel, as in the file's meaning.
[[nodiscard]] image::Image readBmp(std::span<const std::byte> bytes, const std::string& subject);

} // namespace diascope::formats
