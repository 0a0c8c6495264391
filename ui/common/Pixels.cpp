// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Pixels.h"

namespace diascope::ui {

QImage toQImage(const image::Rgb32& pixels)
{
    if (pixels.pixels.empty()) {
        return {};
    }
    return QImage(reinterpret_cast<const uchar*>(pixels.pixels.data()), pixels.width, pixels.height,
                  static_cast<qsizetype>(pixels.width) * 4, QImage::Format_RGB32)
        .copy();
}

} // namespace diascope::ui
