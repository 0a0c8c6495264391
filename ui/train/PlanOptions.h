// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"

#include <QString>
#include <QStringList>
#include <QVariant>

#include <functional>
#include <utility>
#include <vector>

namespace diascope::ui {

/// One field of a plan as the form shows it: where it stands, what it may be, in what unit, and what it does.
struct PlanOption {
    enum class Kind { Integer, Real, Choice, Text, Switch };
    QString name;         ///< Of the control without its kind ("epochs" makes "epochsSpinBox").
    QString key;          ///< Dotted key of the plan ("training.epochs"), shown in the tool tip.
    QString group, label, unit, help;
    Kind kind = Kind::Text;
    double minimum = 0.0, maximum = 0.0;
    int decimals = 0;
    std::vector<std::pair<QString, QString>> choices; ///< Value and text.
    std::function<QVariant(const pipeline::Plan&)> get;
    std::function<void(pipeline::Plan&, const QVariant&)> set;
};

/// Whether the option has an effect in this plan: training with and without labels use different ones.
[[nodiscard]] bool isUsed(const PlanOption& option, const pipeline::Plan& plan);

/// The table that the form is generated from.
[[nodiscard]] std::vector<PlanOption> planOptions(const QStringList& devices, const QStringList& architectures);

} // namespace diascope::ui
