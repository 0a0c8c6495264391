// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QString>

namespace diascope::ui {

/// A plain-text label. `role`: "", "muted", "title", "big", "warning", "danger", "good", "changed" (resources/style).
[[nodiscard]] QLabel* makeLabel(const QString& objectName, const QString& text = {}, const QString& role = {});
/// Gives a label another role and repolishes it.
void setRole(QWidget* widget, const QString& role);
/// Text of a file as a tool tip: escaped, because tool tips guess at rich text.
[[nodiscard]] QString plainToolTip(const QString& text);

} // namespace diascope::ui
