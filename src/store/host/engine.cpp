// SPDX-License-Identifier: Apache-2.0
#include "store/host/engine.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/check.h"
#include "store/host/limits.h"

namespace vedette::store::host {

namespace {

constexpr int kUnknownException = 1002;

/// The vectors of pointers that the C interface wants.
struct ParameterArrays {
    explicit ParameterArrays(const NamedValues& params) {
        for (const auto& [name, value] : params) {
            names.push_back(name.data());
            name_sizes.push_back(name.size());
            values.push_back(value.data());
            value_sizes.push_back(value.size());
        }
    }
    std::vector<const char*> names, values;
    std::vector<std::size_t> name_sizes, value_sizes;
};

class ResultOwner {
  public:
    ResultOwner(const ChdbLibrary& library, ChdbResult* result)
        : library_(library), result_(result) {}
    ResultOwner(const ResultOwner&) = delete;
    ResultOwner& operator=(const ResultOwner&) = delete;
    ~ResultOwner() {
        if (result_ != nullptr) library_.destroy_query_result(result_);
    }
    ChdbResult* get() const { return result_; }

    base::Result<void> check() const {
        if (result_ == nullptr) return tl::unexpected(engine_error("the engine gave no result"));
        const char* error = library_.result_error(result_);
        if (error != nullptr) return tl::unexpected(engine_error(error));
        return {};
    }
    std::string_view bytes() const {
        const char* buffer = library_.result_buffer(result_);
        return buffer == nullptr ? std::string_view()
                                 : std::string_view(buffer, library_.result_length(result_));
    }
    Progress progress() const {
        return {library_.result_storage_rows_read(result_),
                library_.result_storage_bytes_read(result_), library_.result_rows_written(result_),
                library_.result_bytes_written(result_)};
    }

  private:
    const ChdbLibrary& library_;
    ChdbResult* result_;
};

class InsertOwner {
  public:
    InsertOwner(const ChdbLibrary& library, ChdbInsertStream stream)
        : library_(library), stream_(stream) {}
    InsertOwner(const InsertOwner&) = delete;
    InsertOwner& operator=(const InsertOwner&) = delete;
    ~InsertOwner() { library_.destroy_insert_stream(stream_); }

    base::Result<void> check() const {
        const char* error = library_.stream_insert_error(stream_);
        if (error != nullptr) return tl::unexpected(engine_error(error));
        return {};
    }

