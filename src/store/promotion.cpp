// SPDX-License-Identifier: Apache-2.0
#include "store/promotion.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/hash.h"
#include "event/schema.h"
#include "store/schema.h"

namespace vedette::store {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kPrefix = "promoted_";

/// Cells of one line of TabSeparated, unescaped as far as our names have escapes.
std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\t') {
            cells.emplace_back();
        } else if (line[i] == '\\' && i + 1 < line.size()) {
            cells.back().push_back(line[++i]);
        } else {
            cells.back().push_back(line[i]);
        }
    }
    return cells;
}

std::vector<std::vector<std::string>> table_of(std::string_view answer) {
    std::vector<std::vector<std::string>> rows;
    while (!answer.empty()) {
        const std::string_view line = answer.substr(0, answer.find('\n'));
        answer.remove_prefix(std::min(answer.size(), line.size() + 1));
        rows.push_back(cells_of(line));
    }
    return rows;
}

std::uint64_t number_of(const std::string& text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// DDL takes no placeholders, so only names of harmless letters are promoted: those of real fields.
Result<void> check_name(const std::string& field) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@/:";
    if (field.empty() || field.size() > kPromotedNameBytesMax ||
        field.find_first_not_of(kLetters) != std::string::npos) {
        return base::fail(ErrorCode::bad_input, "a field of this name cannot be promoted", field,
                          "letters, digits and _ . - @ / : are taken");
    }
    for (const event::SchemaField& known : event::schema_fields()) {
        if (known.name == field) {
            return base::fail(ErrorCode::bad_input, "this field has a column already", field);
        }
    }
    return {};
}

Result<void> wait_for_filling(Client& client, const std::string& column,
                              const std::function<bool()>& may_wait) {
    for (;;) {
        VD_TRY(const std::string answer,
               client.query("SELECT latest_fail_reason FROM system.mutations WHERE database = "
                            "currentDatabase() AND table = {table:String} AND NOT is_done AND "
                            "position(command, {column:String}) > 0",
                            {{"table", std::string(kEventsTable)}, {"column", column}}));
        const auto rows = table_of(answer);
        if (rows.empty()) return {};
        if (!rows[0][0].empty()) {
            return base::fail(ErrorCode::limit, "the column cannot be filled yet: " + rows[0][0],
                              column);
        }
        if (!may_wait()) {
            return base::fail(ErrorCode::cancelled, "asked not to wait for the column", column);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(kFillPollMs));
    }
}

}  // namespace

std::string promoted_column(std::string_view field) {
    return std::string(kPrefix) + base::hash128(field).hex().substr(0, 16);
}

Result<std::vector<PromotedField>> promoted_fields(Client& client) {
    VD_TRY(const std::string answer,
           client.query(
               "SELECT c.comment, c.name, (SELECT sum(rows) FROM system.parts WHERE active AND "
               "database = currentDatabase() AND table = {table:String}), p.rows FROM "
               "system.columns AS c LEFT JOIN (SELECT column, sum(rows) AS rows FROM "
               "system.parts_columns WHERE active AND database = currentDatabase() AND table = "
               "{table:String} GROUP BY column) AS p ON p.column = c.name WHERE c.database = "
               "currentDatabase() AND c.table = {table:String} AND startsWith(c.name, "
               "{prefix:String}) ORDER BY c.comment",
               {{"table", std::string(kEventsTable)}, {"prefix", std::string(kPrefix)}}));
    std::vector<PromotedField> fields;
    for (const auto& cells : table_of(answer)) {
        if (cells.size() != 4) {
            return base::fail(ErrorCode::corrupt, "the store's list of columns is unreadable");
        }
        fields.push_back({cells[0], cells[1], number_of(cells[2]), number_of(cells[3])});
    }
    return fields;
}

Result<void> promote_field(Client& client, const std::string& field) {
    VD_TRY_DO(check_name(field));
    VD_TRY(const auto there, promoted_fields(client));
    for (const PromotedField& each : there) {
        if (each.name == field) return {};
    }
    if (there.size() >= kPromotedMax) {
        return base::fail(ErrorCode::limit,
                          fmt::format("{} fields are promoted already", there.size()), field,
                          "demote one that is asked for less");
    }
    return client.execute(fmt::format(
        "ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} LowCardinality(Nullable(String)) MATERIALIZED "
        "if(mapContains(fields, '{}'), fields['{}'], NULL) COMMENT '{}'",
        quote_identifier(kEventsTable), quote_identifier(promoted_column(field)), field, field,
        field));
}

Result<std::optional<std::string>> fill_promoted(Client& client, const std::string& field,
                                                 const std::function<bool()>& may_wait) {
    const std::string column = promoted_column(field);
    VD_TRY_DO(wait_for_filling(client, column, may_wait));
    VD_TRY(const std::string answer,
           client.query("SELECT partition_id, any(partition) FROM system.parts WHERE active AND "
                        "database = currentDatabase() AND table = {table:String} AND name NOT IN "
                        "(SELECT name FROM system.parts_columns WHERE active AND database = "
                        "currentDatabase() AND table = {table:String} AND column = "
                        "{column:String}) GROUP BY partition_id ORDER BY partition_id DESC LIMIT 1",
                        {{"table", std::string(kEventsTable)}, {"column", column}}));
    const auto rows = table_of(answer);
    if (rows.empty()) return std::optional<std::string>();
    const std::string& id = rows[0][0];
    if (rows[0].size() != 2 || id.find_first_not_of("0123456789") != std::string::npos) {
        return base::fail(ErrorCode::corrupt, "the store's list of partitions is unreadable");
    }
    VD_TRY_DO(
        client.execute(fmt::format("ALTER TABLE {} MATERIALIZE COLUMN {} IN PARTITION ID '{}'",
                                   quote_identifier(kEventsTable), quote_identifier(column), id),
                       {}, {{"mutations_sync", "0"}}));
    VD_TRY_DO(wait_for_filling(client, column, may_wait));
    return std::optional<std::string>(rows[0][1]);
}

Result<void> demote_field(Client& client, const std::string& field) {
    VD_TRY(const auto there, promoted_fields(client));
    for (const PromotedField& each : there) {
        if (each.name != field) continue;
        return client.execute(fmt::format("ALTER TABLE {} DROP COLUMN {}",
                                          quote_identifier(kEventsTable),
                                          quote_identifier(each.column)));
    }
    return base::fail(ErrorCode::not_found, "this field is not promoted", field);
}

Result<FieldUse> count_fields(Client& client, const std::vector<std::string>& fields,
                              std::uint64_t sample_rows) {
    FieldUse use;
    if (fields.empty()) return use;
    std::string columns = "count()";
    Values values = {{"rows", std::to_string(sample_rows)}};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        columns += fmt::format(", countIf(mapContains(fields, {{f{}:String}}))", i);
        values.emplace_back(fmt::format("f{}", i), fields[i]);
    }
    VD_TRY(const std::string answer,
           client.query(fmt::format("SELECT {} FROM (SELECT fields FROM {} ORDER BY offset DESC, "
                                    "row DESC LIMIT {{rows:UInt64}})",
                                    columns, quote_identifier(kEventsTable)),
                        values));
    const auto rows = table_of(answer);
    if (rows.size() != 1 || rows[0].size() != fields.size() + 1) {
        return base::fail(ErrorCode::corrupt, "the store's count of fields is unreadable");
    }
    use.rows = number_of(rows[0][0]);
    for (std::size_t i = 1; i < rows[0].size(); ++i) {
        use.with_field.push_back(number_of(rows[0][i]));
    }
    return use;
}

}  // namespace vedette::store
