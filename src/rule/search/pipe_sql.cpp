// SPDX-License-Identifier: Apache-2.0
#include "rule/search/pipe_sql.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "rule/search/hit.h"
#include "rule/search/limits.h"
#include "rule/search/measure_sql.h"
#include "rule/search/value_sql.h"

namespace vedette::rule::search {

namespace {

std::string numbered(char letter, std::size_t number) { return letter + std::to_string(number); }

class TableWriter {
  public:
    TableWriter(const PipePlan& plan, const SqlOptions& options)
        : plan_(plan), grouping_(plan.grouping), writer_(options) {
        begin(options);
    }

    /// `names`: of all columns, for files; else they are called c0, c1, ...
    std::string statement(std::size_t rows_max, const std::vector<std::string>& names) {
        put_lists_apart();
        if (has_series()) put_small_series_together();
        make_results();
        if (grouping_.span_ns != 0) fill_buckets();
        keep_rows_per_group();
        for (const TableStep& step : plan_.steps)
            std::visit([this](const auto& s) { add(s); }, step.what);
        std::string columns;
        for (const std::size_t place : plan_.visible) {
            columns += (columns.empty() ? "" : ", ") + numbered('c', place);
            if (!names.empty()) columns += " AS " + names[place];
        }
        return "SELECT " + columns + " FROM (" + sql_ + ")" + order_by() + " LIMIT " +
               std::to_string(rows_max);
    }

    SqlQuery take_query(std::string sql) { return writer_.take_query(std::move(sql)); }

  private:
    bool is_chart() const { return grouping_.span_ns != 0; }
    bool has_series() const { return is_chart() && !grouping_.keys.empty(); }

    // Rows of events become groups of texts as they are stored: b, k0.., n, s0..
    void begin(const SqlOptions& options) {
        std::string where = where_clause(plan_.filter, options, writer_);
        if (is_chart()) {
            select("b", bucket());
            group("b");
        }
        for (std::size_t i = 0; i < grouping_.keys.size(); ++i) {
            const FieldSql key = field_sql(grouping_.keys[i], writer_);
            may_be_list_.push_back(key.may_be_list);
            select(numbered('k', i), key.text);
            group(numbered('k', i));
            const bool is_needed = grouping_.needs_last_key && i + 1 == grouping_.keys.size();
            if (is_needed) where += " AND " + key.text + " != ''";
        }
        if (has_series()) select("n", "count()");
        for (const PlannedAggregate& planned : grouping_.aggregates) {
            std::vector<std::string> names;
            for (StateSql& state : states_of(planned, writer_)) {
                names.push_back(numbered('s', merges_.size()));
                select(names.back(), state.begin);
                merges_.push_back(std::move(state.merge));
            }
            states_.push_back(std::move(names));
        }
        finish("events", " WHERE " + where);
    }

    // Time in buckets: whole numbers, rounded down below 1970 as well.
    std::string bucket() {
        std::string nanoseconds = "toUnixTimestamp64Nano(time)";
        const std::string span = writer_.param("Int64", std::to_string(grouping_.span_ns));
        if (grouping_.shift_ns != 0) {
            nanoseconds = "(least(" + nanoseconds + ", " +
                          std::to_string(INT64_MAX - grouping_.shift_ns) + ") + " +
                          std::to_string(grouping_.shift_ns) + ")";
        }
        return "if(" + nanoseconds + " >= 0, intDiv(" + nanoseconds + ", " + span + "), intDiv(" +
               nanoseconds + " + 1, " + span + ") - 1)";
    }

