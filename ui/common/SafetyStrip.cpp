// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/common/SafetyStrip.h"

#include <QHBoxLayout>
#include <QLabel>

namespace diascope::ui {

SafetyStrip::SafetyStrip(QWidget* parent)
    : QFrame(parent)
{
    setObjectName(QStringLiteral("safetyStrip"));
    auto* label = new QLabel(sentence(), this);
    label->setObjectName(QStringLiteral("safetyLabel"));
    label->setTextFormat(Qt::PlainText);
    label->setAlignment(Qt::AlignCenter);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 3, 8, 3);
    layout->addWidget(label);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QString SafetyStrip::sentence()
{
    return tr("Research and education software. Not a medical device. Not for diagnosis or treatment decisions.");
}

} // namespace diascope::ui