  private:
    const ChdbLibrary& library_;
    ChdbInsertStream stream_;
};

bool is_setting_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

void append_quoted(std::string& out, std::string_view text, char quote = '\'') {
    out.push_back(quote);
    for (const char c : text) {
        if (c == quote || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    out.push_back(quote);
}

ChdbConnection* connect(const ChdbLibrary& library, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "clickhouse");
    std::vector<char*> pointers;
    pointers.reserve(arguments.size());
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    return library.connect(static_cast<int>(pointers.size()), pointers.data());
}

std::vector<std::string> boot_arguments(const EngineOptions& options) {
    const auto option = [](std::string_view name, auto value) {
        return "--" + std::string(name) + "=" + std::to_string(value);
    };
    return {
        "--path=" + options.data_folder,
        "--backups.allowed_path=" + options.data_folder + "/backups",
        option("max_server_memory_usage", options.memory_bytes_max),
        option("mark_cache_size", kMarkCacheBytes),
        option("index_mark_cache_size", kMarkCacheBytes),
        option("primary_index_cache_size", kMarkCacheBytes),
        option("text_index_tokens_cache_size", kTextIndexCacheBytes),
        option("text_index_header_cache_size", kTextIndexCacheBytes),
        option("text_index_postings_cache_size", kTextIndexCacheBytes),
        option("vector_similarity_index_cache_size", kSmallCacheBytes),
        option("compiled_expression_cache_size", kSmallCacheBytes),
        option("query_condition_cache_size", kSmallCacheBytes),
        option("iceberg_metadata_files_cache_size", kSmallCacheBytes),
        option("parquet_metadata_cache_size", kSmallCacheBytes),
        option("max_thread_pool_size", kEngineThreadsMax),
        option("max_thread_pool_free_size", 8),
    };
}

}  // namespace

int exception_code(std::string_view text) {
    static constexpr std::string_view kMark = "Code: ";
    const std::size_t at = text.find(kMark);
    int code = kUnknownException;
    if (at != std::string_view::npos) {
        const std::string_view digits = text.substr(at + kMark.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), code);
    }
    return code;
}

base::Error engine_error(std::string_view text) {
    return {base::ErrorCode::bad_input, std::string(text), {}, {}, false};
}

Session::~Session() {
    if (connection_ != nullptr) library_->close_conn(connection_);
}

base::Result<void> Session::set(const NamedValues& settings) {
    if (settings.empty()) return {};
    std::string sql = "SET ";
    for (const auto& [name, value] : settings) {
        if (!is_setting_name(name)) {
            return tl::unexpected(engine_error("Code: 115. DB::Exception: Setting " + name +
                                               " is no setting. (UNKNOWN_SETTING)"));
        }
        if (sql.size() > 4) sql += ", ";
        sql += name + " = ";
        append_quoted(sql, value);
    }
    VD_TRY_DO(query(sql, "Null", {}, [](std::string_view) { return base::Result<void>(); }));
    return {};
}

base::Result<void> Session::use(std::string_view database) {
    std::string sql = "USE ";
    append_quoted(sql, database, '`');
    VD_TRY_DO(query(sql, "Null", {}, [](std::string_view) { return base::Result<void>(); }));
    return {};
}

bool Session::may_read_only(std::string_view sql) const {
    ChdbQueryAnalysis analysis;
    const int failed =
        library_->classify_query_n(*connection_, sql.data(), sql.size(), nullptr, 0, &analysis);
    if (failed != 0) return false;
    return analysis.statement_count == 0 ||
           (analysis.statement_count == 1 && analysis.query_class == 0);
}

base::Result<Progress> Session::query(std::string_view sql, std::string_view format,
                                      const NamedValues& params, const AnswerSink& sink) {
    const ParameterArrays arrays(params);
    const ResultOwner result(
        *library_, library_->query_with_params_n(*connection_, sql.data(), sql.size(),
                                                 format.data(), format.size(), arrays.names.data(),
                                                 arrays.name_sizes.data(), arrays.values.data(),
                                                 arrays.value_sizes.data(), params.size()));
    VD_TRY_DO(result.check());
    if (!result.bytes().empty()) VD_TRY_DO(sink(result.bytes()));
    return result.progress();
}

base::Result<Progress> Session::stream(std::string_view sql, std::string_view format,
                                       const NamedValues& params, const AnswerSink& sink) {
    const ParameterArrays arrays(params);
    const ResultOwner handle(
        *library_, library_->stream_query_with_params_n(
                       *connection_, sql.data(), sql.size(), format.data(), format.size(),
                       arrays.names.data(), arrays.name_sizes.data(), arrays.values.data(),
                       arrays.value_sizes.data(), params.size()));
    VD_TRY_DO(handle.check());
    Progress total;
    for (;;) {
        const ResultOwner piece(*library_,
                                library_->stream_fetch_result(*connection_, handle.get()));
        VD_TRY_DO(piece.check());
        const std::string_view bytes = piece.bytes();
        total = piece.progress();
        if (bytes.empty()) return total;
        if (auto taken = sink(bytes); !taken) {
            library_->stream_cancel_query(*connection_, handle.get());
            return tl::unexpected(std::move(taken).error());
        }
    }
}

base::Result<Progress> Session::insert(std::string_view sql, std::string_view format,
                                       std::string_view data) {
    ChdbInsertStream stream = library_->stream_insert_n(*connection_, sql.data(), sql.size(),
                                                        format.data(), format.size());
    const InsertOwner owner(*library_, stream);
    VD_TRY_DO(owner.check());
    while (!data.empty()) {
        const std::string_view piece = data.substr(0, kAppendBytes);
        data.remove_prefix(piece.size());
        if (library_->stream_append(stream, piece.data(), piece.size()) != 0) break;
    }
    const ResultOwner result(*library_, library_->stream_done(stream));
    VD_TRY_DO(result.check());
    VD_TRY_DO(owner.check());
    if (!data.empty()) return tl::unexpected(engine_error("the engine stopped reading the insert"));
    return result.progress();
}

base::Result<Engine> Engine::start(const ChdbLibrary& library, const EngineOptions& options) {
    VD_CHECK(options.data_folder.starts_with('/'));
    library.set_signal_handlers_enabled(0);
    ChdbConnection* boot = connect(library, boot_arguments(options));
    if (boot == nullptr) {
        // The folder is ours by now (folder_lock.h); the engine prints its reason itself.
        return base::fail(base::ErrorCode::io, "the store's engine does not start",
                          options.data_folder,
                          "the disk may be full or read-only, or the folder damaged");
    }
    return Engine(library, "--path=" + options.data_folder, boot);
}

Engine::Engine(Engine&& other) noexcept
    : library_(other.library_),
      path_argument_(std::move(other.path_argument_)),
      boot_(std::exchange(other.boot_, nullptr)) {}

Engine::~Engine() {
    if (boot_ == nullptr) return;
    library_.close_conn(boot_);
    library_.shutdown();
}

base::Result<Session> Engine::session() const {
    ChdbConnection* connection = connect(library_, {path_argument_});
    if (connection == nullptr) {
        return base::fail(base::ErrorCode::unavailable, "the engine gives no further session");
    }
    return Session(library_, connection);
}

}  // namespace vedette::store::host
