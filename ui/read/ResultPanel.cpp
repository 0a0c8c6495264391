// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/ResultPanel.h"

#include "ui/common/Icon.h"
#include "ui/common/Labels.h"
#include "ui/common/Text.h"
#include "ui/read/AnswerView.h"
#include "ui/read/OverlayControls.h"

#include <QFrame>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace diascope::ui {

ResultPanel::ResultPanel(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("resultPanel"));
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    m_packageLine = makeLabel(QStringLiteral("packageLabel"));
    m_packageDetail = makeLabel(QStringLiteral("packageDetailLabel"), {}, QStringLiteral("muted"));
    m_calibration = makeLabel(QStringLiteral("calibrationLabel"));
    m_message = makeLabel(QStringLiteral("resultMessageLabel"));
    m_openButton = new QPushButton(icon(QStringLiteral("package")), tr("Open model package…"));
    m_openButton->setObjectName(QStringLiteral("openPackageButton"));
    m_askButton = new QPushButton(icon(QStringLiteral("start")), tr("Ask the model"));
    m_askButton->setObjectName(QStringLiteral("askButton"));
    m_answer = new AnswerView;
    m_overlay = new OverlayControls;

    auto* body = new QWidget;
    body->setObjectName(QStringLiteral("scrollBody"));
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(12, 10, 12, 12);
    layout->setSpacing(6);
    layout->addWidget(makeLabel(QStringLiteral("resultTitleLabel"), tr("Model result"), QStringLiteral("title")));
    layout->addWidget(m_packageLine);
    layout->addWidget(m_packageDetail);
    layout->addWidget(m_calibration);
    layout->addWidget(makeLine());
    layout->addWidget(m_message);
    layout->addWidget(m_openButton);
    layout->addWidget(m_askButton);
    layout->addWidget(m_answer);
    m_overlayLine = makeLine();
    layout->addWidget(m_overlayLine);
    layout->addWidget(m_overlay);
    m_evidenceLine = makeLine();
    layout->addWidget(m_evidenceLine);
    layout->addWidget(m_answer->evidence());
    layout->addStretch(1);

    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("resultScrollArea"));
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(scroll);
    setMinimumWidth(300);

    connect(m_openButton, &QPushButton::clicked, this, &ResultPanel::packageRequested);
    connect(m_askButton, &QPushButton::clicked, this, &ResultPanel::predictionRequested);
    setPackage(std::nullopt);
}

QWidget* ResultPanel::makeLine()
{
    auto* line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Plain);
    line->setForegroundRole(QPalette::Mid);
    return line;
}

void ResultPanel::clear()
{
    m_answer->setPrediction(std::nullopt);
    m_overlay->setExplanation(std::nullopt);
    setState(m_package ? State::Ready : State::NoPackage);
}

void ResultPanel::setPackage(const std::optional<predict::PackageIdentity>& package)
{
    showPackage(package);
    clear();
}

void ResultPanel::showPackage(const std::optional<predict::PackageIdentity>& package)
{
    m_package = package;
    if (package) {
        m_packageLine->setText(packageTitle(*package));
        m_packageLine->setToolTip(plainToolTip(tr("SHA-256 %1").arg(safeText(package->sha256))));
        m_packageDetail->setText(package->trainedOn.empty() ? tr("The package does not say what it was trained on.")
                                                            : tr("Trained on: %1").arg(safeText(package->trainedOn)));
        m_calibration->setText(calibrationText(*package));
        setRole(m_calibration, package->calibrated ? QStringLiteral("muted") : QStringLiteral("warning"));
    }
    for (QLabel* label : {m_packageLine, m_packageDetail, m_calibration}) {
        label->setVisible(package.has_value());
    }
}

void ResultPanel::setRunning()
{
    m_answer->setPrediction(std::nullopt);
    setState(State::Running);
}

void ResultPanel::setPrediction(const predict::Prediction& prediction)
{
    // Who answered is what the answer says, not what was opened last.
    showPackage(prediction.package);
    m_answer->setPrediction(prediction);
    setState(State::Answer);
}

void ResultPanel::setError(const QString& text)
{
    m_answer->setPrediction(std::nullopt);
    setState(State::Failed);
    m_message->setText(text);
    setRole(m_message, QStringLiteral("danger"));
}

void ResultPanel::setState(State state)
{
    m_state = state;
    QString text;
    switch (state) {
    case State::NoPackage: text = tr("No model package is open. The image can be read without one."); break;
    case State::Ready: text = tr("No answer for this image."); break;
    case State::Running: text = tr("The model is reading the image…"); break;
    case State::Answer:
    case State::Failed: break;
    }
    m_message->setText(text);
    setRole(m_message, QStringLiteral("muted"));
    m_message->setVisible(state != State::Answer);
    m_openButton->setVisible(state == State::NoPackage);
    m_askButton->setVisible(state == State::Ready || state == State::Failed);
    m_answer->setVisible(state == State::Answer);
    for (QWidget* part : {m_overlayLine, static_cast<QWidget*>(m_overlay), m_evidenceLine, m_answer->evidence()}) {
        part->setVisible(state == State::Answer);
    }
}

} // namespace diascope::ui
