// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dicom/PixelHeader.h"

#include <cstddef>
#include <span>
#include <vector>

namespace diascope::dicom {

/// Cuts the stored bits out of every container (mask, shift, sign extension), in place. `width` bytes a container: 1, 2 or 4.
void normaliseSamples(std::span<std::byte> samples, int width, int bitsStored, int highBit, bool isSigned);

/// Samples of `from` bytes into containers of `to` >= `from` bytes, zero extended.
[[nodiscard]] std::vector<std::byte> widenSamples(std::span<const std::byte> samples, int from, int to);

/// Three planes to interleaved samples of `width` bytes.
[[nodiscard]] std::vector<std::byte> interleavePlanes(std::span<const std::byte> planes, int width);

/// Y Y Cb Cr of two neighbouring pixels (PS3.3 C.7.6.3.1.2, YBR_FULL_422) to Y Cb Cr for each. Rows of odd width end with half a group.
[[nodiscard]] std::vector<std::byte> expand422(std::span<const std::byte> stored, int rows, int columns, int width);

/// Interleaved YCbCr to RGB in place; full or partial (studio) range. ITU-R BT.601, scaled to `bitsStored`.
void ybrToRgb(std::span<std::byte> samples, int width, int bitsStored, bool partialRange);

/// `count` bits beginning at bit `first` of packed data (least significant bit first) to bytes 0 and 1.
[[nodiscard]] std::vector<std::byte> unpackBits(std::span<const std::byte> packed, std::size_t first, std::size_t count);

/// Reverses the byte order inside units of `unit` bytes, in place; what does not fill a unit stays.
void swapUnits(std::span<std::byte> bytes, std::size_t unit);

} // namespace diascope::dicom
