// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "formats/Formats.h"
#include "formats/PictureHeader.h"
#include "image/Image.h"

#include <cstddef>
#include <span>
#include <string>

namespace diascope::formats {

/// The frame header, EXIF orientation and Adobe marker, by a bounded walk over the markers (ITU-T T.81, B.1.1).
struct JpegHeader : PictureHeader {
    int components = 0;  ///< 1, 3 or 4.
    bool adobe = false;  ///< Four-component files of Adobe programs store inverted ink.
};
[[nodiscard]] JpegHeader jpegHeader(std::span<const std::byte> bytes, const std::string& subject);

/// Decodes by libturbojpeg with the accurate inverse transform; `reduce` uses its exact 1/2, 1/4, 1/8 scaling. With
/// `joinEqualChannels` or `greyLevels` a grey picture stored in colour comes as its luminance, without any conversion; one that has colour
/// somewhere comes in colour.
[[nodiscard]] image::Image readJpeg(std::span<const std::byte> bytes, const std::string& subject, const ReadOptions& options);

} // namespace diascope::formats
