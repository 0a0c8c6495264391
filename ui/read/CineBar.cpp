// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/CineBar.h"

#include "ui/common/Icon.h"
#include "ui/common/Labels.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

namespace diascope::ui {

CineBar::CineBar(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("cineBar"));
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    m_play = new QToolButton(this);
    m_play->setObjectName(QStringLiteral("playButton"));
    m_play->setCheckable(true);
    m_play->setIconSize({20, 20});
    m_slider = new QSlider(Qt::Horizontal, this);
    m_slider->setObjectName(QStringLiteral("imageSlider"));
    m_slider->setAccessibleName(tr("Image number"));
    m_slider->setMinimumWidth(120);
    m_number = makeLabel(QStringLiteral("imageNumberLabel"));
    m_number->setWordWrap(false);
    m_number->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_rate = new QDoubleSpinBox(this);
    m_rate->setObjectName(QStringLiteral("frameRateSpinBox"));
    m_rate->setAccessibleName(tr("Frame rate"));
    m_rate->setToolTip(tr("Frame rate of the cine loop; frames are dropped rather than slowed down"));
    m_rate->setRange(0.5, 200.0);
    m_rate->setDecimals(1);
    m_rate->setSuffix(tr(" frames/s"));
    m_rate->setKeyboardTracking(false);
    m_assumed = makeLabel(QStringLiteral("rateAssumedLabel"), tr("assumed"), QStringLiteral("warning"));
    m_assumed->setWordWrap(false);
    m_assumed->setToolTip(tr("The file does not tell its frame rate"));

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(8);
    layout->addWidget(m_play);
    layout->addWidget(m_slider, 1);
    layout->addWidget(m_number);
    layout->addWidget(m_rate);
    layout->addWidget(m_assumed);

    connect(m_play, &QToolButton::clicked, this, [this](bool checked) { Q_EMIT runRequested(checked); });
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) { Q_EMIT imageRequested(value - 1); });
    connect(m_rate, &QDoubleSpinBox::valueChanged, this, &CineBar::frameRateRequested);
    setRunning(false);
    setImageCount(0);
}

void CineBar::setImageCount(int count)
{
    const QSignalBlocker quiet(m_slider);
    m_slider->setRange(1, qMax(1, count));
    m_slider->setPageStep(10);
    setVisible(count > 1);
    m_number->setMinimumWidth(m_number->fontMetrics().horizontalAdvance(QStringLiteral("%1 / %1 ").arg(count)));
    showNumber();
}

void CineBar::setCurrent(int index)
{
    // While the user holds the slider it shows where they are, not what has arrived.
    if (index >= 0 && !m_slider->isSliderDown()) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(index + 1);
    }
    showNumber();
}

void CineBar::setRunning(bool running)
{
    m_play->setChecked(running);
    if (running == m_running && !m_play->icon().isNull()) {
        return; // called for each image of a loop
    }
    m_running = running;
    m_play->setIcon(icon(running ? QStringLiteral("pause") : QStringLiteral("play")));
    const QString text = running ? tr("Pause (C)") : tr("Play as cine (C)");
    m_play->setToolTip(text);
    m_play->setAccessibleName(text);
}

void CineBar::setFrameRate(double framesPerSecond, bool assumed)
{
    if (framesPerSecond > 0.0 && !m_rate->hasFocus()) {
        const QSignalBlocker quiet(m_rate);
        m_rate->setValue(framesPerSecond);
    }
    m_rate->setEnabled(framesPerSecond > 0.0);
    m_play->setEnabled(framesPerSecond > 0.0);
    m_assumed->setVisible(assumed);
}

void CineBar::showNumber()
{
    m_number->setText(QStringLiteral("%1 / %2").arg(m_slider->value()).arg(m_slider->maximum()));
}

} // namespace diascope::ui
