// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace diascope::formats {

/// What the header of a plain picture says, in terms of the picture that will be delivered.
struct PictureHeader {
    std::uint32_t width = 0;  ///< As stored, before `orientation`.
    std::uint32_t height = 0;
    int channels = 1;         ///< Delivered: 1 (grey) or 3 (RGB).
    int storedChannels = 1;   ///< Samples that the codec has to hold for one pixel, alpha included.
    int bits = 8;             ///< Bits of a delivered sample: 8, 16, 32 (float) or 64 (double).
    int orientation = 1;      ///< EXIF/TIFF orientation, 1..8.
    int frames = 1;
    bool lossy = false;
    bool isSigned = false;      ///< Signed or floating-point samples.
    bool lowestIsWhite = false; ///< Delivered as stored, with the lowest value white.
    std::string lossyMethod;
    std::vector<base::Problem> problems;
};

/// Throws Error{Malformed} for an empty picture and Error{TooLarge} for one over kMaxDecodedBytes.
void checkLimits(const PictureHeader& header, const std::string& kind, const std::string& subject);

} // namespace diascope::formats
