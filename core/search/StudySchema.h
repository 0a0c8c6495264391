// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// What a study file holds, for StudyFile alone. A change raises StudyFile::kVersion and brings the way from the
/// version before it.
namespace diascope::search::schema {

inline constexpr std::int64_t kApplicationId = 0x44535455; ///< "DSTU", where SQLite keeps whose file it is.

struct Table {
    std::string_view name, sql;
};
/// Letter for letter as SQLite keeps them: a file whose tables read otherwise is not ours.
inline constexpr std::array<Table, 4> kTables{{
    {"study",
        "CREATE TABLE study(id INTEGER PRIMARY KEY CHECK(id = 1), created TEXT NOT NULL, description TEXT NOT NULL) "
        "STRICT"},
    {"trial",
        "CREATE TABLE trial(number INTEGER PRIMARY KEY CHECK(number >= 0), "
        "state TEXT NOT NULL CHECK(state IN ('running', 'complete', 'pruned', 'failed', 'interrupted')), value REAL, "
        "note TEXT NOT NULL DEFAULT '', seconds REAL NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0) STRICT"},
    {"setting",
        "CREATE TABLE setting(trial INTEGER NOT NULL REFERENCES trial(number), name TEXT NOT NULL, coordinate REAL NOT "
        "NULL, "
        "shown TEXT NOT NULL, PRIMARY KEY(trial, name)) STRICT, WITHOUT ROWID"},
    {"report",
        "CREATE TABLE report(trial INTEGER NOT NULL REFERENCES trial(number), step INTEGER NOT NULL CHECK(step >= 0), "
        "value REAL NOT NULL, PRIMARY KEY(trial, step)) STRICT, WITHOUT ROWID"},
}};

/// Makes an empty study in an empty database.
[[nodiscard]] std::string creation();

} // namespace diascope::search::schema
