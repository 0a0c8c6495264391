// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <QByteArray>
#include <QTest>
#include <optional>
#include <string>

namespace diascope::tests {

/// The Error that `action` throws; nothing when it throws none. Other exceptions pass.
template <typename Action> std::optional<base::Error> errorOf(Action&& action)
{
    try {
        action();
    } catch (const base::Error& error) {
        return error;
    }
    return std::nullopt;
}

/// The stable name of the code, "none" when nothing was thrown: compares well with data rows.
inline QByteArray codeName(const std::optional<base::Error>& error)
{
    const std::string_view text = error ? base::name(error->code()) : std::string_view("none");
    return {text.data(), static_cast<qsizetype>(text.size())};
}

inline QByteArray bytes(const std::string& text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace diascope::tests
