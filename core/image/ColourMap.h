// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace diascope::image {

/// Colour scales for maps laid over an image. All but the last are perceptually uniform (viewer.md, model overlays).
enum class ColourMap { Inferno, Viridis, Cividis, Magma, JetLegacy };

struct Rgb8 {
    std::uint8_t red = 0, green = 0, blue = 0;
    bool operator==(const Rgb8&) const = default;
};
using ColourTable = std::array<Rgb8, 256>;

/// In the order in which they are offered; the first is the default.
[[nodiscard]] std::span<const ColourMap> colourMaps();
/// "inferno", "viridis", "cividis", "magma", "jet (legacy)".
[[nodiscard]] std::string_view name(ColourMap map);
[[nodiscard]] std::optional<ColourMap> colourMapFromName(std::string_view name);
/// Entry 0 is the lowest value. The values are those of matplotlib (BSD-style licence; the perceptual ones CC0).
[[nodiscard]] const ColourTable& colourTable(ColourMap map);
/// `value` 0..1, clamped; NaN counts as 0.
[[nodiscard]] Rgb8 colourAt(ColourMap map, double value);

} // namespace diascope::image
