// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rule/search/list_sql.h"
#include "rule/search/plan.h"
#include "rule/search/time_text.h"

namespace vedette::rule::search {

/// A statement in ClickHouse's dialect over the store's `events` (store/schema.h). Everything that
/// came from a person is in `params`, never in `sql`; names there are "p0", "p1", ... and values
/// are as meant: whoever sends them escapes them for the wire (store::Client does).
struct SqlQuery {
    std::string sql;
    std::vector<std::pair<std::string, std::string>> params;
    /// How the answer must be asked for; search_sql's is read by decode_hits (hit.h).
    std::string format = "RowBinary";
    /// Bit i: it reads only the column of schema field i, so its answer is right where the answer
    /// of mapped_sql lacks that bit.
    std::uint64_t relies_on = 0;
    /// Fields that are looked for in the store's map, or in a column that they have by promotion:
    /// those that such a column is worth for. Each once, in order.
    std::vector<std::string> map_fields;
};

/// Fields of the map that have a column of their own as well (store/promotion.h: NULL where the row
/// lacks the field), and its name, which is ours.
using PromotedColumns = std::map<std::string, std::string>;

struct SqlOptions {
    base::Timestamp now;      ///< for now-1h and the like
    TimeRange range = {};     ///< on the events' own time
    std::size_t limit = 100;  ///< newest first; at most kHitsMax
    /// Looks only at rows whose id is at least this journal offset: for live views.
    std::uint64_t offset_min = 0;
    /// The look-up lists there are; nullptr: none.
    std::shared_ptr<const event::LookupSet> lists = nullptr;
    /// Bit i: schema field i may have values in the store's map beside its column (the answer of
    /// mapped_sql). All: nobody asked. Reading the map costs forty times what a column costs.
    std::uint64_t mapped_fields = ~std::uint64_t{0};
    /// Columns that are read instead of the map; nullptr: none. The answer is the same.
    std::shared_ptr<const PromotedColumns> promoted = nullptr;
};

/// Asks which schema fields have values in the store's map in that time: one UInt64, for
/// SqlOptions::mapped_fields. Milliseconds where there are none.
SqlQuery mapped_sql(const TimeRange& range);

/// The newest events that a query finds, by time and then id, newest first.
/// Errors: bad_input with column and caret lines; limit if more than kHitsMax are asked for.
base::Result<SqlQuery> search_sql(std::string_view query, const SqlOptions& options);

/// How many there are: one UInt64.
base::Result<SqlQuery> count_sql(std::string_view query, const SqlOptions& options);

/// The condition alone: for other statements over `events`.
class SqlWriter {
  public:
    SqlWriter() = default;
    explicit SqlWriter(const SqlOptions& options)
        : mapped_fields_(options.mapped_fields), promoted_(options.promoted) {}

    /// An expression that is 0 or 1, never NULL, for every row.
    std::string condition(const PlanNode& plan);
    std::string condition(const TimeRange& range, std::string_view column);
    /// "{pN:Type}" for a value.
    std::string param(std::string_view type, std::string value);
    /// Whether the column of a field tells all, so that the map need not be read; who asks and is
    /// told so relies on it.
    bool is_only_in_column(const FieldPlace& place);
    /// How a field of the map is read: its text, '' where there is none, and whether there is one.
    struct MapField {
        std::string text, is_there;
        bool is_promoted = false;  ///< it is read from a column of its own
    };
    MapField map_field(const std::string& name);
    std::vector<std::pair<std::string, std::string>> take_params() { return std::move(params_); }
    /// A statement with the parameters, all it relies on and what it looks for in the map.
    SqlQuery take_query(std::string sql);

  private:
    std::string test(const PlanTest& test);
    std::string field_test(const PlanTest& test);
    std::string checks(const PlanTest& test, const std::string& value);
    std::string check(const Check& check, const std::string& value);
    std::string record_test(const PlanTest& test);
    std::string number_column_test(const PlanTest& test);
    std::string number_range(const Check& check, const std::string& value);
    std::string time_test(const PlanTest& test);
    std::string result_test(const PlanTest& test);
    const ListKeys& keys_of(const event::LookupList& list);

    const std::uint64_t mapped_fields_ = ~std::uint64_t{0};
    const std::shared_ptr<const PromotedColumns> promoted_;
    std::set<std::string> map_fields_;
    std::uint64_t relies_on_ = 0;
    std::vector<std::pair<std::string, std::string>> params_;
    std::map<const event::LookupList*, ListKeys> lists_;  // each is a set of parameters once
};

/// Errors: limit if the look-up lists of a condition are more than a search can carry.
base::Result<void> check_lists(const PlanNode& plan);

/// The time range, the condition and `offset_min` as one expression.
std::string where_clause(const PlanNode& plan, const SqlOptions& options, SqlWriter& writer);

/// SQL for the elements of `value`, the text of a JSON array, as an array of texts; and whether
/// `value` is one.
std::string list_elements(const std::string& value);
std::string is_list(const std::string& value);

}  // namespace vedette::rule::search
