// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Json.h"
#include "image/Image.h"

#include <cstddef>
#include <vector>

namespace diascope::decode {

/// All of an image but its pixels and its modality table. Numbers that are not finite are written as text.
[[nodiscard]] base::Json imageMetaToJson(const image::Image& image);

/// The image again, over `pixels` and `table` (empty: no table). The text comes from a process that is not trusted:
/// everything is checked, also that the pixels have exactly the size of the shape. Throws Error{Malformed}.
[[nodiscard]] image::Image imageFromMeta(const base::Json& json, std::vector<std::byte> pixels,
                                         std::vector<float> table);

} // namespace diascope::decode
