// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/AtomicFile.h"
#include "base/Json.h"
#include "metrics/Figure.h"
#include "metrics/GoldenSet.h"
#include "support/SharedData.h"

#include <QTest>

#include <limits>
#include <optional>
#include <vector>

namespace diascope::tests {

using base::Json;

/// The numbers of scikit-learn and scipy; null when they are not on this machine.
inline Json referenceNumbers()
{
    const auto file = sharedData("parity/metrics.json");
    return file.empty() ? Json() : base::parseJson(base::readFile(file), file.string());
}

/// A number, "inf", or nothing for {value: null, reason}.
inline std::optional<double> number(const Json& json)
{
    if (json.is_string()) {
        return std::numeric_limits<double>::infinity();
    }
    return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
}

/// Ours against theirs; where theirs is undefined ours must be so too.
inline bool agree(const std::optional<double>& ours, const Json& theirs, double tolerance = 1e-9)
{
    const auto expected = number(theirs);
    return ours.has_value() == expected.has_value() && (!ours || near(*ours, *expected, tolerance));
}

/// And with a reason where it is undefined.
inline bool agree(const metrics::Figure& ours, const Json& theirs, double tolerance = 1e-9)
{
    return agree(ours.value, theirs, tolerance) && ours.reason.empty() == ours.value.has_value();
}

inline bool agree(const std::optional<metrics::Interval>& ours, const Json& theirs)
{
    return ours.has_value() == theirs.is_array()
        && (!ours || (near(ours->low, theirs[0].get<double>()) && near(ours->high, theirs[1].get<double>())));
}

inline bool agree(const std::vector<double>& ours, const Json& theirs)
{
    if (!theirs.is_array() || ours.size() != theirs.size()) {
        return false;
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
        if (!agree(std::optional(ours[i]), theirs[i])) {
            return false;
        }
    }
    return true;
}

/// Rows of probabilities one after the other.
inline std::vector<double> flat(const Json& rows)
{
    std::vector<double> values;
    for (const auto& row : rows) {
        for (const auto& value : row) {
            values.push_back(value.get<double>());
        }
    }
    return values;
}

/// One data row a data set of this kind.
inline void addReferenceRows(const Json& all, const char* kind)
{
    QTest::addColumn<QString>("set");
    int rows = 0;
    for (const auto& [name, data] : all.items()) {
        if (data.is_object() && data.at("expected").at("kind") == kind) {
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
            ++rows;
        }
    }
    QVERIFY(rows > 4);
}

} // namespace diascope::tests
