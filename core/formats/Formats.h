// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/SourceInfo.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace diascope::formats {

/// Plain pictures (PNG, JPEG, TIFF, BMP) from untrusted bytes in memory. Linked by the decoder process only.
/// The kind is found by content, never by the file name. Transparency is composited over black (the
/// background of medical pictures) and said in SourceInfo::problems. Screen resolutions (JFIF density, pHYs, TIFF
/// resolution) are no calibration: `spacing` stays empty.

/// Decoded pixels of one picture may not take more than this; checked from the header before anything is allocated.
inline constexpr std::size_t kMaxDecodedBytes = std::size_t{192} << 20;

struct ReadOptions {
    int frame = 0;  ///< 0-based page of a TIFF; 0 for the others.
    int reduce = 0; ///< JPEG: halve the size this many times, at most 3. Others deliver full size.
    bool joinEqualChannels = false; ///< UInt8 pictures whose three channels are equal in every pixel come as one channel.
    bool greyLevels = false;        ///< UInt8 pictures of three channels come as one, by image::toGrey().
};

/// "png", "jpeg", "tiff", "bmp", "dicom" (the Part 10 magic; this folder does not read it) or nothing.
[[nodiscard]] std::optional<std::string> sniff(std::span<const std::byte> bytes);

/// What a file that we do not read is, with its article ("a ZIP archive"), or nothing when it is not recognised.
[[nodiscard]] std::optional<std::string> foreignKind(std::span<const std::byte> bytes);

/// From the header alone. Rows and columns are those of the picture as delivered (EXIF orientation applied).
/// Throws Error{Unsupported|Malformed|TooLarge} with `subject`.
[[nodiscard]] image::SourceInfo readInfo(std::span<const std::byte> bytes, const std::string& subject);

/// One picture: UInt8, UInt16, Float32 or Float64, one or three channels. 16-bit samples keep 16 bits, grey stays grey.
/// Throws Error{Unsupported|Malformed|TooLarge|OutOfMemory} with `subject`. A picture whose data end early is
/// refused, not shown half.
[[nodiscard]] image::Image read(std::span<const std::byte> bytes, const std::string& subject,
                                const ReadOptions& options = {});

} // namespace diascope::formats
