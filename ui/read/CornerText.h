// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/SourceInfo.h"

#include <QString>
#include <QStringList>

namespace diascope::ui {

/// What the annotations of one shown image are made from.
struct ShownImage {
    const image::Image& image;
    const image::SourceInfo& info;
    image::Window window;
    bool inverted = false;
    double zoom = 1.0;
    int index = 0, count = 1;      ///< 0-based number and size of the series.
    bool cine = false;             ///< The series can run: show the rate.
    double framesPerSecond = 0.0;
    bool rateAssumed = false;
};

/// Identity of the patient: name, ID, sex, birth date, age; empty lines are left out, so that unknown is blank.
[[nodiscard]] QStringList patientLines(const image::PatientIdentity& patient);
/// Study and series.
[[nodiscard]] QStringList studyLines(const image::SourceInfo& info);
/// Source, date, modality.
[[nodiscard]] QStringList sourceLines(const image::SourceInfo& info);
/// What a reader must know before trusting the picture: lossy, incomplete; `uncalibrated` with the measuring annotations.
[[nodiscard]] QStringList markers(const image::Image& image, const image::SourceInfo& info, bool withCalibration);
/// Window/level and zoom.
[[nodiscard]] QStringList displayLines(const ShownImage& shown);
/// Image number, frame rate, slice.
[[nodiscard]] QStringList numberLines(const ShownImage& shown);
/// Value of the pixel at (x, y) in modality units with the unit, or the colour.
[[nodiscard]] QString probeLine(const image::Image& image, int x, int y);
/// Name of a window in the user's language when it is one of ours; the text of a file as it is, made safe.
[[nodiscard]] QString windowName(const std::string& explanation);
/// "20240131" -> "2024-01-31"; anything else unchanged.
[[nodiscard]] QString dateText(const std::string& dicomDate);

} // namespace diascope::ui
