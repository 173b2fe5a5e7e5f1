// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.h"

#include "base/check.h"
#include "event/schema.h"
#include "store/schema.h"

namespace vedette::store {

namespace {

/// How many of event::schema_fields() version 1 has: the table is append-only, so they stay the
/// same.
constexpr std::size_t kFieldsOfVersion1 = 50;

std::string column_type(event::StoreType type) {
    switch (type) {
        case event::StoreType::keyword: return "LowCardinality(String)";
        case event::StoreType::number: return "Nullable(Int64) CODEC(ZSTD(1))";
        case event::StoreType::text:
        case event::StoreType::ip: return "String CODEC(ZSTD(1))";
    }
    VD_CHECK(false);
}

std::string event_columns_of_version_1() {
    std::string out =
        "node UInt16 CODEC(ZSTD(1)), "
        "offset UInt64 CODEC(Delta(8), ZSTD(1)), "
        "row UInt32 CODEC(Delta(4), ZSTD(1)), "
        "time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)), "
        "arrival DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)), "
        "arrival_day Date CODEC(ZSTD(1)), "
        "source LowCardinality(String), "
        "origin LowCardinality(String), "
        "dataset LowCardinality(String), "
        "line UInt64 CODEC(Delta(8), ZSTD(1)), "
        "flags UInt16 CODEC(ZSTD(1)), ";
    for (const event::SchemaField& field : event::schema_fields().first(kFieldsOfVersion1)) {
        out += quote_identifier(field.column()) + " " + column_type(field.type) + ", ";
    }
    return out +
           "fields Map(LowCardinality(String), String) CODEC(ZSTD(1)), "
           "raw String CODEC(ZSTD(1))";
}

/// - merge_max_block_size and its byte twin bound what merges hold in memory.
/// - fsync: an insert that was acknowledged survives the loss of power.
/// - Parts stay compact (all columns in one file) up to 512 MB: 64 columns as files of their own
/// would
///   cost 200 descriptors a part and an fsync each.
/// - The deduplication window lets an insert be sent again while its first sending may still run.
constexpr const char* kEventsSettings =
    "merge_max_block_size = 1024, merge_max_block_size_bytes = 1048576, "
    "fsync_after_insert = 1, fsync_part_directory = 1, "
    "min_bytes_for_wide_part = 536870912, min_rows_for_wide_part = 0, "
    "non_replicated_deduplication_window = 1000";

Migration version_1() {
    const std::string columns = event_columns_of_version_1();
    return {1,
            {"CREATE TABLE IF NOT EXISTS events (" + columns +
                 ", INDEX time_range time TYPE minmax GRANULARITY 1"
                 ", INDEX raw_words lowerUTF8(raw) TYPE text(tokenizer = splitByNonAlpha)"
                 ") ENGINE = MergeTree PARTITION BY arrival_day ORDER BY (offset, row) SETTINGS " +
                 kEventsSettings,
             "CREATE TABLE IF NOT EXISTS events_check (" + columns + ") ENGINE = Null"}};
}

/// `mapped`: bit i tells that schema field i has an entry in `fields` beside its column. Nearly
/// always none has, and then a search need not read the map, which costs forty times what a column
/// costs; the index tells that of all rows in a millisecond. Rows that were there before have it
/// computed when they are read, and written when they are merged.
Migration version_2() {
    std::string names, bits;
    for (std::size_t i = 0; i < kFieldsOfVersion1; ++i) {
        names += (i == 0 ? "'" : ", '") + std::string(event::schema_fields()[i].name) + "'";
        bits += (i == 0 ? "" : ", ") + std::to_string(std::uint64_t{1} << i);
    }
    return {2,
            {"ALTER TABLE events ADD COLUMN IF NOT EXISTS mapped UInt64 MATERIALIZED "
             "arrayReduce('groupBitOr', arrayMap(k -> toUInt64(transform(toString(k), [" +
                 names + "], [" + bits + "], 0)), mapKeys(fields))) CODEC(ZSTD(1))",
             "ALTER TABLE events ADD INDEX IF NOT EXISTS mapped_range mapped TYPE minmax "
             "GRANULARITY 1"}};
}

}  // namespace

const std::vector<Migration>& migrations() {
    static const std::vector<Migration> all = {version_1(), version_2()};
    return all;
}

}  // namespace vedette::store
