// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/Image.h"
#include "image/SourceInfo.h"
#include "predict/Prediction.h"
#include "study/Series.h"
#include "train/EpochReport.h"

#include <string>
#include <vector>

namespace diascope::test {

/// Made-up pictures and answers for the interface; no real patient is in them.
struct Shown {
    image::Image image;
    image::SourceInfo info;
};

/// A fan of speckle with a kidney-like ellipse, 8-bit grey, calibrated, lossy; number `frame` of a loop.
[[nodiscard]] Shown ultrasound(int frame = 0, int width = 640, int height = 480);
/// An axial slice in HU, 16-bit, with geometry, spacing 0.7 mm and two windows.
[[nodiscard]] Shown ct(int slice = 0);
/// A series of one multi-frame file, or of `count` single images.
[[nodiscard]] study::Series series(const std::string& key, const Shown& first, int count, bool multiFrame);
/// Two classes, calibrated, locked threshold, five folds; bound to `shown`.
[[nodiscard]] predict::Prediction prediction(const Shown& shown, int frame = 0);
/// A 7 x 7 map over the middle of the picture; bound to `shown`.
[[nodiscard]] predict::Explanation explanation(const Shown& shown, int frame = 0);
/// Epoch number `epoch` of a run that learns.
[[nodiscard]] train::EpochReport epochReport(int epoch, int epochs);

} // namespace diascope::test
