// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/View.h"

#include <QImage>

namespace diascope::ui {

/// A copy of rendered pixels as a QImage (Format_RGB32).
[[nodiscard]] QImage toQImage(const image::Rgb32& pixels);

} // namespace diascope::ui
