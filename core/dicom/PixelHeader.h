// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "dicom/DataSet.h"
#include "image/Image.h"

#include <cstdint>
#include <string>
#include <vector>

namespace diascope::dicom {

/// Photometric Interpretation (0028,0004).
enum class ColourModel { Monochrome1, Monochrome2, Palette, Rgb, YbrFull, YbrFull422, YbrPartial, YbrRct, YbrIct, Unknown };

/// The Image Pixel module after its contradictions were settled. What cannot be decoded keeps its reason in `refusal`.
struct PixelHeader {
    bool present = false;          ///< The data set describes pixels.
    int rows = 0, columns = 0;
    int samples = 1;               ///< 1 or 3.
    int bitsAllocated = 8;         ///< 1, 8, 16, 32 or 64.
    int bitsStored = 8;
    int highBit = 7;
    bool isSigned = false;
    bool isFloat = false;          ///< Float or Double Float Pixel Data.
    bool planar = false;           ///< Planar Configuration 1.
    std::int64_t frames = 1;       ///< As declared, at least 1.
    ColourModel colour = ColourModel::Monochrome2;
    std::string photometric;       ///< As written, or what was assumed.
    std::string refusal;           ///< Why frame() must throw; empty when all is well.
    base::ErrorCode refusalCode = base::ErrorCode::Malformed;

    [[nodiscard]] std::uint64_t pixels() const { return static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns); }
    /// Bytes of one decoded frame in BitsAllocated-wide containers, colour at full resolution.
    [[nodiscard]] std::uint64_t frameBytes() const;
    /// Bits of one uncompressed frame as it stands in the file; chroma may be subsampled.
    [[nodiscard]] std::uint64_t storedBits() const;
    [[nodiscard]] image::PixelType pixelType() const;
};

/// Reads and judges the module; all sizes in 64-bit arithmetic. Contradictions that have one sensible reading become problems.
[[nodiscard]] PixelHeader readPixelHeader(const DataSet& data, const std::string& subject, std::vector<base::Problem>& problems);

} // namespace diascope::dicom
