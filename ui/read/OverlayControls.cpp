// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/OverlayControls.h"

#include "ui/common/Labels.h"
#include "ui/common/Text.h"
#include "ui/read/LegendBar.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QSlider>

namespace diascope::ui {

namespace {

QComboBox* makeCombo(const QString& name, const QString& accessible)
{
    auto* combo = new QComboBox;
    combo->setObjectName(name);
    combo->setAccessibleName(accessible);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(8);
    return combo;
}

QSlider* makePercentSlider(const QString& name, const QString& accessible, const QString& tip)
{
    auto* slider = new QSlider(Qt::Horizontal);
    slider->setObjectName(name);
    slider->setAccessibleName(accessible);
    slider->setToolTip(tip);
    slider->setRange(0, 100);
    slider->setPageStep(10);
    return slider;
}

} // namespace

OverlayControls::OverlayControls(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("overlayControls"));
    m_visible = new QCheckBox(tr("Model overlay"));
    m_visible->setObjectName(QStringLiteral("overlayCheckBox"));
    m_visible->setToolTip(tr("Where in the image the answer comes from (G; hold H to hide)"));
    m_method = makeCombo(QStringLiteral("methodComboBox"), tr("Method"));
    m_class = makeCombo(QStringLiteral("classComboBox"), tr("Class"));
    m_colourMap = makeCombo(QStringLiteral("colourMapComboBox"), tr("Colours"));
    for (const image::ColourMap map : image::colourMaps()) {
        QString shown = QString::fromUtf8(image::name(map).data(), static_cast<qsizetype>(image::name(map).size()));
        shown[0] = shown[0].toUpper();
        m_colourMap->addItem(map == image::ColourMap::JetLegacy ? tr("Jet (legacy)") : shown, static_cast<int>(map));
    }
    m_grid = makeCombo(QStringLiteral("gridComboBox"), tr("Drawing"));
    m_grid->addItem(tr("Smooth"), static_cast<int>(OverlayStyle::Drawing::Smooth));
    m_grid->addItem(tr("Network's own grid"), static_cast<int>(OverlayStyle::Drawing::Cells));
    m_grid->addItem(tr("Contour lines"), static_cast<int>(OverlayStyle::Drawing::Contours));
    m_opacity = makePercentSlider(QStringLiteral("opacitySlider"), tr("Opacity"), tr("How strongly the highest value covers the image"));
    m_threshold = makePercentSlider(QStringLiteral("thresholdSlider"), tr("Threshold"), tr("Values below are not painted at all"));
    m_opacityValue = makeLabel(QStringLiteral("opacityValueLabel"));
    m_thresholdValue = makeLabel(QStringLiteral("thresholdValueLabel"));
    for (QLabel* label : {m_opacityValue, m_thresholdValue}) {
        label->setWordWrap(false);
        label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        label->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("100 %0")));
    }
    m_statement = makeLabel(QStringLiteral("overlayStatementLabel"), {}, QStringLiteral("muted"));
    m_legend = new LegendBar;

    m_body = new QWidget;
    auto* grid = new QGridLayout(m_body);
    grid->setContentsMargins(0, 2, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(5);
    int row = 0;
    const auto addRow = [&](const QString& text, QWidget* control, QWidget* value = nullptr) {
        auto* label = new QLabel(text);
        label->setBuddy(control);
        grid->addWidget(label, row, 0);
        grid->addWidget(control, row, 1, 1, value ? 1 : 2);
        if (value) {
            grid->addWidget(value, row, 2);
        }
        ++row;
    };
    addRow(tr("Method"), m_method);
    addRow(tr("Class"), m_class);
    addRow(tr("Opacity"), m_opacity, m_opacityValue);
    addRow(tr("Threshold"), m_threshold, m_thresholdValue);
    addRow(tr("Colours"), m_colourMap);
    addRow(tr("Drawing"), m_grid);
    grid->addWidget(m_legend, row++, 0, 1, 3);
    grid->addWidget(m_statement, row, 0, 1, 3);
    grid->setColumnStretch(1, 1);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_visible);
    layout->addWidget(m_body);

    connect(m_visible, &QCheckBox::toggled, this, [this](bool on) {
        refresh();
        if (!m_quiet) {
            Q_EMIT visibleRequested(on);
        }
    });
    connect(m_method, &QComboBox::currentIndexChanged, this, &OverlayControls::requestExplanation);
    connect(m_class, &QComboBox::currentIndexChanged, this, &OverlayControls::requestExplanation);
    for (QSlider* slider : {m_opacity, m_threshold}) {
        connect(slider, &QSlider::valueChanged, this, &OverlayControls::publishStyle);
    }
    for (QComboBox* combo : {m_colourMap, m_grid}) {
        connect(combo, &QComboBox::currentIndexChanged, this, &OverlayControls::publishStyle);
    }
    setOverlayStyle({});
}

