// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"
#include "runs/FoldState.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace diascope::runs {

/// One row of epochs.csv.
struct EpochRow {
    FoldKey key;
    int epoch = 0;      ///< 0-based.
    bool again = false; ///< The same epoch of the same fold was there before: a resumed run has done it again, and this
                        ///< row counts.
    std::vector<std::string> cells; ///< As many as columns().
};

/// What came since the last look.
struct EpochNews {
    bool restarted = false; ///< The file is another one: forget what was shown; `rows` starts from its beginning.
    std::vector<EpochRow> rows;
    std::vector<base::Problem> problems; ///< Lines that are torn or make no sense, passed over.
};

/// Watches epochs.csv of a run that another process works on: each look reads only what was added. A last line without
/// its end is left until it is whole. Used on one thread.
class EpochTail {
public:
    explicit EpochTail(std::filesystem::path file);

    /// A missing file gives nothing. Throws Error{Unreadable}.
    [[nodiscard]] EpochNews poll();
    /// Empty until the header was read.
    [[nodiscard]] const std::vector<std::string>& columns() const { return m_columns; }
    /// A cell as a number: nothing when the column is missing, or the cell is empty or no finite number.
    [[nodiscard]] std::optional<double> number(const EpochRow& row, std::string_view column) const;

private:
    void take(std::string_view line, EpochNews& news);
    std::filesystem::path m_file;
    std::vector<std::string> m_columns;
    std::string m_header;                       ///< Its line.
    std::set<std::tuple<int, int, int>> m_seen; ///< Repeat, fold, epoch.
    std::uint64_t m_offset = 0;                 ///< Up to here whole lines have been read.
    std::uint64_t m_device = 0, m_inode = 0;
    int m_line = 0;
};

} // namespace diascope::runs
