// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/View.h"

#include <filesystem>

namespace diascope::cli {

/// Writes 8- or 16-bit grey or RGB as PNG, atomically. Signed values are shifted to be unsigned; other types are refused with
/// Error{Unsupported} that names .npy as the way out.
void writePng(const std::filesystem::path& file, const image::Image& image);
void writePng(const std::filesystem::path& file, const image::Rgb32& picture);

} // namespace diascope::cli