    // An event with several values of a key is in the group of each.
    void put_lists_apart() {
        const auto& lists = may_be_list_;
        if (std::find(lists.begin(), lists.end(), true) == lists.end()) return;
        const std::size_t values_max = kGroupValuesMax[grouping_.keys.size() - 1];
        std::string apart;
        for (std::size_t i = 0; i < grouping_.keys.size(); ++i) {
            const std::string key = numbered('k', i);
            apart += (apart.empty() ? "" : ", ") +
                     (lists[i] ? "arrayJoin(emptyArrayToSingle(" +
                                     different_values(key, values_max) + ")) AS " + numbered('v', i)
                               : "toString(" + key + ") AS " + numbered('v', i));
        }
        if (is_chart()) apart += ", b";
        if (has_series()) apart += ", n";
        for (std::size_t i = 0; i < merges_.size(); ++i) apart += ", " + numbered('s', i);
        if (is_chart()) {
            select("b_", "b");
            group("b_");
        }
        std::string where;
        for (std::size_t i = 0; i < grouping_.keys.size(); ++i) {
            select(numbered('k', i), numbered('v', i));
            group(numbered('k', i));
            const bool is_needed = grouping_.needs_last_key && i + 1 == grouping_.keys.size();
            if (is_needed) where = " WHERE " + numbered('v', i) + " != ''";
        }
        merge("(SELECT " + apart + " FROM (" + sql_ + "))", where);
    }

    // States of the same group become one; selected and grouped is what they are merged by.
    void merge(const std::string& from, const std::string& where) {
        if (has_series()) select("n_", "sum(n)");
        for (std::size_t i = 0; i < merges_.size(); ++i) {
            select(numbered('t', i), merges_[i] + "(" + numbered('s', i) + ")");
        }
        finish(from, where);
        // Back to the usual names: an alias may not be that of what it is made of.
        std::string names;
        for (std::size_t i = 0; i < grouping_.keys.size(); ++i) {
            names += (names.empty() ? "" : ", ") + numbered('k', i);
        }
        if (is_chart()) names += ", b_ AS b";
        if (has_series()) names += ", n_ AS n";
        if (has_other_) names += ", o";
        for (std::size_t i = 0; i < merges_.size(); ++i) {
            names += ", " + numbered('t', i) + " AS " + numbered('s', i);
        }
        sql_ = "SELECT " + names + " FROM (" + sql_ + ")";
    }

    // The series with the most events keep their names.
    void put_small_series_together() {
        sql_ = "SELECT *, sum(n) OVER (PARTITION BY k0) AS total FROM (" + sql_ + ")";
        sql_ = "SELECT *, dense_rank() OVER (ORDER BY total DESC, k0) AS place FROM (" + sql_ + ")";
        const std::string is_small = "place > " + std::to_string(kSeriesMax);
        sql_ = "SELECT b, n, " + is_small + " AS o, if(" + is_small + ", '" +
               std::string(kOtherSeries) + "', toString(k0)) AS k" + all_states() + " FROM (" +
               sql_ + ")";
        has_other_ = true;
        select("b_", "b");
        group("b_");
        select("k0", "k");
        group("k0");
        selected_ += ", o";
        group("o");
        merge("(" + sql_ + ")", "");
    }

    std::string all_states() const {
        std::string out;
        for (std::size_t i = 0; i < merges_.size(); ++i) out += ", " + numbered('s', i);
        return out;
    }

    // Columns as a person sees them: c0, c1, ... and o.
    void make_results() {
        std::size_t column = 0;
        if (is_chart()) select(numbered('c', column++), "b");
        for (std::size_t i = 0; i < grouping_.keys.size(); ++i) {
            const std::string key = numbered('k', i);
            select(numbered('c', column++), "nullIf(toString(" + key + "), '')");
        }
        if (has_other_) selected_ += ", o";
        for (std::size_t i = 0; i < states_.size(); ++i) {
            select(numbered('c', column++), result_of(grouping_.aggregates[i], states_[i]));
        }
        finish("(" + sql_ + ")", "");
    }

