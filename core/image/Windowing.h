// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"

#include <cstdint>
#include <span>
#include <vector>

namespace diascope::image {

/// The window to start with: the first of the file; else, for data of at most 8 bits and for colour, the full range
/// (a picture looks as it was stored); else autoWindow().
[[nodiscard]] Window defaultWindow(const Image& image);

/// From the 0.5th to the 99.5th percentile of the modality values, padding left out. Non-finite values are ignored.
/// LINEAR, or LINEAR_EXACT where the range is below one unit. Colour: the full range.
[[nodiscard]] Window autoWindow(const Image& image);

/// The full range of the stored bits, in modality units.
[[nodiscard]] Window fullRangeWindow(const Image& image);

/// CT presets in HU with their names, in the order of keys 3..9: Brain, Abdomen, Mediastinum, Lung, Bone (Weasis), Liver (OHIF), Kidney (MITK).
[[nodiscard]] std::span<const Window> ctPresets();

/// One modality value through a window: 0..255, not yet rounded (DICOM PS3.3 C.11.2.1.2.1, C.11.2.1.3).
/// Widths that the standard forbids (below 1 for LINEAR, not above 0 otherwise) act as the nearest allowed one: a step.
[[nodiscard]] double windowed(double modalityValue, const Window& window);

/// Stored value -> 8-bit grey through rescale, window, MONOCHROME1 and `invert`. For 8- and 16-bit types only
/// (256 or 65536 entries, index = bit pattern of the stored value, so Int16 -1 is entry 65535);
/// empty for 32- and 64-bit types, which are computed directly.
[[nodiscard]] std::vector<std::uint8_t> displayLut(const Image& image, const Window& window, bool invert);

/// A display table that is rebuilt only when the window or the meaning of the values changes. One per viewport.
class DisplayLut {
public:
    /// The table for these; valid until the next call.
    const std::vector<std::uint8_t>& update(const Image& image, const Window& window, bool invert);
    /// How often a table was really built.
    [[nodiscard]] int builds() const { return m_builds; }

private:
    struct Key {
        PixelType type = PixelType::UInt8;
        Photometric photometric = Photometric::Monochrome2;
        double slope = 1.0, intercept = 0.0;
        std::shared_ptr<const std::vector<float>> table;
        std::int64_t tableFirst = 0;
        Window window;
        bool invert = false;
        bool operator==(const Key&) const = default;
    };
    Key m_key;
    std::vector<std::uint8_t> m_table;
    int m_builds = 0;
};

/// The whole image as 8 bits for display, 1 or 3 channels, low = dark (MONOCHROME1 is turned round). UInt8, Monochrome2 or Rgb.
[[nodiscard]] Image toDisplay8(const Image& image, const Window& window, bool invert = false);

} // namespace diascope::image
