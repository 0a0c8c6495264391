// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pipeline/Plan.h"

#include <QColor>
#include <QDir>
#include <QFile>
#include <QImage>
#include <QString>

namespace diascope::tests {

/// Writes `count` small pictures in two class folders, bright against dark: learnable in one epoch.
inline QString writeTinyClasses(const QString& folder, int count)
{
    for (int i = 0; i < count; ++i) {
        const bool bright = i % 2 == 1;
        const QDir target(folder + (bright ? QStringLiteral("/bright") : QStringLiteral("/dark")));
        target.mkpath(QStringLiteral("."));
        QImage picture(40, 40, QImage::Format_Grayscale8);
        picture.fill(QColor(bright ? 170 + i % 7 : 60 + i % 7, 0, 0).red());
        for (int line = 0; line < 40; ++line) {
            for (int x = 0; x < 40; ++x) {
                picture.scanLine(line)[x] = static_cast<uchar>((bright ? 170 : 60) + (i * 7 + line * 3 + x * 5) % 23);
            }
        }
        picture.save(target.filePath(QStringLiteral("case%1.png").arg(i, 3, 10, QLatin1Char('0'))));
    }
    return folder;
}

/// A plan that runs in seconds on one core.
inline pipeline::Plan tinyPlan(const QString& source, int epochs)
{
    pipeline::Plan plan;
    plan.data.source = source.toStdString();
    plan.preprocess = base::Json::array({{{"op", "grey"}},
                                         {{"op", "resize"}, {"width", 32}, {"height", 32}, {"filter", "bilinear"}, {"antialias", true}},
                                         {{"op", "normalise"}, {"mean", {0.5}}, {"std", {0.5}}}});
    plan.model.architecture = "renalnet";
    plan.model.dropout = 0.0;
    plan.training.epochs = epochs;
    plan.training.batchSize = 4;
    plan.training.patience = 1000;
    plan.split.validationFraction = 0.25;
    plan.data.duplicates = "ignore"; // flat pictures all look the same
    plan.package.name = "tiny";
    plan.package.trainedOn = "synthetic squares";
    plan.device = "cpu";
    plan.threads = 1;
    return plan;
}

} // namespace diascope::tests