    // A row for every bucket of every series, unless they are too many.
    void fill_buckets() {
        std::string values, names, empty;
        for (std::size_t i = 0; i < grouping_.aggregates.size(); ++i) {
            const std::string column = numbered('c', 1 + grouping_.keys.size() + i);
            values += ", " + column;
            names += ", tupleElement(t, " + std::to_string(i + 2) + ") AS " + column;
            empty += ", " + empty_measure(grouping_.aggregates[i]);
        }
        const std::string key = has_series() ? "c1, o, " : "";
        sql_ = "SELECT *, " + bound(grouping_.has_first_bucket(), grouping_.first_bucket, "min") +
               " AS lo, " + bound(grouping_.has_last_bucket(), grouping_.last_bucket, "max") +
               " AS hi FROM (" + sql_ + ")";
        sql_ = "SELECT " + key + "groupArray((c0" + values + ")) AS r, groupArray(c0) AS p, " +
               edge(grouping_.has_first_bucket(), grouping_.first_bucket, "lo") + " AS first_b, " +
               edge(grouping_.has_last_bucket(), grouping_.last_bucket, "hi") +
               " AS last_b FROM (" + sql_ + ")" + (has_series() ? " GROUP BY c1, o" : "");
        // Without events and without both ends known there are no buckets.
        const bool is_known = grouping_.has_first_bucket() && grouping_.has_last_bucket();
        const std::string is_filled = std::string(is_known ? "" : "notEmpty(p) AND ") +
                                      "last_b - first_b < " + std::to_string(kBucketsMax);
        sql_ = "SELECT " + key + "arrayJoin(arrayConcat(r, arrayMap(x -> (x" + empty +
               "), arrayFilter(x -> NOT has(p, x), range(first_b, if(" + is_filled +
               ", last_b + 1, first_b)))))) AS t FROM (" + sql_ + ")";
        sql_ = "SELECT fromUnixTimestamp64Nano(tupleElement(t, 1) * " +
               std::to_string(grouping_.span_ns) + " - " + std::to_string(grouping_.shift_ns) +
               ", 'UTC') AS c0" + (has_series() ? ", c1, o" : "") + names + " FROM (" + sql_ + ")";
    }

    std::string bound(bool is_known, std::int64_t bucket, const std::string& function) const {
        return is_known ? "toInt64(" + std::to_string(bucket) + ")" : function + "(c0) OVER ()";
    }
    std::string edge(bool is_known, std::int64_t bucket, const std::string& name) const {
        return is_known ? "toInt64(" + std::to_string(bucket) + ")" : "any(" + name + ")";
    }

    void keep_rows_per_group() {
        if (grouping_.rows_per_group == 0) return;
        std::string keys;
        for (std::size_t i = 0; i + 1 < grouping_.keys.size(); ++i) {
            keys += (keys.empty() ? " BY " : ", ") + numbered('c', i);
        }
        sql_ = "SELECT * FROM (" + sql_ + ")" + order_by() + " LIMIT " +
               std::to_string(grouping_.rows_per_group) + keys;
    }

    void add(const TableStep::Where& where) {
        sql_ = "SELECT * FROM (" + sql_ + ") WHERE " + writer_.condition(where.condition);
    }
    void add(const TableStep::Sort& sort) {
        std::string keys;
        for (const auto& key : sort.keys) {
            keys += numbered('c', key.column) + (key.is_descending ? " DESC" : " ASC") +
                    " NULLS LAST, ";
        }
        sorted_ = keys + sorted_;
    }
    void add(const TableStep::Limit& limit) {
        sql_ = "SELECT * FROM (" + sql_ + ")" + order_by() + " LIMIT " + std::to_string(limit.rows);
    }

