// SPDX-License-Identifier: GPL-3.0-or-later
#include "runs/EpochTail.h"

#include "base/Csv.h"
#include "base/SystemFile.h"
#include "base/Text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace diascope::runs {

namespace {

/// Everything from `offset` on, up to the last line end.
std::string wholeLinesFrom(const base::Descriptor& descriptor, std::uint64_t offset, const std::filesystem::path& file)
{
    if (::lseek(descriptor.number(), static_cast<off_t>(offset), SEEK_SET) < 0) {
        throw base::systemError(errno, file, "read it from the middle");
    }
    std::string text;
    std::array<std::byte, 1U << 16U> piece{};
    while (const std::size_t count = base::readSome(descriptor, piece, file)) {
        text.append(reinterpret_cast<const char*>(piece.data()), count);
    }
    text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
    return text;
}

/// The cells of one line below this header; nothing when it is torn.
std::optional<std::vector<std::string>> cellsOf(
    const std::string& header, std::string_view line, const std::string& subject)
{
    try {
        base::CsvTable table = base::parseCsv(header + "\n" + std::string(line) + "\n", subject);
        if (table.rows.size() != 1 || !table.problems.empty()) {
            return std::nullopt;
        }
        for (std::string& cell : table.rows.front()) {
            cell = base::csvPlain(cell);
        }
        return std::move(table.rows.front());
    } catch (const base::Error&) { // a quote without its end, or NUL bytes after a power cut: as torn as any
        return std::nullopt;
    }
}

} // namespace

EpochTail::EpochTail(std::filesystem::path file)
    : m_file(std::move(file))
{
}

EpochNews EpochTail::poll()
{
    EpochNews news;
    std::error_code missing;
    if (!std::filesystem::exists(m_file, missing)) {
        return news;
    }
    const base::Descriptor descriptor = base::openRegularFile(m_file);
    struct stat status { };
    if (::fstat(descriptor.number(), &status) != 0) {
        throw base::systemError(errno, m_file, "ask how large it is");
    }
    const bool other = status.st_dev != m_device || status.st_ino != m_inode
        || static_cast<std::uint64_t>(status.st_size) < m_offset;
    if (other) {
        news.restarted = m_offset > 0;
        m_device = status.st_dev;
        m_inode = status.st_ino;
        m_offset = 0;
        m_line = 0;
        m_columns.clear();
        m_seen.clear();
    }
    const std::string text = wholeLinesFrom(descriptor, m_offset, m_file);
    m_offset += text.size();
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        take(std::string_view(text).substr(begin, end - begin), news);
        begin = end + 1;
    }
    return news;
}

void EpochTail::take(std::string_view line, EpochNews& news)
{
    ++m_line;
    if (line.empty()) {
        return;
    }
    if (m_columns.empty()) {
        m_header = line;
        m_columns = base::parseCsv(m_header + "\n", m_file.string()).header;
        return;
    }
    EpochRow row;
    const auto cells = cellsOf(m_header, line, m_file.string());
    if (cells) {
        row.cells = *cells;
        const auto number = [&](std::string_view column, double missing) {
            const bool given = std::find(m_columns.begin(), m_columns.end(), column) != m_columns.end();
            return given ? this->number(row, column).value_or(-1.0) : missing;
        };
        row.key = {static_cast<int>(number("repeat", 0.0)), static_cast<int>(number("fold", 0.0))};
        row.epoch = static_cast<int>(number("epoch", -1.0));
    }
    if (!cells || row.key.repeat < 0 || row.key.fold < 0 || row.epoch < 0) {
        news.problems.push_back({base::ErrorCode::Malformed, m_file.string(),
            "line " + std::to_string(m_line) + " is torn and is passed over"});
        return;
    }
    row.again = !m_seen.insert({row.key.repeat, row.key.fold, row.epoch}).second;
    news.rows.push_back(std::move(row));
}

std::optional<double> EpochTail::number(const EpochRow& row, std::string_view column) const
{
    const auto at = std::find(m_columns.begin(), m_columns.end(), column);
    const auto index = static_cast<std::size_t>(at - m_columns.begin());
    if (at == m_columns.end() || index >= row.cells.size()) {
        return std::nullopt;
    }
    return base::parseNumber(row.cells[index]);
}

} // namespace diascope::runs
