// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/train/PlanForm.h"

#include "ui/common/Labels.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>
#include <QWheelEvent>

#include <QLocale>

#include <array>

namespace diascope::ui {

namespace {

/// Shows 0.0001 as "0.0001" and not as "0.00010000".
class RealSpinBox final : public QDoubleSpinBox {
public:
    using QDoubleSpinBox::QDoubleSpinBox;
    [[nodiscard]] QString textFromValue(double value) const override
    {
        QString text = locale().toString(value, 'f', decimals());
        const QString point = locale().decimalPoint();
        if (text.contains(point)) {
            while (text.endsWith(QLatin1Char('0'))) {
                text.chop(1);
            }
            if (text.endsWith(point)) {
                text.chop(point.size());
            }
        }
        return text;
    }
};

/// A wheel over a form scrolls the form; it must not change a figure that it happens to pass.
class WheelGuard final : public QObject {
public:
    using QObject::QObject;
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        auto* widget = qobject_cast<QWidget*>(watched);
        if (event->type() == QEvent::Wheel && widget && !widget->hasFocus()) {
            event->ignore();
            return true;
        }
        return false;
    }
};

QString shown(const PlanOption& option, const QVariant& value)
{
    switch (option.kind) {
    case PlanOption::Kind::Switch: return value.toBool() ? PlanForm::tr("on") : PlanForm::tr("off");
    case PlanOption::Kind::Real: return QLocale().toString(value.toDouble(), 'g', 6);
    case PlanOption::Kind::Integer: return QString::number(value.toLongLong());
    case PlanOption::Kind::Choice:
        for (const auto& [id, text] : option.choices) {
            if (id == value.toString()) {
                return text;
            }
        }
        return value.toString();
    case PlanOption::Kind::Text: break;
    }
    return value.toString().isEmpty() ? PlanForm::tr("empty") : value.toString();
}

} // namespace

PlanForm::PlanForm(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("planForm"));
    m_layout = new QVBoxLayout(this);
    m_layout->setContentsMargins(0, 0, 0, 0);
    rebuild();
}

void PlanForm::setDevices(const QStringList& devices)
{
    m_devices = devices;
    rebuild();
}

void PlanForm::setArchitectures(const QStringList& names)
{
    m_architectures = names;
    rebuild();
}

void PlanForm::setBaseline(const pipeline::Plan& plan)
{
    m_baseline = plan;
    markChanges();
}

void PlanForm::setPlan(const pipeline::Plan& plan)
{
    m_plan = plan;
    for (const Row& row : m_rows) {
        show(row);
    }
    markChanges();
}

void PlanForm::setLocked(bool locked)
{
    m_locked = locked;
    m_body->setEnabled(!locked);
}

QStringList PlanForm::changedKeys() const
{
    QStringList keys;
    for (const Row& row : m_rows) {
        if (row.option.get(m_plan) != row.option.get(m_baseline)) {
            keys << row.option.key;
        }
    }
    return keys;
}

