// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image/SourceInfo.h"
#include "ui/read/ViewState.h"

#include <QString>

#include <array>
#include <optional>

namespace diascope::ui {

/// Where the right side and the lower side of an image (as stored) point to in the patient: "L", "PH", ...
struct ImageOrientation {
    QString right, down;
};

/// From the direction cosines, else from Patient Orientation (0020,0020); nullopt when the file says neither. Never guessed.
[[nodiscard]] std::optional<ImageOrientation> imageOrientation(const image::SourceInfo& info);

/// Letters at the left, top, right and bottom edge of the screen for an image that is shown through `view`.
[[nodiscard]] std::array<QString, 4> edgeLetters(const ImageOrientation& orientation, const ViewState& view);

/// "L" <-> "R", "A" <-> "P", "H" <-> "F", letter by letter.
[[nodiscard]] QString oppositeLetters(const QString& letters);

} // namespace diascope::ui
