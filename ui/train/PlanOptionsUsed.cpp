// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/train/PlanOptions.h"

namespace diascope::ui {

bool isUsed(const PlanOption& option, const pipeline::Plan& plan)
{
    if (!plan.pretrain.enabled) {
        return !option.key.startsWith(QLatin1String("pretrain."));
    }
    static const QStringList needLabels{
        QStringLiteral("model.dropout"), QStringLiteral("training.loss"), QStringLiteral("training.monitor"), QStringLiteral("training.patience"),
        QStringLiteral("training.augment"), QStringLiteral("training.balance"), QStringLiteral("training.focal"), QStringLiteral("training.labelSmoothing"),
        QStringLiteral("training.trainable"), QStringLiteral("training.freezeEpochs"), QStringLiteral("training.mix.mixupProbability"),
        QStringLiteral("training.mix.cutmixProbability"), QStringLiteral("training.emaDecay"), QStringLiteral("predict.ttaViews"),
        QStringLiteral("data.labelColumn")};
    return !needLabels.contains(option.key) && !option.key.startsWith(QLatin1String("split.")) && !option.key.startsWith(QLatin1String("package."));
}

} // namespace diascope::ui
