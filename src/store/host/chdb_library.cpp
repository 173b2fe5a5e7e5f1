// SPDX-License-Identifier: Apache-2.0
#include "store/host/chdb_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

namespace vedette::store::host {

namespace {

std::string program_folder() {
    char path[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    const std::string text(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::size_t slash = text.rfind('/');
    return slash == std::string::npos ? "." : text.substr(0, slash);
}

template <typename Function>
void bind(void* library, const char* name, Function& out, std::string& missing) {
    void* symbol = ::dlsym(library, name);
    if (symbol == nullptr) missing += std::string(missing.empty() ? "" : ", ") + name;
    out = reinterpret_cast<Function>(symbol);
}

}  // namespace

std::vector<std::string> chdb_library_paths() {
    std::vector<std::string> paths;
    if (const char* given = std::getenv("VEDETTE_LIBCHDB"); given != nullptr && *given != '\0') {
        // Whoever names one wants that one: another in its place would be a surprise.
        return {given};
    }
    const std::string folder = program_folder();
    paths.push_back(folder + "/libchdb.so");
    paths.push_back(folder + "/../libchdb.so");
    paths.emplace_back("/usr/local/lib/vedette/libchdb.so");
    return paths;
}

base::Result<std::string> find_chdb_library() {
    std::string looked_at;
    for (const std::string& path : chdb_library_paths()) {
        if (::access(path.c_str(), R_OK) == 0) return path;
        looked_at += (looked_at.empty() ? "" : ", ") + path;
    }
    return base::fail(base::ErrorCode::not_found, "the store's engine libchdb.so is not there",
                      looked_at,
                      "run ./run once: it fetches the engine; or set VEDETTE_LIBCHDB to its path");
}

base::Result<ChdbLibrary> load_chdb_library(const std::string& path) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return base::fail(base::ErrorCode::unsupported,
                          std::string("cannot load the store's engine: ") + ::dlerror(), path,
                          "remove it and run ./run once to fetch it again");
    }
    ChdbLibrary out;
    std::string missing;
    bind(library, "chdb_connect", out.connect, missing);
    bind(library, "chdb_close_conn", out.close_conn, missing);
    bind(library, "chdb_query_with_params_n", out.query_with_params_n, missing);
    bind(library, "chdb_stream_query_with_params_n", out.stream_query_with_params_n, missing);
    bind(library, "chdb_stream_fetch_result", out.stream_fetch_result, missing);
    bind(library, "chdb_stream_cancel_query", out.stream_cancel_query, missing);
    bind(library, "chdb_stream_insert_n", out.stream_insert_n, missing);
    bind(library, "chdb_stream_append", out.stream_append, missing);
    bind(library, "chdb_stream_done", out.stream_done, missing);
    bind(library, "chdb_stream_cancel_insert", out.stream_cancel_insert, missing);
    bind(library, "chdb_stream_insert_error", out.stream_insert_error, missing);
    bind(library, "chdb_destroy_insert_stream", out.destroy_insert_stream, missing);
    bind(library, "chdb_destroy_query_result", out.destroy_query_result, missing);
    bind(library, "chdb_result_buffer", out.result_buffer, missing);
    bind(library, "chdb_result_length", out.result_length, missing);
    bind(library, "chdb_result_error", out.result_error, missing);
    bind(library, "chdb_result_storage_rows_read", out.result_storage_rows_read, missing);
    bind(library, "chdb_result_storage_bytes_read", out.result_storage_bytes_read, missing);
    bind(library, "chdb_result_rows_written", out.result_rows_written, missing);
    bind(library, "chdb_result_bytes_written", out.result_bytes_written, missing);
    bind(library, "chdb_classify_query_n", out.classify_query_n, missing);
    bind(library, "chdb_version", out.version, missing);
    bind(library, "chdb_set_signal_handlers_enabled", out.set_signal_handlers_enabled, missing);
    bind(library, "chdb_shutdown", out.shutdown, missing);
    if (!missing.empty()) {
        return base::fail(base::ErrorCode::unsupported, "the engine lacks " + missing, path,
                          "use the version named in npm/engine/package-lock.json");
    }
    return out;
}

}  // namespace vedette::store::host
