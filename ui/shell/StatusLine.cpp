// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shell/StatusLine.h"

#include "ui/common/Labels.h"
#include "ui/common/Text.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>

namespace diascope::ui {

StatusLine::StatusLine(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("statusLine"));
    m_device = makeLabel(QStringLiteral("deviceLabel"), {}, QStringLiteral("muted"));
    m_memory = makeLabel(QStringLiteral("memoryLabel"), {}, QStringLiteral("muted"));
    m_work = makeLabel(QStringLiteral("workLabel"));
    for (QLabel* label : {m_device, m_memory, m_work}) {
        label->setWordWrap(false);
    }
    m_progress = new QProgressBar;
    m_progress->setObjectName(QStringLiteral("workProgressBar"));
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(160);
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setObjectName(QStringLiteral("workCancelButton"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(14);
    layout->addWidget(m_device);
    layout->addWidget(m_memory);
    layout->addStretch(1);
    layout->addWidget(m_work);
    layout->addWidget(m_progress);
    layout->addWidget(m_cancel);
    setFixedHeight(m_cancel->sizeHint().height() + 4); // the line keeps its height when work comes and goes
    connect(m_cancel, &QPushButton::clicked, this, &StatusLine::cancelRequested);
    setWork(std::nullopt);
}

void StatusLine::setDevice(const QString& text)
{
    m_device->setText(text);
}

void StatusLine::setMemory(const QString& text)
{
    m_memory->setText(text);
}

void StatusLine::setWork(const std::optional<base::Progress>& progress)
{
    m_progress->setVisible(progress.has_value());
    m_cancel->setVisible(progress.has_value());
    if (!progress) {
        m_work->clear();
        return;
    }
    QString text = safeText(progress->stage);
    if (progress->total > 0) {
        text += QStringLiteral("  %1 / %2").arg(progress->done).arg(progress->total);
        m_progress->setRange(0, 1000);
        m_progress->setValue(static_cast<int>(1000 * progress->done / progress->total));
    } else {
        m_progress->setRange(0, 0);
    }
    const QString left = timeLeftText(progress->secondsLeft);
    m_work->setText(left.isEmpty() ? text : QStringLiteral("%1, %2").arg(text, left));
}

} // namespace diascope::ui
