// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace diascope::image {

/// A position in pixels. Everywhere in this file pixel (i, j) covers [i, i+1) x [j, j+1); its centre is (i+0.5, j+0.5).
struct Point {
    double x = 0.0, y = 0.0;
};

/// A rectangle of an image in its own pixels, edges at x0, y0 (left, top) and x1, y1 (right, bottom). May reach beyond it.
struct SourceRect {
    double x0 = 0.0, y0 = 0.0, x1 = 0.0, y1 = 0.0;
    [[nodiscard]] double width() const { return x1 - x0; }
    [[nodiscard]] double height() const { return y1 - y0; }
    bool operator==(const SourceRect&) const = default;
};

/// x' = xx * x + xy * y + dx, y' = yx * x + yy * y + dy.
struct Affine {
    double xx = 1.0, xy = 0.0, dx = 0.0;
    double yx = 0.0, yy = 1.0, dy = 0.0;
    [[nodiscard]] Point map(Point p) const { return {xx * p.x + xy * p.y + dx, yx * p.x + yy * p.y + dy}; }
    /// Throws Error{Internal} when the transform is singular.
    [[nodiscard]] Affine inverse() const;
};

/// What part of an image is seen, where, and how it is turned: the one transform that pixels, heat maps,
/// measurements and the mouse go through. The image is flipped left-right first (flipHorizontal) and then turned clockwise.
struct View {
    SourceRect source;           ///< This rectangle of the image fills the target. Width and height > 0.
    int width = 0, height = 0;   ///< Of the target, pixels. With rotation 90 or 270 the source's width lies along its height.
    int rotation = 0;            ///< 0, 90, 180 or 270 degrees, clockwise.
    bool flipHorizontal = false;
    [[nodiscard]] bool transposed() const { return rotation == 90 || rotation == 270; }
    /// Image position -> target position. Throws Error{Internal} for an empty view or another rotation.
    [[nodiscard]] Affine toTarget() const;
    /// Target position -> image position.
    [[nodiscard]] Affine toSource() const { return toTarget().inverse(); }
};

/// The view that shows a whole image of `imageWidth` x `imageHeight`, centred in `width` x `height`, in its proportions.
/// `pixelAspect` is the height of a pixel divided by its width (Spacing: rowMm / columnMm); 1 when unknown.
[[nodiscard]] View fitView(int imageWidth, int imageHeight, int width, int height, double pixelAspect = 1.0);

/// Pixels as QImage::Format_RGB32 has them: 0xffRRGGBB in native byte order, row by row from the top, no padding.
struct Rgb32 {
    int width = 0, height = 0;
    std::vector<std::uint32_t> pixels;
    [[nodiscard]] std::uint32_t at(int x, int y) const
    {
        return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
    }
};

/// The caller's memory to paint into (a QImage of Format_RGB32); not owned.
struct RenderTarget {
    std::uint32_t* pixels = nullptr;
    int width = 0, height = 0;
    std::ptrdiff_t strideBytes = 0; ///< From one row to the next; a multiple of 4, >= 4 * width.
};

[[nodiscard]] Rgb32 makeRgb32(int width, int height, std::uint32_t colour = 0xff000000U);
[[nodiscard]] RenderTarget targetOf(Rgb32& pixels);

} // namespace diascope::image
