// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/ColourMap.h"

namespace diascope::ui {

/// How a heat map lies over the picture. Values below the threshold are fully transparent (hard cut).
struct OverlayStyle {
    enum class Drawing {
        Smooth,   ///< Interpolated between the centres of the cells.
        Cells,    ///< The network's own grid.
        Contours, ///< Lines of equal value; the picture between them stays as it is.
    };
    double opacity = 0.5;   ///< 0..1, at the highest value.
    double threshold = 0.3; ///< 0..1 of the relative scale.
    image::ColourMap colourMap = image::ColourMap::Inferno;
    Drawing drawing = Drawing::Smooth;
    bool operator==(const OverlayStyle&) const = default;
};

} // namespace diascope::ui
