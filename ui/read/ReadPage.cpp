// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/ReadPage.h"

#include "ui/common/SafetyStrip.h"
#include "ui/read/AnswerView.h"
#include "ui/read/CineBar.h"
#include "ui/read/OverlayControls.h"
#include "ui/read/ResultPanel.h"
#include "ui/read/SeriesPanel.h"
#include "ui/read/Viewport.h"

#include <QKeyEvent>
#include <QPainter>
#include <QSplitter>
#include <QVBoxLayout>

namespace diascope::ui {

ReadPage::ReadPage(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("readPage"));
    m_series = new SeriesPanel;
    m_viewport = new Viewport;
    m_cine = new CineBar;
    m_result = new ResultPanel;

    auto* centre = new QWidget;
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_viewport, 1);
    column->addWidget(m_cine);

    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->setObjectName(QStringLiteral("readSplitter"));
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_series);
    m_splitter->addWidget(centre);
    m_splitter->addWidget(m_result);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setStretchFactor(2, 0);
    m_splitter->setSizes({230, 800, 320});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);
    connectParts();
}

void ReadPage::connectParts()
{
    OverlayControls& overlay = m_result->overlayControls();
    // An image that changes voids what was said about the last one, before anyone can ask for anything new.
    connect(m_viewport, &Viewport::shownChanged, this, [this] {
        m_answeredBy.clear();
        m_result->clear();
        if (m_viewport->hasImage()) {
            Q_EMIT imageShown();
        }
    });
    connect(m_viewport, &Viewport::viewChanged, this, [this] {
        m_cine->setImageCount(m_viewport->imageCount());
        m_cine->setCurrent(m_viewport->currentIndex());
        m_cine->setRunning(m_viewport->cineRunning());
        m_cine->setFrameRate(m_viewport->framesPerSecond(), m_viewport->frameRateAssumed());
    });
    connect(m_viewport, &Viewport::overlayVisibleChanged, &overlay, &OverlayControls::setOverlayVisible);
    connect(m_viewport, &Viewport::seriesStepRequested, m_series, &SeriesPanel::step);
    connect(m_viewport, &Viewport::maximiseRequested, this, [this] { setMaximised(!m_maximised); });
    connect(m_series, &SeriesPanel::seriesRequested, m_viewport, [this] { m_viewport->setFocus(); });
    connect(m_cine, &CineBar::imageRequested, m_viewport, [this](int index) {
        m_viewport->setCineRunning(false);
        m_viewport->requestImage(index);
    });
    connect(m_cine, &CineBar::runRequested, m_viewport, [this](bool running) {
        m_viewport->setCineRunning(running);
        m_cine->setRunning(m_viewport->cineRunning());
    });
    connect(m_cine, &CineBar::frameRateRequested, m_viewport, &Viewport::setFramesPerSecond);
    connect(&overlay, &OverlayControls::visibleRequested, m_viewport, &Viewport::setOverlayVisible);
    connect(&overlay, &OverlayControls::styleRequested, m_viewport, &Viewport::setOverlayStyle);
}

bool ReadPage::setPrediction(const predict::Prediction& prediction)
{
    if (!m_viewport->matches(prediction.source)) {
        return false;
    }
    m_result->setPrediction(prediction);
    QStringList classes;
    for (const predict::ClassAnswer& answer : prediction.classes) {
        classes << QString::fromStdString(base::visibleText(answer.name));
    }
    m_result->overlayControls().setClasses(classes, prediction.top);
    m_answeredBy = packageTitle(prediction.package) + QStringLiteral(". ") + calibrationText(prediction.package);
    return true;
}

bool ReadPage::setExplanation(const std::optional<predict::Explanation>& explanation)
{
    const bool accepted = m_viewport->setExplanation(explanation);
    m_result->overlayControls().setExplanation(accepted ? explanation : std::nullopt);
    return accepted;
}

void ReadPage::setOverlayVisible(bool visible)
{
    m_viewport->setOverlayVisible(visible);
    m_result->overlayControls().setOverlayVisible(visible);
}

void ReadPage::setOverlayStyle(const OverlayStyle& style)
{
    m_viewport->setOverlayStyle(style);
    m_result->overlayControls().setOverlayStyle(style);
}

void ReadPage::setMaximised(bool maximised)
{
    m_maximised = maximised;
    m_series->setVisible(!maximised);
    m_result->setVisible(!maximised);
}

QImage ReadPage::screenshot()
{
    const QImage view = m_viewport->screenshot();
    const double ratio = view.devicePixelRatio();
    QStringList lines{SafetyStrip::sentence()};
    if (!m_answeredBy.isEmpty()) {
        lines << m_answeredBy;
    }
    const int line = fontMetrics().lineSpacing() + 2;
    const int width = qRound(view.width() / ratio);
    const int height = qRound(view.height() / ratio);
    const int foot = line * static_cast<int>(lines.size()) + 8;
    QImage whole(qRound(width * ratio), qRound((height + foot) * ratio), QImage::Format_RGB32);
    whole.setDevicePixelRatio(ratio);
    whole.fill(Qt::black);
    QPainter painter(&whole);
    painter.setFont(font());
    painter.drawImage(0, 0, view);
    painter.setPen(Qt::white);
    for (int i = 0; i < lines.size(); ++i) {
        painter.drawText(QRect(8, height + 4 + i * line, width - 16, line), Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(lines[i], Qt::ElideRight, width - 16));
    }
    return whole;
}

void ReadPage::keyPressEvent(QKeyEvent* event)
{
    // Keys that the focused control did not want belong to the image.
    m_viewport->keyPressEvent(event);
}

void ReadPage::keyReleaseEvent(QKeyEvent* event)
{
    m_viewport->keyReleaseEvent(event);
}

} // namespace diascope::ui
