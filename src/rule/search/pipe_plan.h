// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "event/lookup_set.h"
#include "rule/search/pipe.h"
#include "rule/search/plan.h"
#include "rule/search/time_text.h"

namespace vedette::rule::search {

/// A column of a result as a person sees it.
struct ResultColumn {
    enum class Type {
        text,    ///< a value as written; none where the events have none
        number,  ///< exact, in billionths; none where there was nothing to measure
        time,
    };
    std::string name;
    Type type = Type::text;
    bool operator==(const ResultColumn&) const = default;
};

/// A measure whose field was found.
struct PlannedAggregate {
    Aggregate aggregate;
    FieldPlace place;
};

/// How events become rows of a table. The columns of its result are, in this order: the bucket (of
/// a time chart), the keys, the measures.
struct Grouping {
    enum class Order {
        largest_first,  ///< by the first measure, then by keys
        smallest_first,
        by_key,
        by_time,
    };
    std::vector<FieldPlace> keys;
    std::vector<PlannedAggregate> aggregates;  ///< none: the different keys are the result
    Order order = Order::largest_first;
    /// Of top and rare: rows for each value of the keys but the last; 0: all.
    std::size_t rows_per_group = 0;
    bool needs_last_key = false;  ///< events without a value of the last key do not count
    std::int64_t span_ns = 0;     ///< of a time chart
    std::int64_t shift_ns = 0;    ///< bucket = floor((time + shift) / span)
    /// Buckets that the chart has in any case, where the time searched says so.
    std::int64_t first_bucket = INT64_MIN, last_bucket = INT64_MAX;
    bool has_first_bucket() const { return first_bucket != INT64_MIN; }
    bool has_last_bucket() const { return last_bucket != INT64_MAX; }
};

/// What is done with a table. Columns are named by their place.
struct TableStep {
    struct Where {
        PlanNode condition;  ///< its places are columns of the table
    };
    struct Sort {
        struct Key {
            std::size_t column = 0;
            bool is_descending = false;
        };
        std::vector<Key> keys;
    };
    struct Limit {
        std::size_t rows = 0;
    };
    std::variant<Where, Sort, Limit> what;
};

/// A list of events instead of a table: which, in what order, which fields of them.
struct EventList {
    struct Key {
        FieldPlace place;
        bool is_descending = false;
    };
    std::vector<Key> sort;  ///< empty: the newest first
    std::size_t limit = 0;  ///< 0: not said
    std::vector<std::string> fields;
};

/// A search on the house's fields: what the store's SQL (pipe_sql.h) and the aggregation in memory
/// (table.h) are made from.
struct PipePlan {
    PlanNode filter;
    TimeRange range;
    bool is_table = false;
    EventList events;   ///< if it is no table
    Grouping grouping;  ///< if it is one
    std::vector<TableStep> steps;
    std::vector<ResultColumn> columns;  ///< all that the grouping makes
    std::vector<std::size_t> visible;   ///< those that are shown, in their order
};

/// What a search means at the moment `now` over the events of `range`.
/// Errors: as plan_query; a stage that makes no sense where it stands; a time chart of more than
/// kBucketsMax buckets, or of unknown width over unknown time; a name that is no column.
tl::expected<PipePlan, Problem> plan_search(const Search& search, base::Timestamp now,
                                            const TimeRange& range,
                                            const event::LookupSet& lists = {});

/// Remarks as those on a filter, on names in stages as well.
std::vector<Problem> remarks_on(const Search& search);

/// Parses and plans.   Errors: bad_input with column and caret.
base::Result<PipePlan> make_plan(std::string_view query, base::Timestamp now,
                                 const TimeRange& range, const event::LookupSet& lists = {});

/// The time as the store has it: before 1900 it is the first moment of that year.
base::Timestamp stored_time(base::Timestamp time);

/// The bucket of a time: charts put times before 1900 into its first day, as the store does.
std::int64_t bucket_of(const Grouping& grouping, base::Timestamp time);
base::Timestamp bucket_begin(const Grouping& grouping, std::int64_t bucket);

/// The name of the series that all but the largest ones of a time chart are put into.
inline constexpr std::string_view kOtherSeries = "(other)";

}  // namespace vedette::rule::search
