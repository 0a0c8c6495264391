// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Theme.h"

#include "ui/common/Resources.h"

#include <QApplication>
#include <QFile>
#include <QStyleFactory>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace diascope::ui {

namespace {

QColor rgb(unsigned value)
{
    return QColor::fromRgb(0xff000000u | value);
}

ThemeColours darkColours()
{
    return {.window = rgb(0x11161b),
            .panel = rgb(0x181f26),
            .raised = rgb(0x242e38),
            .field = rgb(0x0f1418),
            .border = rgb(0x36434f),
            .text = rgb(0xe6ecf1),
            .textMuted = rgb(0x9db0bf),
            .accent = rgb(0x2a76a9),
            .accentText = rgb(0xffffff),
            .focus = rgb(0xffc857),
            .good = rgb(0x6fd08c),
            .warning = rgb(0xf2b84b),
            .danger = rgb(0xff8a80),
            .selection = rgb(0x20384a),
            .scroll = rgb(0x4a5a68),
            .stripGround = rgb(0x3a2f12),
            .stripText = rgb(0xffdf9e),
            .barTrack = rgb(0x2b3640),
            .barFill = rgb(0x4aa3df),
            .curves = {rgb(0x5db0ea), rgb(0xf2a65a), rgb(0x6fd08c), rgb(0xffc857)}};
}

ThemeColours lightColours()
{
    return {.window = rgb(0xeef1f4),
            .panel = rgb(0xfafbfc),
            .raised = rgb(0xe3e8ed),
            .field = rgb(0xffffff),
            .border = rgb(0xbcc6cf),
            .text = rgb(0x17212a),
            .textMuted = rgb(0x4c5b68),
            .accent = rgb(0x1c6ea4),
            .accentText = rgb(0xffffff),
            .focus = rgb(0xb35c00),
            .good = rgb(0x1b6e36),
            .warning = rgb(0x8a5200),
            .danger = rgb(0xb3261e),
            .selection = rgb(0xd3e6f4),
            .scroll = rgb(0x93a1ad),
            .stripGround = rgb(0xfff1cc),
            .stripText = rgb(0x5a3d00),
            .barTrack = rgb(0xd5dce2),
            .barFill = rgb(0x1c6ea4),
            .curves = {rgb(0x1c6ea4), rgb(0xb35c00), rgb(0x1b6e36), rgb(0x6a3fa0)}};
}

double luminance(const QColor& colour)
{
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

} // namespace

const ThemeColours& themeColours(ThemeKind kind)
{
    static const ThemeColours dark = darkColours();
    static const ThemeColours light = lightColours();
    return kind == ThemeKind::Dark ? dark : light;
}

const ThemeColours& themeColours(const QPalette& palette)
{
    return themeColours(palette.color(QPalette::Window).lightness() < 128 ? ThemeKind::Dark : ThemeKind::Light);
}

QPalette themePalette(ThemeKind kind)
{
    const ThemeColours& c = themeColours(kind);
    QPalette palette;
    palette.setColor(QPalette::Window, c.window);
    palette.setColor(QPalette::WindowText, c.text);
    palette.setColor(QPalette::Base, c.field);
    palette.setColor(QPalette::AlternateBase, c.panel);
    palette.setColor(QPalette::Text, c.text);
    palette.setColor(QPalette::PlaceholderText, c.textMuted);
    palette.setColor(QPalette::Button, c.raised);
    palette.setColor(QPalette::ButtonText, c.text);
    palette.setColor(QPalette::BrightText, c.danger);
    palette.setColor(QPalette::ToolTipBase, c.raised);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::Highlight, c.accent);
    palette.setColor(QPalette::HighlightedText, c.accentText);
    palette.setColor(QPalette::Link, c.barFill);
    palette.setColor(QPalette::Light, c.raised);
    palette.setColor(QPalette::Midlight, c.raised);
    palette.setColor(QPalette::Mid, c.border);
    palette.setColor(QPalette::Dark, c.border);
    palette.setColor(QPalette::Shadow, rgb(0x000000));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, c.textMuted);
    }
    return palette;
}

QString themeStyleSheet(ThemeKind kind)
{
    initResources();
    QFile file(QStringLiteral(":/diascope/style/application.qss"));
    if (!file.open(QIODevice::ReadOnly)) {
        qFatal("The style sheet is missing from the program's resources.");
    }
    QString sheet = QString::fromUtf8(file.readAll());
    const ThemeColours& c = themeColours(kind);
    const std::vector<std::pair<const char*, QColor>> tokens{
        {"window", c.window},       {"panel", c.panel},         {"raised", c.raised},       {"field", c.field},
        {"border", c.border},       {"text", c.text},           {"textMuted", c.textMuted}, {"accent", c.accent},
        {"accentText", c.accentText}, {"focus", c.focus},       {"good", c.good},           {"warning", c.warning},
        {"danger", c.danger},       {"selection", c.selection}, {"scroll", c.scroll},       {"stripGround", c.stripGround},
        {"stripText", c.stripText}, {"barTrack", c.barTrack},   {"barFill", c.barFill}};
    for (const auto& [name, colour] : tokens) {
        sheet.replace(QStringLiteral("@{%1}").arg(QLatin1String(name)), colour.name());
    }
    return sheet;
}

void applyTheme(QApplication& application, ThemeKind kind)
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(themePalette(kind));
    application.setStyleSheet(themeStyleSheet(kind));
}

double contrastRatio(const QColor& a, const QColor& b)
{
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

} // namespace diascope::ui
