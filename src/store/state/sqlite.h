// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vedette::store {

/// A prepared statement in use; goes back to its connection ready for the next use.
/// Lives: texts that are bound and texts that are read are borrowed until the next step.
class SqliteStatement {
  public:
    SqliteStatement(sqlite3_stmt* statement, std::string_view path)
        : statement_(statement), path_(path) {}
    SqliteStatement(SqliteStatement&& other) noexcept
        : statement_(std::exchange(other.statement_, nullptr)),
          path_(other.path_),
          bound_(other.bound_) {}
    SqliteStatement& operator=(SqliteStatement&&) = delete;
    ~SqliteStatement();

    /// Bind the next parameter, from the first on.
    SqliteStatement& add(std::int64_t value);
    SqliteStatement& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
    SqliteStatement& add(std::string_view text);
    SqliteStatement& add_bytes(std::string_view bytes);

    /// Goes to the next row; false at the end.
    base::Result<bool> step();
    /// For statements that give no rows.
    base::Result<void> run();

    std::int64_t integer(int column) const;
    std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string_view bytes(int column) const;
    std::string text(int column) const { return std::string(bytes(column)); }
    int column_count() const;
    std::string_view column_name(int column) const;
    enum class Kind { integer, text, bytes, other };
    Kind kind(int column) const;

  private:
    sqlite3_stmt* statement_;
    std::string_view path_;
    int bound_ = 0;
};

/// One connection to one database file, with its prepared statements.
/// The adapter: nothing outside this component names SQLite, and every failure is a Result.
/// Threads: one at a time.
class SqliteConnection {
  public:
    enum class Mode { read_write, read };

    /// Errors: not_found (reading, no such file), denied, corrupt (not a database), io.
    static base::Result<SqliteConnection> open(const std::string& path, Mode mode);

    /// The statement for `sql`, prepared on first use. Only texts of our own code, never values.
    base::Result<SqliteStatement> statement(std::string_view sql);
    /// Runs one or several statements without values.
    base::Result<void> run(const std::string& sql);
    /// The first column of the first row, if there is one.
    base::Result<std::optional<std::int64_t>> integer(std::string_view sql);

    /// Copies the database as the last commit left it into a new file, whole in itself: no
    /// write-ahead log beside it. Writers go on meanwhile.   Errors: io if the file is there;
    /// limit.
    base::Result<void> copy_to(const std::string& path);

    const std::string& path() const { return *path_; }

  private:
    struct Closer {
        void operator()(sqlite3* database) const;
    };
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };
    SqliteConnection() = default;

    std::unique_ptr<std::string> path_;  // statements borrow it, so it must not move
    std::unique_ptr<sqlite3, Closer> database_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalizer>, std::less<>> statements_;
};

}  // namespace vedette::store
