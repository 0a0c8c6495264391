// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <array>
#include <cstdint>
#include <string>

namespace diascope::dataset {

/// What a picture looks like, small enough to be compared with every other. About 2.4 kB.
struct Fingerprint {
    static constexpr int kSide = 48;
    std::string exact;           ///< image::pixelHash: shape and stored samples. Empty: no picture could be read.
    std::uint64_t hash = 0;      ///< One bit for each of 64 low frequencies (DCT of `small`): above their median or
                                 ///< not.
    std::uint64_t mirrored = 0;  ///< The same of the picture with left and right exchanged.
    std::array<std::uint8_t, kSide * kSide> small{}; ///< 48 x 48 grey levels, Pillow's antialiased bicubic, proportions
                                                     ///< given up.
    std::array<float, 64> coarse{}; ///< Means over 8 x 8 fields of `small`, their mean taken off, of length 1; 0 when
                                    ///< flat.
    bool flat = true;            ///< Next to no contrast: like nothing but its exact copy.
};

/// Of an image as decoded, or of a row of a pixel store. Deep data go through their default window first.
[[nodiscard]] Fingerprint fingerprintOf(const image::Image& image);

/// Correlation of the coarse fields, -1..1: a quick look before the close one.
[[nodiscard]] float coarseLikeness(const Fingerprint& a, const Fingerprint& b, bool mirror = false);

/// How many of the 64 bits differ.
[[nodiscard]] int hashDistance(std::uint64_t a, std::uint64_t b);

/// How differently two pictures look, 0 = not at all: the levels of each are fitted to the other's by a parabola (so
/// that another contrast, brightness or slight gamma does not count), and of the root mean squares over the 64 blocks
/// of 6 x 6 the fourth largest is taken (a mark burnt into a corner does not count either), in standard deviations of
/// the picture; the larger of both directions. Measured on CT of the kidney: copies at half the size and JPEG quality
/// 70 or at full size and quality 20 reach 0.07; slices that follow each other directly begin at 0.077. `mirror`: left
/// and right of `b` exchanged.
[[nodiscard]] double lookDifference(const Fingerprint& a, const Fingerprint& b, bool mirror = false);

} // namespace diascope::dataset
