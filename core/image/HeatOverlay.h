// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/ColourMap.h"
#include "image/View.h"

#include <vector>

namespace diascope::image {

/// A map of evidence on its own grid and the rectangle of the source image that the grid covers
/// (Preprocess::sourceRect of the package that made it). Fields of explain::HeatMap and predict::Explanation fit in one to one.
struct HeatGrid {
    int rows = 0, columns = 0;
    std::vector<float> values; ///< rows * columns, 0..1, row by row from the top; NaN is not painted.
    SourceRect covers;
};

/// How the map looks.
struct HeatStyle {
    ColourMap colourMap = ColourMap::Inferno;
    double opacity = 0.5;        ///< 0..1: of the strongest value.
    double threshold = 0.3;      ///< 0..1: values below are not painted at all (hard cut).
    bool alphaFromValue = true;  ///< Alpha = opacity * value; otherwise opacity everywhere above the threshold.
    bool smooth = true;          ///< Bilinear between cell centres; otherwise the network's own grid as cells.
    bool fill = true;
    bool contour = false;        ///< Iso-lines at contourLevels; they leave the speckle between them readable.
    std::vector<double> contourLevels{0.3, 0.5, 0.7, 0.9}; ///< Those below the threshold are not drawn.
};

/// Blends the map over pixels that were rendered through the same view. Nothing is painted outside `grid.covers`.
/// Throws Error{Internal} when the sizes disagree.
void blendHeat(const HeatGrid& grid, const HeatStyle& style, const View& view, const RenderTarget& target);

/// The map's value (0..1) under a position of the source image, for a read-out; NaN outside `covers`.
[[nodiscard]] double heatAt(const HeatGrid& grid, Point source, bool smooth = true);

/// The scale as a strip: highest value at the top (vertical) or at the right (horizontal when width > height). The part that
/// the threshold hides is drawn in dark grey, so that the reader sees what is not shown.
[[nodiscard]] Rgb32 legendStrip(const HeatStyle& style, int width, int height);

} // namespace diascope::image
