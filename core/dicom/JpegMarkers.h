// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace diascope::dicom {

/// What the markers of one JPEG or JPEG-LS stream say. Nothing of the entropy-coded data is decoded.
struct JpegMarkers {
    enum class Process { None, Baseline, Extended, Progressive, Lossless, JpegLs };
    Process process = Process::None;
    int precision = 0;               ///< Bits a sample.
    int width = 0, height = 0;
    int components = 0;
    std::array<int, 4> componentIds{};
    bool subsampled = false;         ///< Any component has another resolution.
    bool jfif = false;
    int adobeTransform = -1;         ///< -1: no Adobe marker; 0: none (RGB); 1: YCbCr.
    int scans = 0;
    bool complete = false;           ///< The end-of-image marker is there.
    std::size_t length = 0;          ///< Bytes from SOI to the end of EOI, or to the end of the data.
    std::string refusal;             ///< Why no decoder may see it; empty when it is sound.
};

/// Walks the markers (ITU-T T.81 annex B, T.87). Bounded by the length of the data. Refuses markers outside their place: some
/// decoders never return from FF01 (safety.md F1).
[[nodiscard]] JpegMarkers readJpegMarkers(std::span<const std::byte> data);

} // namespace diascope::dicom
