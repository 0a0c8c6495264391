// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/PixelHeader.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace diascope::dicom {

/// One compressed frame and what the data set says about it. Everything outlives the call.
struct CodecInput {
    std::span<const std::byte> data;
    const PixelHeader& header;
    const std::string& subject; ///< For errors.
    int reduce = 0;             ///< Halvings wanted.
};

/// One frame out of a codec: interleaved samples in native (little) endian.
struct CodecOutput {
    enum class Colour {
        AsDeclared, ///< The Photometric Interpretation of the data set still holds.
        Rgb,        ///< Already RGB.
        Ybr,        ///< Full-range YCbCr, whatever is declared.
    };
    int width = 0, height = 0, channels = 1;
    int bytesPerSample = 1; ///< 1, 2 or 4.
    int precision = 8;      ///< Significant bits of a sample.
    Colour colour = Colour::AsDeclared;
    std::vector<std::byte> samples;
};

/// Each throws base::Error{Malformed|Unsupported|TooLarge} with the subject, and gives no more than the declared frame.
[[nodiscard]] CodecOutput decodeJpeg(const CodecInput& input);     ///< ITU-T T.81: turbojpeg for 8 bits, DCMTK's IJG for the rest.
[[nodiscard]] CodecOutput decodeJpegLs(const CodecInput& input);   ///< ITU-T T.87: CharLS.
[[nodiscard]] CodecOutput decodeJpeg2000(const CodecInput& input); ///< Also HTJ2K: OpenJPEG.
/// PS3.5 annex G. Planes are interleaved; samples are little endian in BitsAllocated-wide containers, 1-bit data stays packed.
[[nodiscard]] CodecOutput decodeRle(const CodecInput& input);

/// Throws Malformed unless the codec's size is the declared one.
void requireSameSize(const CodecInput& input, int width, int height, int channels, const char* codec);

} // namespace diascope::dicom
