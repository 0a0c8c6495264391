// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <QString>

#include <string>

namespace diascope::ui {

/// Text that came from a file: control characters and bidirectional overrides made visible. Show it as Qt::PlainText only.
[[nodiscard]] QString safeText(const std::string& text);

/// What failed, in the user's language ("Damaged file").
[[nodiscard]] QString errorTitle(base::ErrorCode code);
/// What to do about it, in the user's language.
[[nodiscard]] QString errorRemedy(base::ErrorCode code);

/// "about 3 min left"; empty when `seconds` is negative (unknown).
[[nodiscard]] QString timeLeftText(double seconds);

/// Figure with a decimal separator of the user's language.
[[nodiscard]] QString number(double value, int decimals);

} // namespace diascope::ui
