// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/AnswerView.h"

#include "image/Render.h"
#include "ui/common/Labels.h"
#include "ui/common/Pixels.h"
#include "ui/common/Text.h"
#include "ui/read/ClassBars.h"

#include <QFileInfo>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace diascope::ui {

namespace {

constexpr int kSawSize = 132;

QString shortHash(const std::string& hash)
{
    return safeText(hash.substr(0, 8));
}

} // namespace

QString packageTitle(const predict::PackageIdentity& package)
{
    return QStringLiteral("%1 %2 (%3)").arg(safeText(package.name), safeText(package.version), shortHash(package.sha256));
}

QString calibrationText(const predict::PackageIdentity& package)
{
    if (!package.calibrated) {
        return AnswerView::tr("Not calibrated: read the figures as scores, not as chances.");
    }
    return AnswerView::tr("Calibrated: %1").arg(safeText(package.calibration));
}

AnswerView::AnswerView(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("answerView"));
    m_verdict = makeLabel(QStringLiteral("verdictLabel"), {}, QStringLiteral("big"));
    m_operatingPoint = makeLabel(QStringLiteral("operatingPointLabel"), {}, QStringLiteral("muted"));
    m_warning = makeLabel(QStringLiteral("outOfDistributionLabel"), {}, QStringLiteral("warning"));
    m_bars = new ClassBars;
    m_folds = makeLabel(QStringLiteral("foldsLabel"), {}, QStringLiteral("muted"));
    m_set = makeLabel(QStringLiteral("predictionSetLabel"));
    m_sawPicture = makeLabel(QStringLiteral("networkSawPicture"));
    m_sawPicture->setAccessibleName(tr("What the network saw"));
    m_sawPicture->setWordWrap(false);
    m_sawText = makeLabel(QStringLiteral("networkSawLabel"), {}, QStringLiteral("muted"));
    m_source = makeLabel(QStringLiteral("sourceBindingLabel"), {}, QStringLiteral("muted"));

    auto* saw = new QHBoxLayout;
    saw->setSpacing(10);
    saw->addWidget(m_sawPicture);
    saw->addWidget(m_sawText, 1);
    saw->setAlignment(m_sawPicture, Qt::AlignTop);
    saw->setAlignment(m_sawText, Qt::AlignTop);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_verdict);
    layout->addWidget(m_operatingPoint);
    layout->addWidget(m_warning);
    layout->addSpacing(4);
    layout->addWidget(m_bars);
    layout->addWidget(m_folds);
    layout->addWidget(m_set);
    m_evidence = new QWidget(this);
    auto* below = new QVBoxLayout(m_evidence);
    below->setContentsMargins(0, 0, 0, 0);
    below->setSpacing(6);
    below->addWidget(makeLabel(QStringLiteral("networkSawTitleLabel"), tr("What the network saw"), QStringLiteral("title")));
    below->addLayout(saw);
    below->addWidget(m_source);
    setPrediction(std::nullopt);
}

void AnswerView::setPrediction(const std::optional<predict::Prediction>& prediction)
{
    m_bars->setPrediction(prediction);
    if (prediction) {
        showVerdict(*prediction);
        showEvidence(*prediction);
        return;
    }
    for (QLabel* label : {m_verdict, m_operatingPoint, m_warning, m_folds, m_set, m_sawPicture, m_sawText, m_source}) {
        label->clear();
    }
}

void AnswerView::showVerdict(const predict::Prediction& prediction)
{
    const auto top = static_cast<std::size_t>(std::max(0, prediction.top));
    if (!prediction.verdict.empty()) {
        m_verdict->setText(safeText(prediction.verdict));
    } else if (top < prediction.classes.size()) {
        m_verdict->setText(tr("Highest: %1").arg(safeText(prediction.classes[top].name)));
    } else {
        m_verdict->clear();
    }
    const QString threshold = number(prediction.threshold, 3);
    if (prediction.verdict.empty()) {
        m_operatingPoint->setText(tr("No verdict: the package has no operating point."));
    } else if (prediction.thresholdLocked) {
        m_operatingPoint->setText(tr("Operating point %1, locked on validation data").arg(threshold));
    } else {
        m_operatingPoint->setText(tr("Default threshold %1, not chosen on data").arg(threshold));
    }
    QString warning;
    if (prediction.outOfDistribution && prediction.outOfDistribution->flag) {
        QStringList reasons;
        for (const std::string& reason : prediction.outOfDistribution->reasons) {
            reasons << safeText(reason);
        }
        warning = tr("Not like the training data: %1.").arg(reasons.join(QStringLiteral("; ")));
    }
    m_warning->setText(warning);
    m_warning->setVisible(!warning.isEmpty());
}

void AnswerView::showEvidence(const predict::Prediction& prediction)
{
    const bool folds = prediction.folds.size() > 1;
    m_folds->setText(folds ? tr("Dots: the answers of the %1 members").arg(prediction.folds.size()) : QString());
    m_folds->setVisible(folds);
    QStringList set;
    for (const std::string& name : prediction.predictionSet) {
        set << safeText(name);
    }
    m_set->setText(set.isEmpty() ? QString() : tr("Prediction set: %1").arg(set.join(QStringLiteral(", "))));
    m_set->setVisible(!set.isEmpty());

    const image::Image& saw = prediction.networkSaw;
    m_sawPicture->setVisible(!saw.empty());
    if (saw.empty()) {
        m_sawPicture->clear();
        m_sawText->setText(tr("The package does not say."));
    } else {
        const QImage picture = toQImage(image::thumbnail(saw, kSawSize * 2, kSawSize * 2));
        QPixmap pixmap = QPixmap::fromImage(picture.scaled(kSawSize, kSawSize, Qt::KeepAspectRatio, Qt::SmoothTransformation));
        m_sawPicture->setPixmap(pixmap);
        m_sawText->setText(tr("%1 × %2 pixels, %3\nComputed in %4 ms")
                               .arg(saw.width).arg(saw.height)
                               .arg(saw.channels == 1 ? tr("grey") : tr("colour"), number(prediction.totalMs, 0)));
    }
    const QString file = QFileInfo(safeText(prediction.source.input)).fileName();
    m_source->setText(tr("From %1, frame %2, pixels %3")
                          .arg(file.isEmpty() ? tr("the shown image") : file)
                          .arg(prediction.source.frame + 1)
                          .arg(shortHash(prediction.source.pixelSha256)));
}

} // namespace diascope::ui
