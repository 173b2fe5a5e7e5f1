// SPDX-License-Identifier: Apache-2.0
#include "store/state/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/check.h"
#include "base/files.h"
#include "store/state/limits.h"

namespace vedette::store {

namespace {

base::ErrorCode code_of(int result) {
    switch (result & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return base::ErrorCode::unavailable;
        case SQLITE_FULL:
        case SQLITE_TOOBIG:
        case SQLITE_NOMEM: return base::ErrorCode::limit;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return base::ErrorCode::corrupt;
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_READONLY: return base::ErrorCode::denied;
        case SQLITE_INTERRUPT: return base::ErrorCode::cancelled;
        default: return base::ErrorCode::io;
    }
}

std::string hint_of(int result) {
    switch (result & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "another process holds the state; is a second server running?";
        case SQLITE_FULL: return "free some space; work goes on by itself once there is room";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return "move the file away: the state is rebuilt from the journal";
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN: return "check owner and rights of the file and its folder";
        default: return {};
    }
}

tl::unexpected<base::Error> fail_sqlite(sqlite3* database, int result, std::string_view path) {
    std::string text = "the state's database refused: ";
    text += database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(result);
    return base::fail(code_of(result), std::move(text), std::string(path), hint_of(result));
}

/// Makes the file if it is missing: SQLite would make it readable for everybody, and it holds
/// pieces of events. A file that exists is never opened here, because closing it would drop the
/// locks that other connections of this process hold on it. Source: sqlite.org, "How To Corrupt An
/// SQLite Database File", section 2.2
base::Result<void> find_file(const std::string& path, bool is_writer) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return {};
    if (!is_writer) return base::fail_errno("cannot open the state", path);
    const base::OwnedFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!made.is_open()) return base::fail_errno("cannot make the state", path);
    return {};
}

}  // namespace

SqliteStatement::~SqliteStatement() {
    if (statement_ == nullptr) return;
    // Reports the failure of the last step once more; it was returned there.
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

SqliteStatement& SqliteStatement::add(std::int64_t value) {
    VD_CHECK(sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK);
    return *this;
}

SqliteStatement& SqliteStatement::add(std::string_view text) {
    // A null pointer would bind NULL instead of the empty text. Too long a text fails in step(),
    // where the missing value breaks a NOT NULL constraint.
    const char* data = text.data() != nullptr ? text.data() : "";
    sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

SqliteStatement& SqliteStatement::add_bytes(std::string_view bytes) {
    const char* data = bytes.data() != nullptr ? bytes.data() : "";
    sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_STATIC);
    return *this;
}

base::Result<bool> SqliteStatement::step() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return fail_sqlite(sqlite3_db_handle(statement_), result, path_);
}

base::Result<void> SqliteStatement::run() {
    VD_TRY(const bool has_row, step());
    VD_CHECK(!has_row);
    return {};
}

std::int64_t SqliteStatement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view SqliteStatement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    if (data == nullptr) return {};
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

int SqliteStatement::column_count() const { return sqlite3_column_count(statement_); }

std::string_view SqliteStatement::column_name(int column) const {
    return sqlite3_column_name(statement_, column);
}

SqliteStatement::Kind SqliteStatement::kind(int column) const {
    switch (sqlite3_column_type(statement_, column)) {
        case SQLITE_INTEGER: return Kind::integer;
        case SQLITE_TEXT: return Kind::text;
        case SQLITE_BLOB: return Kind::bytes;
        default: return Kind::other;
    }
}

void SqliteConnection::Closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

void SqliteConnection::Finalizer::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

base::Result<SqliteConnection> SqliteConnection::open(const std::string& path, Mode mode) {
    const bool is_writer = mode == Mode::read_write;
    VD_TRY_DO(find_file(path, is_writer));

    SqliteConnection connection;
    connection.path_ = std::make_unique<std::string>(path);
    sqlite3* database = nullptr;
    const int result = sqlite3_open_v2(
        path.c_str(), &database,
        (is_writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX, nullptr);
    connection.database_.reset(database);
    if (result != SQLITE_OK) return fail_sqlite(database, result, path);
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, kStateBusyMs);
    // The file is as untrusted as any other: no writing to the schema, no functions from it.
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    VD_TRY_DO(
        connection.run("PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; "
                       "PRAGMA cache_size = -" +
                       std::to_string(kStateCacheKib)));
    return connection;
}

base::Result<SqliteStatement> SqliteConnection::statement(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* statement = nullptr;
        const int result =
            sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                               SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (result != SQLITE_OK) return fail_sqlite(database_.get(), result, *path_);
        found = statements_.emplace(std::string(sql), statement).first;
    }
    return SqliteStatement(found->second.get(), *path_);
}

base::Result<void> SqliteConnection::run(const std::string& sql) {
    const int result = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) return fail_sqlite(database_.get(), result, *path_);
    return {};
}

base::Result<void> SqliteConnection::copy_to(const std::string& path) {
    {
        const base::OwnedFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
        if (!made.is_open()) return base::fail_errno("cannot make the copy of the state", path);
    }
    VD_TRY(SqliteConnection copy, open(path, Mode::read_write));
    sqlite3_backup* const backup =
        sqlite3_backup_init(copy.database_.get(), "main", database_.get(), "main");
    if (backup == nullptr) {
        return fail_sqlite(copy.database_.get(), sqlite3_errcode(copy.database_.get()), path);
    }
    // All pages in one step are one look at the database. In parts, a commit in between would make
    // it begin anew each time.
    const int stepped = sqlite3_backup_step(backup, -1);
    const int finished = sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return fail_sqlite(nullptr, stepped, path);
    if (finished != SQLITE_OK) return fail_sqlite(nullptr, finished, path);
    return copy.run("PRAGMA journal_mode = DELETE");
}

base::Result<std::optional<std::int64_t>> SqliteConnection::integer(std::string_view sql) {
    VD_TRY(auto query, statement(sql));
    VD_TRY(const bool has_row, query.step());
    if (!has_row) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(query.integer(0));
}

}  // namespace vedette::store
