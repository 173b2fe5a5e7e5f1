// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <charconv>

#include "store/migrations.h"

namespace vedette::store {

namespace {

std::string create_version_table(const std::string& database) {
    return "CREATE TABLE IF NOT EXISTS " + quote_identifier(database) +
           ".schema_version (version UInt32, applied DateTime DEFAULT now(), program String) "
           "ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1";
}

base::Result<std::uint32_t> parse_version(std::string_view text) {
    std::uint32_t version = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (code == std::errc()) return version;
    return base::fail(base::ErrorCode::corrupt, "the store's schema version cannot be read");
}

base::Result<void> apply(Client& client, const Migration& migration) {
    for (const std::string& statement : migration.statements) {
        VD_TRY_DO(client.execute(statement));
    }
    return client.execute(
        "INSERT INTO schema_version (version, program) SELECT {version:UInt32}, {program:String}",
        {{"version", std::to_string(migration.version)}, {"program", "vedette " VEDETTE_VERSION}});
}

}  // namespace

std::uint32_t schema_version_known() { return migrations().back().version; }

base::Result<std::uint32_t> schema_version_stored(Client& client) {
    auto answer = client.query("SELECT max(version) FROM schema_version");
    if (answer) return parse_version(*answer);
    if (answer.error().code == base::ErrorCode::not_found) return 0;
    return tl::unexpected(std::move(answer).error());
}

base::Result<void> open_schema(Client& client) {
    VD_TRY_DO(client.execute_without_database("CREATE DATABASE IF NOT EXISTS " +
                                              quote_identifier(client.database())));
    VD_TRY_DO(client.execute(create_version_table(client.database())));
    return migrate(client, migrations());
}

base::Result<void> migrate(Client& client, const std::vector<Migration>& steps) {
    VD_TRY(const std::uint32_t stored, schema_version_stored(client));
    if (stored > steps.back().version) {
        return base::fail(base::ErrorCode::unsupported,
                          "the store has schema version " + std::to_string(stored) +
                              ", this program knows " + std::to_string(steps.back().version),
                          client.database(), "run the newer program that made it");
    }
    for (const Migration& step : steps) {
        if (step.version > stored) VD_TRY_DO(apply(client, step));
    }
    return {};
}

std::vector<std::string> event_columns() {
    std::vector<std::string> names = {"node",    "offset",      "row",    "time",
                                      "arrival", "arrival_day", "source", "origin",
                                      "dataset", "line",        "flags"};
    for (const event::SchemaField& field : event::schema_fields()) names.push_back(field.column());
    names.emplace_back("fields");
    names.emplace_back("raw");
    return names;
}

}  // namespace vedette::store
