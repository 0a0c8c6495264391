// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

#include <array>

class QApplication;

namespace diascope::ui {

enum class ThemeKind { Dark, Light };

/// The colour tokens of one theme. Every pair of text and ground that is used has a contrast of at least 4.5:1 (tested).
struct ThemeColours {
    QColor window, panel, raised, field;      ///< Grounds, from the frame of the window to an input field.
    QColor border, text, textMuted;
    QColor accent, accentText;                ///< Selected things and the main button.
    QColor focus;                             ///< Ring around the control that has the keyboard.
    QColor good, warning, danger;             ///< Text on `panel`.
    QColor selection, scroll;                 ///< Ground of a selected row; handle of a scroll bar.
    QColor stripGround, stripText;            ///< The safety strip.
    QColor barTrack, barFill;                 ///< Class bars and progress.
    std::array<QColor, 4> curves;             ///< Training, validation, AUC, marker.
};

[[nodiscard]] const ThemeColours& themeColours(ThemeKind kind);
/// The tokens of the theme that `palette` belongs to; widgets ask with their own palette and repaint on PaletteChange.
[[nodiscard]] const ThemeColours& themeColours(const QPalette& palette);
[[nodiscard]] QPalette themePalette(ThemeKind kind);
[[nodiscard]] QString themeStyleSheet(ThemeKind kind);
/// Fusion style, palette and style sheet for the whole application.
void applyTheme(QApplication& application, ThemeKind kind);

/// Contrast ratio of WCAG 2.1 (1..21) between two opaque colours.
[[nodiscard]] double contrastRatio(const QColor& a, const QColor& b);

} // namespace diascope::ui
