// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/View.h"
#include "image/Windowing.h"

namespace diascope::image {

/// How an image is to be painted.
struct RenderRequest {
    View view;
    Window window;       ///< For colour it acts on each channel; defaultWindow() leaves colour as it is.
    bool invert = false;
    /// true: bilinear. false: square pixels where one image pixel covers 4 or more target pixels in both directions.
    /// A reduced image is averaged over whole blocks first in both cases, so that fine lines do not vanish.
    bool smooth = true;
    std::uint32_t background = 0xff000000U; ///< Where the view reaches beyond the image.
};

/// Paints the part of `image` that the view asks for into `target` (its size must be the view's): display table on the
/// visible part, resampling of the 8-bit result, all in one core. `lut` belongs to the caller and keeps its table between calls.
/// Throws Error{Internal} for an empty image, an impossible view or a target of another size.
void renderToRgb32(const Image& image, const RenderRequest& request, DisplayLut& lut, const RenderTarget& target);

/// The same into fresh memory with a table of its own (thumbnails, exports, tests).
[[nodiscard]] Rgb32 renderToRgb32(const Image& image, const RenderRequest& request);

/// A thumbnail that fits in `maxWidth` x `maxHeight` in the image's proportions, with its default window.
[[nodiscard]] Rgb32 thumbnail(const Image& image, int maxWidth, int maxHeight);

} // namespace diascope::image
