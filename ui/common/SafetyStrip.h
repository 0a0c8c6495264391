// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

namespace diascope::ui {

/// The permanent line of every window. It cannot be closed, hidden by a setting or scrolled away.
class SafetyStrip final : public QFrame {
    Q_OBJECT
public:
    explicit SafetyStrip(QWidget* parent = nullptr);
    /// The sentence itself, also for exports and pictures.
    [[nodiscard]] static QString sentence();
};

} // namespace diascope::ui
