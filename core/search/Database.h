// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace diascope::search {

/// One connection to an SQLite file, used on one thread. Every failure is an Error that names the file: Busy (another
/// process holds it), Malformed (not a database, or damaged), DiskFull, Unreadable, OutOfMemory, else Internal.
class Database {
public:
    enum class Access { Write, Look };
    /// Opens an existing file with the settings that keep it whole and keep it from running anything: rollback journal,
    /// synchronous=FULL, foreign keys, busy timeout 5 s, trusted_schema=OFF, defensive mode, cell_size_check. Then
    /// quick_check.
    Database(const std::filesystem::path& file, Access access);
    /// A database in memory, to be written as a file with bytes().
    static Database inMemory(const std::filesystem::path& name);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    void execute(const std::string& sql);
    /// The first number of the first row; 0 without one.
    [[nodiscard]] std::int64_t number(const std::string& sql);
    [[nodiscard]] std::string bytes();
    [[nodiscard]] const std::filesystem::path& file() const { return m_file; }

private:
    friend class Statement;
    Database() = default;
    void configure(Access access);
    void checkWhole();
    void check(int code, std::string_view what) const;

    struct Close {
        void operator()(sqlite3* connection) const;
    };
    std::filesystem::path m_file;
    std::unique_ptr<sqlite3, Close> m_connection;
};

/// One prepared statement. bind() from left to right, then row() until it says no, or run().
class Statement {
public:
    Statement(Database& database, std::string_view sql);
    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    Statement& bind(const std::string& value);
    Statement& bindNothing();
    /// Steps to the next row; false at the end.
    [[nodiscard]] bool row();
    void run();
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::optional<double> realOrNothing(int column) const;
    [[nodiscard]] std::string text(int column) const;

private:
    struct Finish {
        void operator()(sqlite3_stmt* statement) const;
    };
    Database& m_database;
    std::unique_ptr<sqlite3_stmt, Finish> m_statement;
    int m_next = 1;
};

/// All or nothing: rolled back unless commit() was reached.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database* m_database;
};

} // namespace diascope::search
