// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/View.h"

#include "base/Error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace diascope::image {

Affine Affine::inverse() const
{
    const double determinant = xx * yy - xy * yx;
    if (!(std::abs(determinant) > 0.0) || !std::isfinite(determinant)) {
        throw base::Error(base::ErrorCode::Internal, "view", "the transform cannot be inverted");
    }
    Affine result;
    result.xx = yy / determinant;
    result.xy = -xy / determinant;
    result.yx = -yx / determinant;
    result.yy = xx / determinant;
    result.dx = -(result.xx * dx + result.xy * dy);
    result.dy = -(result.yx * dx + result.yy * dy);
    return result;
}

Affine View::toTarget() const
{
    if (!(source.width() > 0.0) || !(source.height() > 0.0) || width <= 0 || height <= 0) {
        throw base::Error(base::ErrorCode::Internal, "view", "the view is empty");
    }
    // Into the unit square, flipped; then turned inside it; then out to the target.
    const double sx = (flipHorizontal ? -1.0 : 1.0) / source.width();
    const double sy = 1.0 / source.height();
    const double ox = flipHorizontal ? source.x1 / source.width() : -source.x0 / source.width();
    const double oy = -source.y0 / source.height();
    const double w = width;
    const double h = height;
    switch (rotation) {
    case 0: return {w * sx, 0.0, w * ox, 0.0, h * sy, h * oy};
    case 90: return {0.0, -w * sy, w * (1.0 - oy), h * sx, 0.0, h * ox};
    case 180: return {-w * sx, 0.0, w * (1.0 - ox), 0.0, -h * sy, h * (1.0 - oy)};
    case 270: return {0.0, w * sy, w * oy, -h * sx, 0.0, h * (1.0 - ox)};
    default: break;
    }
    throw base::Error(base::ErrorCode::Internal, "view", "rotation " + std::to_string(rotation) + " is none of 0, 90, 180, 270");
}

View fitView(int imageWidth, int imageHeight, int width, int height, double pixelAspect)
{
    const double aspect = pixelAspect > 0.0 && std::isfinite(pixelAspect) ? pixelAspect : 1.0;
    const double imageW = std::max(imageWidth, 1);
    const double imageH = std::max(imageHeight, 1) * aspect;
    View view;
    view.width = std::max(width, 1);
    view.height = std::max(height, 1);
    const double scale = std::min(view.width / imageW, view.height / imageH);
    const double seenW = view.width / scale;
    const double seenH = view.height / scale / aspect;
    view.source.x0 = (imageW - seenW) / 2.0;
    view.source.x1 = view.source.x0 + seenW;
    view.source.y0 = (std::max(imageHeight, 1) - seenH) / 2.0;
    view.source.y1 = view.source.y0 + seenH;
    return view;
}

Rgb32 makeRgb32(int width, int height, std::uint32_t colour)
{
    if (width < 0 || height < 0) {
        throw base::Error(base::ErrorCode::Internal, "pixels", "negative size");
    }
    return {width, height, std::vector<std::uint32_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), colour)};
}

RenderTarget targetOf(Rgb32& pixels)
{
    return {pixels.pixels.data(), pixels.width, pixels.height, static_cast<std::ptrdiff_t>(pixels.width) * 4};
}

} // namespace diascope::image
