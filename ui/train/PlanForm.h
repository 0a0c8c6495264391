// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/train/PlanOptions.h"

#include <QWidget>

#include <vector>

class QLabel;
class QVBoxLayout;

namespace diascope::ui {

/// The options of a plan as a form, generated from planOptions(). What differs from the recipe is marked, with the recipe's value.
class PlanForm final : public QWidget {
    Q_OBJECT
public:
    explicit PlanForm(QWidget* parent = nullptr);

    void setDevices(const QStringList& devices);
    void setArchitectures(const QStringList& names);
    /// The plan that changes are marked against.
    void setBaseline(const pipeline::Plan& plan);
    void setPlan(const pipeline::Plan& plan);         ///< Emits nothing.
    [[nodiscard]] const pipeline::Plan& plan() const { return m_plan; }
    void setLocked(bool locked);
    /// Dotted keys that differ from the recipe.
    [[nodiscard]] QStringList changedKeys() const;

Q_SIGNALS:
    void changed();

private:
    struct Row {
        PlanOption option;
        QWidget* control = nullptr;
        QLabel* mark = nullptr;
    };
    void rebuild();
    void addGroup(const QString& title, const std::vector<PlanOption>& options);
    [[nodiscard]] QWidget* makeControl(const PlanOption& option);
    void show(const Row& row);
    void take(const QString& key, const QVariant& value);
    void markChanges();

    QVBoxLayout* m_layout = nullptr;
    QWidget* m_body = nullptr;
    std::vector<Row> m_rows;
    QStringList m_devices{QStringLiteral("auto"), QStringLiteral("cpu")};
    QStringList m_architectures;
    pipeline::Plan m_plan, m_baseline;
    bool m_quiet = false;
    bool m_locked = false;
};

} // namespace diascope::ui
