// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Database.h"

#include "base/Error.h"
#include "base/Log.h"
#include "base/SystemFile.h"

#include <sqlite3.h>

#include <utility>

namespace diascope::search {

namespace {

using base::Error;
using base::ErrorCode;

constexpr int kBusyTimeoutMs = 5000;
constexpr const char* kDamagedRemedy = "Take a copy of the file from before it was damaged, or start a new study.";

Error translated(int code, const std::string& file, const std::string& detail)
{
    switch (code & 0xFF) { // the low byte is the kind, the rest its finer points
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorCode::Busy, file, "another process is writing to it (" + detail + ")", "Wait for it or stop it."};
    case SQLITE_NOTADB:
        return {ErrorCode::Malformed, file, "is not a study: it is no SQLite file",
            "Name the folder of a study, or start a new one."};
    case SQLITE_ERROR: // our statements are good: the file answers them in a way that no study does
    case SQLITE_CORRUPT:
        return {ErrorCode::Malformed, file, "is damaged: " + detail, kDamagedRemedy};
    case SQLITE_FULL:
        return {ErrorCode::DiskFull, file, detail};
    case SQLITE_NOMEM:
        return {ErrorCode::OutOfMemory, file, detail};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR:
        return {ErrorCode::Unreadable, file, detail};
    default:
        return {ErrorCode::Internal, file, detail};
    }
}

} // namespace

void Database::Close::operator()(sqlite3* connection) const
{
    sqlite3_close_v2(connection);
}

Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database::Database(const std::filesystem::path& file, Access access)
    : m_file(file)
{
    (void)base::openRegularFile(file); // says what is missing better than SQLite does
    sqlite3* connection = nullptr;
    const int flags = access == Access::Write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int code = sqlite3_open_v2(file.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    m_connection.reset(connection); // given even when opening failed
    check(code, "open the study");
    configure(access);
    checkWhole();
}

Database Database::inMemory(const std::filesystem::path& name)
{
    Database database;
    database.m_file = name;
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(
        ":memory:", &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    database.m_connection.reset(connection);
    database.check(code, "make a study");
    return database;
}

void Database::configure(Access access)
{
    check(sqlite3_extended_result_codes(m_connection.get(), 1), "set up");
    check(sqlite3_busy_timeout(m_connection.get(), kBusyTimeoutMs), "set up");
    check(sqlite3_db_config(m_connection.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr), "set up");
    check(sqlite3_db_config(m_connection.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr), "set up");
    check(sqlite3_db_config(m_connection.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr), "set up");
    check(sqlite3_db_config(m_connection.get(), SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr), "set up");
    execute("PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;");
    if (access == Access::Write) {
        execute("PRAGMA journal_mode=DELETE;");
    }
}

void Database::checkWhole()
{
    Statement statement(*this, "PRAGMA quick_check(1)");
    const std::string verdict = statement.row() ? statement.text(0) : std::string("no answer");
    if (verdict != "ok") {
        throw Error(ErrorCode::Malformed, m_file.string(), "is damaged: " + base::visibleText(verdict), kDamagedRemedy);
    }
}

void Database::check(int code, std::string_view what) const
{
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        const char* const message = m_connection ? sqlite3_errmsg(m_connection.get()) : sqlite3_errstr(code);
        throw translated(code, m_file.string(), "cannot " + std::string(what) + ": " + base::visibleText(message));
    }
}

void Database::execute(const std::string& sql)
{
    check(sqlite3_exec(m_connection.get(), sql.c_str(), nullptr, nullptr, nullptr), "read or write it");
}

std::int64_t Database::number(const std::string& sql)
{
    Statement statement(*this, sql);
    return statement.row() ? statement.integer(0) : 0;
}

std::string Database::bytes()
{
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> image(
        sqlite3_serialize(m_connection.get(), "main", &size, 0), &sqlite3_free);
    if (!image) {
        throw Error(ErrorCode::OutOfMemory, m_file.string(), "cannot make a study");
    }
    return {reinterpret_cast<const char*>(image.get()), static_cast<std::size_t>(size)};
}

void Statement::Finish::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql)
    : m_database(database)
{
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(
        database.m_connection.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    m_statement.reset(statement);
    database.check(code, "read or write it");
}

Statement& Statement::bind(std::int64_t value)
{
    m_database.check(sqlite3_bind_int64(m_statement.get(), m_next++, value), "write");
    return *this;
}

Statement& Statement::bind(double value)
{
    m_database.check(sqlite3_bind_double(m_statement.get(), m_next++, value), "write");
    return *this;
}

Statement& Statement::bind(const std::string& value)
{
    m_database.check(
        sqlite3_bind_text64(m_statement.get(), m_next++, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
        "write");
    return *this;
}

Statement& Statement::bindNothing()
{
    m_database.check(sqlite3_bind_null(m_statement.get(), m_next++), "write");
    return *this;
}

bool Statement::row()
{
    const int code = sqlite3_step(m_statement.get());
    m_database.check(code, "read or write it");
    return code == SQLITE_ROW;
}

void Statement::run()
{
    while (row()) { }
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_statement.get(), column);
}

std::optional<double> Statement::realOrNothing(int column) const
{
    return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL ? std::nullopt : std::optional(real(column));
}

std::string Statement::text(int column) const
{
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(m_statement.get(), column));
    const int size = sqlite3_column_bytes(m_statement.get(), column);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

Transaction::Transaction(Database& database)
    : m_database(&database)
{
    database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    if (m_database != nullptr) {
        try {
            m_database->execute("ROLLBACK");
        } catch (const base::Error& error) { // a full disk may have rolled it back already
            base::logWarning(error.what());
        }
    }
}

void Transaction::commit()
{
    m_database->execute("COMMIT");
    m_database = nullptr;
}

} // namespace diascope::search
