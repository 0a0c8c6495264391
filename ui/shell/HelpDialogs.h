// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace diascope::ui {

/// Window-modal, without a nested event loop. `versions` is plain text.
void openAboutDialog(QWidget* parent, const QString& versions);
/// The keys and the mouse of the viewport, as a table.
void openKeyboardDialog(QWidget* parent);

} // namespace diascope::ui
