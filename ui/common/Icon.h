// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace diascope::ui {

/// One of our own stroke icons (resources/icons/<name>.svg), drawn in the text colour of the theme that is set when it is painted,
/// so that a change of theme needs no new icons. Names: see resources/resources.qrc.
[[nodiscard]] QIcon icon(const QString& name);

} // namespace diascope::ui
