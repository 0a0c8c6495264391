// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/read/OrientationLetters.h"

#include <QStringList>

#include <algorithm>
#include <cmath>

namespace diascope::ui {

namespace {

/// Letters of a direction in LPS, the strongest first; components under a tenth say nothing to a reader.
QString lettersOf(const std::array<double, 3>& direction)
{
    static constexpr std::array<std::array<char, 2>, 3> kLetters{{{'L', 'R'}, {'P', 'A'}, {'H', 'F'}}};
    std::array<std::size_t, 3> order{0, 1, 2};
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return std::abs(direction[a]) > std::abs(direction[b]); });
    QString letters;
    for (const std::size_t axis : order) {
        if (std::abs(direction[axis]) > 0.1) {
            letters += QLatin1Char(kLetters[axis][direction[axis] > 0 ? 0 : 1]);
        }
    }
    return letters;
}

bool onlyLetters(const QString& text)
{
    return !text.isEmpty() && text.size() <= 3
           && std::all_of(text.begin(), text.end(), [](QChar c) { return QStringLiteral("LRAPHF").contains(c); });
}

} // namespace

std::optional<ImageOrientation> imageOrientation(const image::SourceInfo& info)
{
    if (info.geometry) {
        ImageOrientation found{lettersOf(info.geometry->rowDirection), lettersOf(info.geometry->columnDirection)};
        if (!found.right.isEmpty() && !found.down.isEmpty()) {
            return found;
        }
        return std::nullopt;
    }
    const QStringList parts = QString::fromStdString(info.patientOrientation).split(QLatin1Char('\\'));
    if (parts.size() == 2 && onlyLetters(parts[0].trimmed()) && onlyLetters(parts[1].trimmed())) {
        return ImageOrientation{parts[0].trimmed(), parts[1].trimmed()};
    }
    return std::nullopt;
}

QString oppositeLetters(const QString& letters)
{
    static const QString from = QStringLiteral("LRAPHF");
    static const QString to = QStringLiteral("RLPAFH");
    QString opposite;
    for (const QChar letter : letters) {
        const auto at = from.indexOf(letter);
        opposite += at >= 0 ? to[at] : letter;
    }
    return opposite;
}

std::array<QString, 4> edgeLetters(const ImageOrientation& orientation, const ViewState& view)
{
    const QSize target(100, 100);
    const QPointF middle = view.toImage(QPointF(50, 50), target);
    const auto letters = [&](QPointF edge) {
        const QPointF step = view.toImage(edge, target) - middle;
        if (std::abs(step.x()) > std::abs(step.y())) {
            return step.x() > 0 ? orientation.right : oppositeLetters(orientation.right);
        }
        return step.y() > 0 ? orientation.down : oppositeLetters(orientation.down);
    };
    return {letters({0, 50}), letters({50, 0}), letters({100, 50}), letters({50, 100})};
}

} // namespace diascope::ui
