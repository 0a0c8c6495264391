// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Icon.h"

#include "ui/common/Resources.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

namespace diascope::ui {

namespace {

/// Draws the SVG with the application's present text colour.
class ThemedIconEngine final : public QIconEngine {
public:
    explicit ThemedIconEngine(QByteArray svg)
        : m_svg(std::move(svg))
    {
    }
    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const auto role = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
        QByteArray svg = m_svg;
        svg.replace("currentColor", QGuiApplication::palette().color(group, role).name().toLatin1());
        QSvgRenderer renderer(svg);
        const double opacity = painter->opacity();
        painter->setOpacity(mode == QIcon::Disabled ? opacity * 0.55 : opacity);
        renderer.render(painter, QRectF(rect));
        painter->setOpacity(opacity);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }
    QIconEngine* clone() const override { return new ThemedIconEngine(m_svg); }

private:
    QByteArray m_svg;
};

} // namespace

QIcon icon(const QString& name)
{
    initResources();
    QFile file(QStringLiteral(":/diascope/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly)) {
        qFatal("The icon '%s' is missing from the program's resources.", qUtf8Printable(name));
    }
    return QIcon(new ThemedIconEngine(file.readAll()));
}

} // namespace diascope::ui
