// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/ClassBars.h"

#include "ui/common/Labels.h"
#include "ui/common/Text.h"
#include "ui/common/Theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace diascope::ui {

namespace {

constexpr int kBar = 9;
constexpr int kGap = 9;

QString percent(double probability)
{
    return ClassBars::tr("%1 %").arg(number(probability * 100.0, 1));
}

} // namespace

ClassBars::ClassBars(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("classBars"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ClassBars::setPrediction(const std::optional<predict::Prediction>& prediction)
{
    m_classes.clear();
    m_folds.clear();
    m_top = -1;
    if (prediction) {
        m_classes = prediction->classes;
        m_folds = prediction->folds.size() > 1 ? prediction->folds : std::vector<std::vector<double>>();
        m_top = prediction->top;
        m_threshold = prediction->threshold;
    }
    QStringList rows;
    for (int row = 0; row < static_cast<int>(m_classes.size()); ++row) {
        rows << rowText(row);
    }
    setAccessibleName(tr("Class probabilities"));
    setAccessibleDescription(rows.join(QStringLiteral("; ")));
    updateGeometry();
    update();
}

QString ClassBars::rowText(int row) const
{
    const auto index = static_cast<std::size_t>(row);
    if (row < 0 || index >= m_classes.size()) {
        return {};
    }
    const predict::ClassAnswer& answer = m_classes[index];
    return tr("%1: %2 (logit %3)").arg(safeText(answer.name), percent(answer.probability), number(answer.logit, 2));
}

int ClassBars::rowHeight() const
{
    return fontMetrics().height() + 4 + kBar + kGap;
}

QSize ClassBars::sizeHint() const
{
    return {200, std::max(1, rowHeight() * static_cast<int>(m_classes.size()))};
}

QSize ClassBars::minimumSizeHint() const
{
    return {120, sizeHint().height()};
}

void ClassBars::paintEvent(QPaintEvent*)
{
    const ThemeColours& colours = themeColours(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetrics metrics = fontMetrics();
    QFont bold = font();
    bold.setBold(true);
    const int numberWidth = QFontMetrics(bold).horizontalAdvance(percent(1.0));
    for (std::size_t i = 0; i < m_classes.size(); ++i) {
        const predict::ClassAnswer& answer = m_classes[i];
        const int top = rowHeight() * static_cast<int>(i);
        const bool first = static_cast<int>(i) == m_top;
        painter.setFont(first ? bold : font());
        painter.setPen(colours.text);
        painter.drawText(QRect(width() - numberWidth, top, numberWidth, metrics.height()), Qt::AlignRight | Qt::AlignVCenter,
                         percent(answer.probability));
        painter.setFont(font());
        painter.setPen(colours.textMuted);
        const QString logit = tr("logit %1").arg(number(answer.logit, 2));
        const int logitWidth = metrics.horizontalAdvance(logit);
        const QRect logitPlace(width() - numberWidth - logitWidth - 10, top, logitWidth, metrics.height());
        painter.drawText(logitPlace, Qt::AlignRight | Qt::AlignVCenter, logit);
        painter.setFont(first ? bold : font());
        painter.setPen(colours.text);
        const int nameWidth = logitPlace.left() - 8;
        painter.drawText(QRect(0, top, nameWidth, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetrics(painter.font()).elidedText(safeText(answer.name), Qt::ElideRight, nameWidth));

        const QRectF track(0, top + metrics.height() + 4, width(), kBar);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colours.barTrack);
        painter.drawRoundedRect(track, 3, 3);
        const double share = std::clamp(answer.probability, 0.0, 1.0);
        painter.setBrush(first ? colours.barFill : colours.textMuted);
        if (share > 0.0) {
            painter.drawRoundedRect(QRectF(track.left(), track.top(), std::max(3.0, track.width() * share), track.height()), 3, 3);
        }
        if (m_classes.size() == 2 && i == 1) {
            const double x = track.left() + track.width() * std::clamp(m_threshold, 0.0, 1.0);
            painter.setPen(QPen(colours.text, 2));
            painter.drawLine(QPointF(x, track.top() - 3), QPointF(x, track.bottom() + 3));
        }
        painter.setPen(QPen(colours.panel, 1));
        painter.setBrush(colours.focus);
        for (const std::vector<double>& fold : m_folds) {
            if (i < fold.size()) {
                const double x = track.left() + 4 + (track.width() - 8) * std::clamp(fold[i], 0.0, 1.0);
                painter.drawEllipse(QPointF(x, track.center().y()), 3.5, 3.5);
            }
        }
    }
}

bool ClassBars::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        QString text = rowText(help->pos().y() / std::max(1, rowHeight()));
        if (!text.isEmpty() && !m_folds.empty()) {
            text += QLatin1Char('\n') + tr("Dots: the answers of %1 members").arg(m_folds.size());
        }
        QToolTip::showText(help->globalPos(), plainToolTip(text), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace diascope::ui
