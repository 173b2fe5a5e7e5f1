// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::store::host {

/// The engine's C interface as far as we use it. The package ships no header: these are our own
/// declarations, and their opaque handles are all a pointer to a struct of one pointer.
/// Source: the public description of chDB's C interface, version 26.7; exported names of libchdb.so
struct ChdbHandle {
    void* internal;
};
using ChdbResult = ChdbHandle;
using ChdbConnection = ChdbHandle*;
using ChdbInsertStream = ChdbHandle*;

/// What classify_query_n tells of a statement; of `query_class` we only want 0, "leaves no trace".
struct ChdbQueryAnalysis {
    std::uint32_t struct_size = sizeof(ChdbQueryAnalysis);
    std::uint32_t statement_count = 0;
    std::uint32_t flags = 0;
    std::uint32_t query_class = 0;
};

struct ChdbLibrary {
    ChdbConnection* (*connect)(int argc, char** argv) = nullptr;
    void (*close_conn)(ChdbConnection*) = nullptr;
    ChdbResult* (*query_with_params_n)(ChdbConnection, const char* query, std::size_t query_size,
                                       const char* format, std::size_t format_size,
                                       const char* const* names, const std::size_t* name_sizes,
                                       const char* const* values, const std::size_t* value_sizes,
                                       std::size_t count) = nullptr;
    ChdbResult* (*stream_query_with_params_n)(
        ChdbConnection, const char* query, std::size_t query_size, const char* format,
        std::size_t format_size, const char* const* names, const std::size_t* name_sizes,
        const char* const* values, const std::size_t* value_sizes, std::size_t count) = nullptr;
    ChdbResult* (*stream_fetch_result)(ChdbConnection, ChdbResult*) = nullptr;
    void (*stream_cancel_query)(ChdbConnection, ChdbResult*) = nullptr;
    ChdbInsertStream (*stream_insert_n)(ChdbConnection, const char* query, std::size_t query_size,
                                        const char* format, std::size_t format_size) = nullptr;
    int (*stream_append)(ChdbInsertStream, const void* data, std::size_t size) = nullptr;
    ChdbResult* (*stream_done)(ChdbInsertStream) = nullptr;
    void (*stream_cancel_insert)(ChdbInsertStream) = nullptr;
    const char* (*stream_insert_error)(ChdbInsertStream) = nullptr;
    void (*destroy_insert_stream)(ChdbInsertStream) = nullptr;
    void (*destroy_query_result)(ChdbResult*) = nullptr;
    char* (*result_buffer)(ChdbResult*) = nullptr;
    std::size_t (*result_length)(ChdbResult*) = nullptr;
    const char* (*result_error)(ChdbResult*) = nullptr;
    std::uint64_t (*result_storage_rows_read)(ChdbResult*) = nullptr;
    std::uint64_t (*result_storage_bytes_read)(ChdbResult*) = nullptr;
    std::uint64_t (*result_rows_written)(ChdbResult*) = nullptr;
    std::uint64_t (*result_bytes_written)(ChdbResult*) = nullptr;
    int (*classify_query_n)(ChdbConnection, const char* sql, std::size_t size, const char* database,
                            std::size_t database_size, ChdbQueryAnalysis* out) = nullptr;
    const char* (*version)() = nullptr;
    void (*set_signal_handlers_enabled)(int) = nullptr;
    int (*shutdown)() = nullptr;
};

/// Where the library may be, in the order in which it is looked for: only $VEDETTE_LIBCHDB where
/// that is set, else beside the program, one folder up, /usr/local/lib/vedette.
std::vector<std::string> chdb_library_paths();

/// The first of these paths that exists.   Errors: not_found, with what to do.
base::Result<std::string> find_chdb_library();

/// Loads it and finds its functions; it stays loaded until the process ends.
/// Errors: unsupported if it cannot be loaded or lacks a function.   Cost: 120 ms, 566 MB mapped.
/// Does not work in a program built with the address or thread sanitizer: the library brings an
/// allocator of its own. That is why the host is a program apart.
base::Result<ChdbLibrary> load_chdb_library(const std::string& path);

}  // namespace vedette::store::host