    // What was sorted last counts most; the order of the grouping settles the rest.
    std::string order_by() const {
        using Order = Grouping::Order;
        const std::size_t first_key = is_chart() ? 1 : 0;
        const std::size_t first_measure = first_key + grouping_.keys.size();
        std::string out = sorted_;
        const auto column = [&](std::size_t at, const char* direction = " ASC") {
            out += numbered('c', at) + direction + " NULLS LAST, ";
        };
        if (is_chart()) column(0);
        if (has_other_) out += "o ASC, ";
        std::size_t key = first_key;
        if (grouping_.rows_per_group != 0) {
            for (; key + 1 < first_measure; ++key) column(key);
        }
        if (grouping_.order == Order::largest_first) column(first_measure, " DESC");
        if (grouping_.order == Order::smallest_first) column(first_measure);
        for (; key < first_measure; ++key) column(key);
        if (out.empty()) return "";
        out.resize(out.size() - 2);
        return " ORDER BY " + out;
    }

    void select(const std::string& name, const std::string& expression) {
        selected_ += (selected_.empty() ? "" : ", ") + expression + " AS " + name;
    }
    void group(const std::string& name) { grouped_ += (grouped_.empty() ? "" : ", ") + name; }
    void finish(const std::string& from, const std::string& where) {
        sql_ = "SELECT " + selected_ + " FROM " + from + where +
               (grouped_.empty() ? "" : " GROUP BY " + grouped_);
        selected_.clear();
        grouped_.clear();
    }

    const PipePlan& plan_;
    const Grouping& grouping_;
    SqlWriter writer_;
    std::string sql_, selected_, grouped_, sorted_;
    std::vector<bool> may_be_list_;
    std::vector<std::string> merges_;               // of s0, s1, ...
    std::vector<std::vector<std::string>> states_;  // of each measure
    bool has_other_ = false;
};

ResultCell read_cell(base::ByteReader& in, const PipePlan& plan, std::size_t place) {
    const Grouping& grouping = plan.grouping;
    const std::size_t first_key = grouping.span_ns != 0 ? 1 : 0;
    const std::size_t first_measure = first_key + grouping.keys.size();
    if (place < first_key) return base::Timestamp{in.get<std::int64_t>()};
    const auto decimal = [&]() -> ResultCell {
        const auto low = in.get<std::uint64_t>();
        const auto high = in.get<std::int64_t>();
        return static_cast<Number::Billionths>(high) * (Number::Billionths{1} << 64) + low;
    };
    if (place >= first_measure) {
        using Function = Aggregate::Function;
        const Function function = grouping.aggregates[place - first_measure].aggregate.function;
        if (function == Function::count || function == Function::distinct) {
            return static_cast<Number::Billionths>(in.get<std::uint64_t>()) * 1'000'000'000;
        }
        if (function == Function::sum) return decimal();
    }
    if (in.get<std::uint8_t>() != 0) return {};
    switch (plan.columns[place].type) {
        case ResultColumn::Type::text: return std::string(in.text());
        case ResultColumn::Type::number: return decimal();
        case ResultColumn::Type::time: return base::Timestamp{in.get<std::int64_t>()};
    }
    return {};
}

// The value by which events are sorted: numbers as such and before other texts, none last.
void append_sort_key(std::string& out, const EventList::Key& key, SqlWriter& writer) {
    const std::string direction = key.is_descending ? " DESC NULLS LAST, " : " ASC NULLS LAST, ";
    const std::string column = '`' + key.place.column + '`';
    if (key.place.kind == FieldKind::meta_time) {
        out += "toUnixTimestamp64Nano(" + column + ")" + direction;
        return;
    }
    if (key.place.kind == FieldKind::meta_number) {
        out += column + direction;
        return;
    }
    const std::string text = field_sql(key.place, writer).text;
    const std::string is_number = is_number_text(text);
    out += "if(" + is_number + ", toDecimal128OrNull(toString(" + text + "), 9), NULL)" +
           direction + "if(" + is_number + ", NULL, nullIf(toString(" + text + "), ''))" +
           direction;
}

std::string file_name(const std::string& name) {
    std::string out = "`";
    for (const char c : name) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view("._-()@").find(c) != std::string_view::npos;
        out.push_back(is_plain ? c : '_');
    }
    return out + '`';
}

base::Result<SqlQuery> list_sql(const PipePlan& plan, const SqlOptions& options,
                                const std::string& columns, SqlWriter& writer) {
    VD_TRY_DO(check_lists(plan.filter));
    const std::string where = where_clause(plan.filter, options, writer);
    const std::size_t limit =
        plan.events.limit == 0 ? options.limit : std::min(plan.events.limit, options.limit);
    std::string order;
    for (const EventList::Key& key : plan.events.sort) append_sort_key(order, key, writer);
    order = " ORDER BY " + order + "toUnixTimestamp64Nano(time) DESC, offset DESC, row DESC";
    return writer.take_query(
        "SELECT " + columns +
        " FROM events WHERE (offset, row) IN (SELECT offset, row FROM events WHERE " + where +
        order + " LIMIT " + writer.param("UInt64", std::to_string(limit)) + ")" + order);
}

}  // namespace