void PlanForm::rebuild()
{
    m_rows.clear();
    if (m_body) {
        m_layout->removeWidget(m_body);
        m_body->deleteLater();
        m_body->setParent(nullptr);
    }
    m_body = new QWidget;
    auto* column = new QVBoxLayout(m_body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    m_layout->addWidget(m_body);
    std::vector<PlanOption> group;
    for (PlanOption& option : planOptions(m_devices, m_architectures)) {
        if (!group.empty() && group.front().group != option.group) {
            addGroup(group.front().group, group);
            group.clear();
        }
        group.push_back(std::move(option));
    }
    addGroup(group.front().group, group);
    setPlan(m_plan);
    setLocked(m_locked);
}

void PlanForm::addGroup(const QString& title, const std::vector<PlanOption>& options)
{
    auto* heading = makeLabel(QStringLiteral("groupLabel"), title, QStringLiteral("title"));
    m_body->layout()->addWidget(heading);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(4);
    grid->setColumnMinimumWidth(0, 138);
    grid->setColumnStretch(1, 1);
    for (const PlanOption& option : options) {
        const int at = grid->rowCount();
        QWidget* control = makeControl(option);
        auto* label = new QLabel(option.kind == PlanOption::Kind::Switch ? QString() : option.label);
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setBuddy(control);
        auto* mark = makeLabel(option.name + QStringLiteral("ChangedLabel"), {}, QStringLiteral("changed"));
        mark->hide();
        const QString tip = plainToolTip(QStringLiteral("%1\n%2").arg(option.help, option.key));
        label->setToolTip(tip);
        control->setToolTip(tip);
        control->setAccessibleName(option.label);
        control->setAccessibleDescription(option.help);
        grid->addWidget(label, at, 0);
        grid->addWidget(control, at, 1);
        grid->addWidget(mark, at + 1, 1);
        m_rows.push_back({option, control, mark});
    }
    static_cast<QVBoxLayout*>(m_body->layout())->addLayout(grid);
}

QWidget* PlanForm::makeControl(const PlanOption& option)
{
    const QString key = option.key;
    QWidget* made = nullptr;
    switch (option.kind) {
    case PlanOption::Kind::Integer: {
        auto* box = new QSpinBox;
        box->setRange(static_cast<int>(option.minimum), static_cast<int>(option.maximum));
        box->setSuffix(option.unit.isEmpty() ? QString() : QLatin1Char(' ') + option.unit);
        box->setKeyboardTracking(false);
        connect(box, &QSpinBox::valueChanged, this, [this, key](int value) { take(key, value); });
        made = box;
        break;
    }
    case PlanOption::Kind::Real: {
        auto* box = new RealSpinBox;
        box->setDecimals(option.decimals);
        box->setRange(option.minimum, option.maximum);
        box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        box->setKeyboardTracking(false);
        connect(box, &QDoubleSpinBox::valueChanged, this, [this, key](double value) { take(key, value); });
        made = box;
        break;
    }
    case PlanOption::Kind::Choice: {
        auto* box = new QComboBox;
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(10);
        for (const auto& [value, text] : option.choices) {
            box->addItem(text, value);
        }
        connect(box, &QComboBox::currentIndexChanged, this, [this, key, box] { take(key, box->currentData()); });
        made = box;
        break;
    }
    case PlanOption::Kind::Text: {
        auto* edit = new QLineEdit;
        connect(edit, &QLineEdit::textChanged, this, [this, key](const QString& text) { take(key, text); });
        made = edit;
        break;
    }
    case PlanOption::Kind::Switch: {
        auto* box = new QCheckBox(option.label);
        connect(box, &QCheckBox::toggled, this, [this, key](bool on) { take(key, on); });
        made = box;
        break;
    }
    }
    static constexpr std::array<const char*, 5> kKinds{"SpinBox", "SpinBox", "ComboBox", "Edit", "CheckBox"};
    made->setObjectName(option.name + QString::fromLatin1(kKinds[static_cast<std::size_t>(option.kind)]));
    if (option.kind != PlanOption::Kind::Text && option.kind != PlanOption::Kind::Switch) {
        made->setFocusPolicy(Qt::StrongFocus);
        made->installEventFilter(new WheelGuard(made));
    }
    return made;
}

void PlanForm::show(const Row& row)
{
    const QVariant value = row.option.get(m_plan);
    m_quiet = true;
    if (auto* spin = qobject_cast<QSpinBox*>(row.control)) {
        spin->setValue(value.toInt());
    } else if (auto* real = qobject_cast<QDoubleSpinBox*>(row.control)) {
        real->setValue(value.toDouble());
    } else if (auto* combo = qobject_cast<QComboBox*>(row.control)) {
        if (combo->findData(value) < 0) {
            combo->addItem(value.toString(), value); // a plan may name what this list does not know; it is shown, not lost
        }
        combo->setCurrentIndex(combo->findData(value));
    } else if (auto* check = qobject_cast<QCheckBox*>(row.control)) {
        check->setChecked(value.toBool());
    } else if (auto* edit = qobject_cast<QLineEdit*>(row.control); edit && edit->text() != value.toString()) {
        edit->setText(value.toString());
    }
    m_quiet = false;
}

void PlanForm::take(const QString& key, const QVariant& value)
{
    if (m_quiet) {
        return;
    }
    for (const Row& row : m_rows) {
        if (row.option.key == key) {
            row.option.set(m_plan, value);
        }
    }
    markChanges();
    Q_EMIT changed();
}

void PlanForm::markChanges()
{
    for (const Row& row : m_rows) {
        row.control->setEnabled(isUsed(row.option, m_plan));
        const QVariant recipe = row.option.get(m_baseline);
        const bool differs = row.option.get(m_plan) != recipe;
        row.mark->setText(differs ? tr("changed, recipe: %1").arg(shown(row.option, recipe)) : QString());
        row.mark->setVisible(differs);
    }
}

} // namespace diascope::ui
