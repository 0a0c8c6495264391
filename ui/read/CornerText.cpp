// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/CornerText.h"

#include "ui/common/Text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace diascope::ui {

namespace {

struct PresetName {
    Q_DECLARE_TR_FUNCTIONS(diascope::ui::PresetName)
};

struct Annotation {
    Q_DECLARE_TR_FUNCTIONS(diascope::ui::Annotation)
};

void add(QStringList& lines, const QString& line)
{
    if (!line.trimmed().isEmpty()) {
        lines << line.trimmed();
    }
}

/// First group of a DICOM person name, components separated by blanks.
QString personName(const std::string& name)
{
    QString text = safeText(name).section(QLatin1Char('='), 0, 0);
    return text.replace(QLatin1Char('^'), QLatin1Char(' ')).simplified();
}

QString figure(double value)
{
    return number(value, std::abs(value) < 10.0 && value != std::round(value) ? 2 : (value == std::round(value) ? 0 : 1));
}

} // namespace

QString windowName(const std::string& explanation)
{
    static const char* const kNames[] = {QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Auto"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Full range"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Brain"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Abdomen"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Mediastinum"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Lung"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Bone"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Liver"),
                                         QT_TRANSLATE_NOOP("diascope::ui::PresetName", "Kidney")};
    for (const char* known : kNames) {
        if (explanation == known) {
            return PresetName::tr(known);
        }
    }
    return safeText(explanation);
}

QString dateText(const std::string& dicomDate)
{
    const QString text = safeText(dicomDate).trimmed();
    const bool plain = text.size() == 8 && std::all_of(text.begin(), text.end(), [](QChar c) { return c.isDigit(); });
    return plain ? QStringLiteral("%1-%2-%3").arg(text.left(4), text.mid(4, 2), text.mid(6, 2)) : text;
}

QStringList patientLines(const image::PatientIdentity& patient)
{
    QStringList lines;
    add(lines, personName(patient.name));
    add(lines, safeText(patient.id));
    QStringList rest;
    add(rest, safeText(patient.sex));
    add(rest, dateText(patient.birthDate));
    add(rest, safeText(patient.age));
    add(lines, rest.join(QStringLiteral("  ")));
    return lines;
}

QStringList studyLines(const image::SourceInfo& info)
{
    QStringList lines;
    add(lines, safeText(info.studyDescription));
    const QString series = safeText(info.seriesDescription);
    if (info.seriesNumber > 0) {
        add(lines, Annotation::tr("Series %1  %2").arg(info.seriesNumber).arg(series));
    } else {
        add(lines, series);
    }
    return lines;
}

QStringList sourceLines(const image::SourceInfo& info)
{
    QStringList lines;
    add(lines, safeText(info.modality + (info.manufacturer.empty() ? "" : "  " + info.manufacturer)));
    QString time = safeText(info.studyTime).left(4);
    if (time.size() == 4) {
        time.insert(2, QLatin1Char(':'));
    }
    add(lines, QStringLiteral("%1  %2").arg(dateText(info.studyDate), time));
    QStringList part;
    add(part, safeText(info.bodyPart));
    add(part, safeText(info.laterality));
    add(lines, part.join(QStringLiteral("  ")));
    return lines;
}

QStringList markers(const image::Image& image, const image::SourceInfo& info, bool withCalibration)
{
    QStringList lines;
    const bool incomplete = std::any_of(info.problems.begin(), info.problems.end(), [](const base::Problem& problem) {
        return problem.code == base::ErrorCode::Malformed;
    });
    if (incomplete) {
        lines << Annotation::tr("INCOMPLETE IMAGE");
    }
    if (image.lossy || info.lossy) {
        const QString method = safeText(info.lossyMethod);
        lines << (method.isEmpty() ? Annotation::tr("Lossy compressed") : Annotation::tr("Lossy compressed: %1").arg(method));
    }
    if (withCalibration) {
        const auto spacing = image.spacing ? image.spacing : info.spacing;
        if (!spacing) {
            lines << Annotation::tr("Uncalibrated: pixels, not mm");
        } else if (spacing->source == image::Spacing::Source::ImagerPixelSpacing) {
            lines << Annotation::tr("Scale at the detector");
        }
    }
    return lines;
}

QStringList displayLines(const ShownImage& shown)
{
    QStringList lines;
    const QString unit = safeText(shown.image.rescale.unit);
    QString window = Annotation::tr("W %1  L %2").arg(figure(shown.window.width), figure(shown.window.centre));
    if (!unit.isEmpty()) {
        window += QLatin1Char(' ') + unit;
    }
    const QString name = windowName(shown.window.explanation);
    if (!name.isEmpty()) {
        window += QStringLiteral("  (%1)").arg(name);
    }
    lines << window;
    QString zoom = Annotation::tr("Zoom %1 %").arg(std::lround(shown.zoom * 100.0));
    if (shown.inverted) {
        zoom += Annotation::tr("  inverted");
    }
    lines << zoom;
    return lines;
}

QStringList numberLines(const ShownImage& shown)
{
    QStringList lines;
    if (shown.info.geometry) {
        const auto& geometry = *shown.info.geometry;
        const auto& r = geometry.rowDirection;
        const auto& c = geometry.columnDirection;
        const std::array<double, 3> normal{r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]};
        const double along = normal[0] * geometry.position[0] + normal[1] * geometry.position[1] + normal[2] * geometry.position[2];
        lines << Annotation::tr("Position %1 mm").arg(number(along, 1));
    }
    if (shown.info.sliceThicknessMm > 0.0) {
        lines << Annotation::tr("Thickness %1 mm").arg(number(shown.info.sliceThicknessMm, 1));
    }
    if (shown.cine && shown.framesPerSecond > 0.0) {
        const QString rate = number(shown.framesPerSecond, 1);
        lines << (shown.rateAssumed ? Annotation::tr("%1 frames/s (assumed)").arg(rate) : Annotation::tr("%1 frames/s").arg(rate));
    }
    lines << Annotation::tr("Image %1 / %2").arg(shown.index + 1).arg(shown.count);
    return lines;
}

QString probeLine(const image::Image& image, int x, int y)
{
    if (x < 0 || y < 0 || x >= image.width || y >= image.height) {
        return {};
    }
    if (image.channels >= 3) {
        return Annotation::tr("x %1  y %2:  R %3  G %4  B %5")
            .arg(x).arg(y)
            .arg(figure(image.stored(x, y, 0)), figure(image.stored(x, y, 1)), figure(image.stored(x, y, 2)));
    }
    const QString value = figure(image.modality(x, y));
    const QString unit = safeText(image.rescale.unit);
    return unit.isEmpty() ? Annotation::tr("x %1  y %2:  %3").arg(x).arg(y).arg(value)
                          : Annotation::tr("x %1  y %2:  %3 %4").arg(x).arg(y).arg(value, unit);
}

} // namespace diascope::ui