void OverlayControls::setMethods(const QStringList& methods)
{
    m_quiet = true;
    const QString chosen = method();
    m_method->clear();
    for (const QString& name : methods) {
        const QString shown = name == QLatin1String("gradcam")     ? tr("Grad-CAM")
                              : name == QLatin1String("attention") ? tr("Network's attention")
                                                                   : name;
        m_method->addItem(shown, name);
    }
    m_method->setCurrentIndex(qMax(0, m_method->findData(chosen)));
    m_quiet = false;
    refresh();
}

void OverlayControls::setClasses(const QStringList& classes, int chosen)
{
    m_quiet = true;
    m_class->clear();
    m_class->addItems(classes);
    m_class->setCurrentIndex(chosen);
    m_quiet = false;
    refresh();
}

void OverlayControls::setOverlayVisible(bool visible)
{
    m_quiet = true;
    m_visible->setChecked(visible);
    m_quiet = false;
    refresh();
}

void OverlayControls::setOverlayStyle(const OverlayStyle& style)
{
    m_quiet = true;
    m_opacity->setValue(qRound(style.opacity * 100));
    m_threshold->setValue(qRound(style.threshold * 100));
    m_colourMap->setCurrentIndex(m_colourMap->findData(static_cast<int>(style.colourMap)));
    m_grid->setCurrentIndex(m_grid->findData(static_cast<int>(style.drawing)));
    m_quiet = false;
    refresh();
}

OverlayStyle OverlayControls::overlayStyle() const
{
    OverlayStyle style;
    style.opacity = m_opacity->value() / 100.0;
    style.threshold = m_threshold->value() / 100.0;
    style.colourMap = static_cast<image::ColourMap>(m_colourMap->currentData().toInt());
    style.drawing = static_cast<OverlayStyle::Drawing>(m_grid->currentData().toInt());
    return style;
}

bool OverlayControls::overlayVisible() const
{
    return m_visible->isChecked();
}

QString OverlayControls::method() const
{
    return m_method->currentData().toString();
}

int OverlayControls::classIndex() const
{
    return m_class->currentIndex();
}

void OverlayControls::setExplanation(const std::optional<predict::Explanation>& explanation)
{
    m_explanation = explanation;
    m_running = false;
    refresh();
}

void OverlayControls::setRunning(bool running)
{
    m_running = running;
    refresh();
}

void OverlayControls::publishStyle()
{
    refresh();
    if (!m_quiet) {
        Q_EMIT styleRequested(overlayStyle());
    }
}

void OverlayControls::requestExplanation()
{
    if (!m_quiet && m_method->currentIndex() >= 0 && m_class->currentIndex() >= 0) {
        Q_EMIT explanationRequested(method(), classIndex());
    }
}

void OverlayControls::refresh()
{
    m_opacityValue->setText(QStringLiteral("%1 %").arg(m_opacity->value()));
    m_thresholdValue->setText(number(m_threshold->value() / 100.0, 2));
    m_legend->setOverlayStyle(overlayStyle());
    m_body->setEnabled(m_visible->isChecked());
    QString text;
    QString role = QStringLiteral("muted");
    if (m_running) {
        text = tr("Computing the map…");
    } else if (!m_explanation) {
        text = tr("No map for this image yet.");
    } else if (m_explanation->map.nothingToShow) {
        text = tr("Nothing to show: the map holds no evidence for “%1”.").arg(safeText(m_explanation->map.className));
        role = QStringLiteral("warning");
    } else {
        text = tr("Relative within this image: 1.0 is its strongest place (grid %1 × %2). Not comparable between images.")
                   .arg(m_explanation->map.columns)
                   .arg(m_explanation->map.rows);
    }
    m_statement->setText(text);
    setRole(m_statement, role);
}

} // namespace diascope::ui
