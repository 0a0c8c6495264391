// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/Labels.h"

#include <QStyle>

namespace diascope::ui {

QLabel* makeLabel(const QString& objectName, const QString& text, const QString& role)
{
    auto* label = new QLabel(text);
    label->setObjectName(objectName);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    if (!role.isEmpty()) {
        label->setProperty("role", role);
    }
    return label;
}

void setRole(QWidget* widget, const QString& role)
{
    if (widget->property("role").toString() != role) {
        widget->setProperty("role", role);
        widget->style()->unpolish(widget);
        widget->style()->polish(widget);
    }
}

QString plainToolTip(const QString& text)
{
    return text.isEmpty() ? QString()
                          : QStringLiteral("<qt>%1</qt>").arg(text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br/>")));
}

} // namespace diascope::ui