base::Result<SqlQuery> table_sql(const PipePlan& plan, const SqlOptions& options,
                                 std::size_t rows_max) {
    VD_TRY_DO(check_lists(plan.filter));
    TableWriter table(plan, options);
    return table.take_query(table.statement(rows_max + 1, {}));
}

base::Result<Table> decode_table(const PipePlan& plan, std::string_view row_binary,
                                 std::size_t rows_max) {
    Table out;
    for (const std::size_t place : plan.visible) out.columns.push_back(plan.columns[place]);
    base::ByteReader in(row_binary);
    while (!in.is_at_end()) {
        ResultRow row;
        for (const std::size_t place : plan.visible) row.push_back(read_cell(in, plan, place));
        if (!in.is_good()) {
            return base::fail(base::ErrorCode::corrupt,
                              "the store's answer is not what was asked for");
        }
        out.rows.push_back(std::move(row));
    }
    out.is_cut = out.rows.size() > rows_max;
    if (out.is_cut) out.rows.resize(rows_max);
    out.has_gaps = has_gaps(plan, out.rows);
    return out;
}

// Finds the ids first, reading only what the condition needs, then reads those rows by their key.
// It is ordered by an expression on purpose: ordered by the bare column the engine (26.7) narrows
// the rows by time while it reads, and for that gives up the word index, which is far better.
base::Result<SqlQuery> events_sql(const PipePlan& plan, const SqlOptions& options) {
    if (options.limit > kHitsMax) {
        return base::fail(base::ErrorCode::limit,
                          "a search gives at most " + std::to_string(kHitsMax) + " hits", {},
                          "narrow the time range, or search range by range");
    }
    SqlWriter writer(options);
    return list_sql(plan, options, hit_columns(), writer);
}

base::Result<SqlQuery> file_sql(const PipePlan& plan, const SqlOptions& options,
                                std::size_t rows_max, std::string format) {
    SqlQuery out;
    if (plan.is_table) {
        VD_TRY_DO(check_lists(plan.filter));
        TableWriter table(plan, options);
        std::vector<std::string> names;
        for (const ResultColumn& column : plan.columns) names.push_back(file_name(column.name));
        out = table.take_query(table.statement(rows_max, names));
    } else {
        SqlWriter writer(options);
        std::string columns;
        for (const std::string& name : plan.events.fields) {
            const FieldPlace place = place_of(name);
            const std::string value =
                place.kind == FieldKind::meta_time || place.kind == FieldKind::anywhere
                    ? '`' + place.column + '`'
                    : field_sql(place, writer).text;
            columns += (columns.empty() ? "" : ", ") + value + " AS " + file_name(name);
        }
        if (columns.empty()) columns = hit_columns();
        VD_TRY(out, list_sql(plan, options, columns, writer));
    }
    out.format = std::move(format);
    return out;
}

}  // namespace vedette::rule::search
