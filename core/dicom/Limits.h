// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace diascope::dicom {

// Every figure bounds what a hostile file can cost; together they keep one request below 512 MB.
inline constexpr int kMaxDepth = 64;                               ///< Nested sequences (DCMTK upstream uses the same figure).
inline constexpr std::size_t kMaxElements = 1'000'000;             ///< Indexed elements and items, 40 bytes each.
inline constexpr std::size_t kMaxFragments = 4'000'000;            ///< Fragments of encapsulated pixel data, 16 bytes each.
inline constexpr std::size_t kMaxInflatedBytes = 160u << 20;       ///< A deflated data set, whatever it claims.
inline constexpr std::size_t kMaxInflateRatio = 200;               ///< Inflated : deflated ...
inline constexpr std::size_t kMinInflateAllowance = 16u << 20;     ///< ... but this much is always allowed.
inline constexpr std::uint64_t kMaxFrameBytes = 192u << 20;        ///< One decoded frame as it is handed out.
inline constexpr std::uint64_t kMaxWaveletSamples = 40u << 20;     ///< JPEG 2000 needs about 8 bytes a sample while it decodes.
inline constexpr std::uint64_t kMaxScanSamples = 4'000'000'000ull; ///< JPEG scans x samples: bounds the time of a scan bomb.
inline constexpr int kMaxJpegScans = 128;
inline constexpr std::size_t kMaxTextBytes = 64u << 10;            ///< Of one text value that is converted.
inline constexpr std::size_t kMaxProblems = 32;                    ///< Listed per file.

} // namespace diascope::dicom
