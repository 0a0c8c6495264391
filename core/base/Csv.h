// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Error.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace diascope::base {

/// A table read from text. Every row has exactly as many cells as the header.
struct CsvTable {
    std::vector<std::string> header;            ///< Column names without blanks at their ends.
    std::vector<std::vector<std::string>> rows; ///< Cells as written, without their quotes.
    std::vector<int> rowNumbers;                ///< For each row its number as a spreadsheet counts (the header is 1).
    std::vector<Problem> problems;              ///< Ragged rows, doubled column names, a guessed encoding: in words.
    char delimiter = ',';                       ///< What was found: , ; or tab.
    /// Position of a column: exact name first, then whatever the case; -1 when there is none.
    [[nodiscard]] int column(std::string_view name) const;
};

/// How large a table may be. A cell costs about 40 bytes of memory, and so does a row.
struct CsvLimits {
    std::size_t bytes = std::size_t{128} << 20U;
    std::size_t cells = 10'000'000; ///< Rows counted along with them.
};

/// Reads a delimited table of unknown origin. Encoding: UTF-8 and UTF-16 with or without byte order mark, else Windows-1252
/// (a superset of Latin-1; reported). Delimiter , ; or tab, found from the first rows, or named by a first line "sep=;". Line ends CRLF,
/// LF or CR. Quoting as RFC 4180. Blank lines are skipped. Rows with missing cells are filled with empty ones and reported;
/// rows with cells too many are reported and left out, since nobody knows which cell is which.
/// Throws Error{Malformed} for an empty text, NUL bytes and a quote that is never closed (with its row), Error{TooLarge} over the limits, and as
/// readFile().
[[nodiscard]] CsvTable readCsv(const std::filesystem::path& file, const CsvLimits& limits = {});
/// The same for a text; `subject` names its file in problems and errors.
[[nodiscard]] CsvTable parseCsv(std::string_view text, const std::string& subject, const CsvLimits& limits = {});

/// One cell as it is written: quoted where needed, and protected against being run as a formula by a spreadsheet (safety rule 7): a text that starts
/// with = + - @ TAB CR or LF gets a leading apostrophe. Numbers (-3.2, and what numberText() writes: -nan, -inf) stay as they are.
[[nodiscard]] std::string csvCell(std::string_view text);
/// A row of cells, comma-separated, without a line end.
[[nodiscard]] std::string csvRow(const std::vector<std::string>& cells);
/// Takes the protection of csvCell() off a cell that was read back; exact inverse for every text.
[[nodiscard]] std::string csvPlain(std::string_view cell);

} // namespace diascope::base
