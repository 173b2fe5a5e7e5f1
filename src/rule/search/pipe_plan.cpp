// SPDX-License-Identifier: Apache-2.0
#include "rule/search/pipe_plan.h"

#include <algorithm>
#include <utility>

#include "rule/search/filter_parser.h"
#include "rule/search/limits.h"
#include "rule/search/pipe_words.h"

namespace vedette::rule::search {

namespace {

using Kind = Stage::Kind;
using Function = Aggregate::Function;

constexpr std::int64_t kWeekNs = 7 * base::kNsPerDay;
/// 1970-01-01 was a Thursday: so many days behind the Monday where its week begins.
constexpr std::int64_t kMondayShiftNs = 3 * base::kNsPerDay;
/// 1900-01-01T00:00:00Z, where the store's times begin.
constexpr std::int64_t kStoreTimeMin = -2'208'988'800ll * base::kNsPerSecond;

std::int64_t floor_divided(std::int64_t value, std::int64_t by) {
    return value >= 0 ? value / by : (value + 1) / by - 1;
}

bool is_aggregation(Kind kind) {
    return kind == Kind::stats || kind == Kind::top || kind == Kind::rare ||
           kind == Kind::timechart || kind == Kind::distinct;
}

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::where: return "where";
        case Kind::stats: return "stats";
        case Kind::top: return "top";
        case Kind::rare: return "rare";
        case Kind::timechart: return "timechart";
        case Kind::distinct: return "distinct";
        case Kind::sort: return "sort";
        case Kind::fields: return "fields";
        case Kind::limit: return "limit";
    }
    return {};
}

class PipePlanner {
  public:
    PipePlanner(base::Timestamp now, const TimeRange& range, const event::LookupSet& lists)
        : now_(now), lists_(lists) {
        plan_.range = range;
    }

    Parsed<PipePlan> plan(const Search& search) {
        VD_PARSE(plan_.filter, plan_query(search.filter, now_, lists_));
        for (const Stage& stage : search.stages) {
            VD_PARSE([[maybe_unused]] const bool is_good,
                     plan_.is_table ? table_stage(stage) : event_stage(stage));
            last_kind_ = stage.kind;
        }
        return std::move(plan_);
    }

  private:
    // Stages in front of an aggregation, or of a search without one.
    Parsed<bool> event_stage(const Stage& stage) {
        EventList& events = plan_.events;
        const bool is_fixed = events.limit != 0 || !events.fields.empty() || !events.sort.empty();
        if (is_aggregation(stage.kind) && is_fixed) {
            return problem(stage.at,
                           '`' + std::string(name_of(stage.kind)) +
                               "` counts all events found, "
                               "and cannot stand behind `" +
                               std::string(name_of(last_kind_)) + '`',
                           "put it in front of `" + std::string(name_of(last_kind_)) + '`');
        }
        switch (stage.kind) {
            case Kind::where: return event_where(stage);
            case Kind::sort: return event_sort(stage);
            case Kind::limit: {
                if (events.limit == 0 || stage.count < events.limit) events.limit = stage.count;
                return true;
            }
            case Kind::fields: {
                events.fields.clear();
                for (const Name& name : stage.fields) events.fields.push_back(name.text);
                return true;
            }
            default: return grouping(stage);
        }
    }

    Parsed<bool> event_where(const Stage& stage) {
        if (plan_.events.limit != 0) {
            return problem(stage.at, "`where` cannot stand behind `limit`",
                           "put it in front of `limit`");
        }
        VD_PARSE(PlanNode condition, plan_query(stage.condition, now_, lists_));
        PlanNode both{Node::Kind::all_of};
        both.children.push_back(std::move(plan_.filter));
        both.children.push_back(std::move(condition));
        plan_.filter = std::move(both);
        return true;
    }

    Parsed<bool> event_sort(const Stage& stage) {
        if (plan_.events.limit != 0) {
            return problem(stage.at, "`sort` cannot stand behind `limit`",
                           "put it in front of `limit`");
        }
        std::vector<EventList::Key> keys;
        for (const SortKey& key : stage.sort) {
            FieldPlace place = place_of(key.name);
            if (place.kind == FieldKind::anywhere) {
                return problem(key.at, "events cannot be sorted by their record's text",
                               "name a field");
            }
            keys.push_back({std::move(place), key.is_descending});
        }
        plan_.events.sort = std::move(keys);
        return true;
    }

    Parsed<bool> grouping(const Stage& stage) {
        plan_.is_table = true;
        Grouping& out = plan_.grouping;
        if (stage.kind == Kind::timechart) {
            VD_PARSE(out, chart(stage));
        }
        for (const auto* names : {&stage.by, &stage.fields}) {
            for (const Name& name : *names) {
                VD_PARSE([[maybe_unused]] const bool is_key, key(name));
            }
        }
        switch (stage.kind) {
            case Kind::stats: out.order = Grouping::Order::largest_first; break;
            case Kind::top:
            case Kind::rare:
                out.order = stage.kind == Kind::top ? Grouping::Order::largest_first
                                                    : Grouping::Order::smallest_first;
                out.rows_per_group = stage.count;
                out.needs_last_key = true;
                break;
            case Kind::timechart: out.order = Grouping::Order::by_time; break;
            default:
                out.order = Grouping::Order::by_key;
                out.needs_last_key = stage.fields.size() == 1;
        }
        if (stage.kind == Kind::top || stage.kind == Kind::rare) {
            VD_PARSE([[maybe_unused]] const bool is_good,
                     measure({Function::count, 0, {}, "count"}));
        }
        for (const Aggregate& one : stage.aggregates) {
            VD_PARSE([[maybe_unused]] const bool is_good, measure(one));
        }
        for (std::size_t i = 0; i < plan_.columns.size(); ++i) plan_.visible.push_back(i);
        return true;
    }

    Parsed<bool> column(std::string name, ResultColumn::Type type, std::size_t at) {
        const auto same = [&](const ResultColumn& one) { return one.name == name; };
        if (std::any_of(plan_.columns.begin(), plan_.columns.end(), same)) {
            return problem(at, "there are two columns named " + name,
                           "give the measure another name: count as events");
        }
        plan_.columns.push_back({std::move(name), type});
        return true;
    }

    Parsed<bool> key(const Name& name) {
        FieldPlace place = place_of(name.text);
        if (place.kind == FieldKind::anywhere) {
            return problem(name.at, "events are not grouped by their record's text",
                           "name a field");
        }
        if (place.kind == FieldKind::meta_time) {
            return problem(name.at, "events are not grouped by each moment of " + name.text,
                           "write | timechart 5m");
        }
        plan_.grouping.keys.push_back(std::move(place));
        return column(name.text, ResultColumn::Type::text, name.at);
    }

    Parsed<bool> measure(const Aggregate& aggregate) {
        FieldPlace place = place_of(aggregate.field);
        const bool is_extreme =
            aggregate.function == Function::minimum || aggregate.function == Function::maximum;
        const bool is_time = !aggregate.field.empty() && place.kind == FieldKind::meta_time;
        if (!aggregate.field.empty() && place.kind == FieldKind::anywhere) {
            return problem(aggregate.at, "the record's text cannot be measured", "name a field");
        }
        if (is_time && !is_extreme && aggregate.function != Function::count) {
            return problem(aggregate.at, "of a time there is only min and max",
                           "write min(" + aggregate.field + ") or max(" + aggregate.field + ')');
        }
        plan_.grouping.aggregates.push_back({aggregate, std::move(place)});
        return column(aggregate.name,
                      is_time && is_extreme ? ResultColumn::Type::time : ResultColumn::Type::number,
                      aggregate.at);
    }

    Parsed<Grouping> chart(const Stage& stage) {
        Grouping out;
        const TimeRange open;
        const TimeRange& range = plan_.range;
        const bool has_from = range.from != open.from, has_to = range.to != open.to;
        const base::Timestamp last{
            (has_to ? std::min(range.to.unix_ns, now_.unix_ns) : now_.unix_ns) - 1};
        out.span_ns = stage.span_ns;
        if (out.span_ns == 0) {
            if (!has_from) {
                return problem(stage.at, "how long is a bucket?",
                               "write e.g. timechart 5m, or say which time: --last 24h");
            }
            out.span_ns = suitable_span(last.unix_ns - range.from.unix_ns);
        }
        out.shift_ns = out.span_ns % kWeekNs == 0 ? kMondayShiftNs : 0;
        if (has_from) out.first_bucket = bucket_of(out, range.from);
        if (has_to || has_from)
            out.last_bucket = bucket_of(out, has_to ? base::Timestamp{range.to.unix_ns - 1} : last);
        if (has_from && out.last_bucket - out.first_bucket >= kBucketsMax) {
            return problem(stage.at,
                           "that makes " + std::to_string(out.last_bucket - out.first_bucket + 1) +
                               " buckets, and a chart has at most " + std::to_string(kBucketsMax),
                           "write timechart " +
                               span_text(suitable_span(last.unix_ns - range.from.unix_ns)) +
                               ", or search a shorter time");
        }
        if (has_from && out.last_bucket < out.first_bucket) out.last_bucket = out.first_bucket;
        VD_PARSE([[maybe_unused]] const bool is_good,
                 column("time", ResultColumn::Type::time, stage.at));
        return out;
    }

    static std::int64_t suitable_span(std::int64_t width_ns) {
        constexpr std::int64_t kSeconds[] = {1,     5,     10,     30,     60,     300,    600,
                                             1'800, 3'600, 10'800, 21'600, 43'200, 86'400, 604'800};
        for (const std::int64_t seconds : kSeconds) {
            const std::int64_t span_ns = seconds * base::kNsPerSecond;
            if (width_ns / span_ns <= kBucketsWanted) return span_ns;
        }
        return (width_ns / kBucketsWanted / kWeekNs + 1) * kWeekNs;
    }

    // In place: g++ 12 takes a moved temporary of the variant for uninitialized.
    template <class What>
    void add_step(What what) {
        plan_.steps.emplace_back().what.template emplace<What>(std::move(what));
    }

    // Stages behind an aggregation.
    Parsed<bool> table_stage(const Stage& stage) {
        switch (stage.kind) {
            case Kind::where: {
                VD_PARSE(PlanNode condition, plan_result_condition(stage));
                add_step(TableStep::Where{std::move(condition)});
                return true;
            }
            case Kind::sort: {
                TableStep::Sort sort;
                for (const SortKey& key : stage.sort) {
                    VD_PARSE(const std::size_t place, visible_column(key.name, key.at));
                    sort.keys.push_back({place, key.is_descending});
                }
                add_step(std::move(sort));
                return true;
            }
            case Kind::limit: add_step(TableStep::Limit{stage.count}); return true;
            case Kind::fields: {
                std::vector<std::size_t> visible;
                for (const Name& name : stage.fields) {
                    VD_PARSE(const std::size_t place, visible_column(name.text, name.at));
                    visible.push_back(place);
                }
                plan_.visible = std::move(visible);
                return true;
            }
            default:
                return problem(stage.at, "a search aggregates once",
                               "ask for it in the first stage: stats count, "
                               "distinct(source.ip) by user.name");
        }
    }

    Parsed<std::size_t> visible_column(std::string_view name, std::size_t at) const {
        std::string known;
        for (const std::size_t place : plan_.visible) {
            if (plan_.columns[place].name == name) return place;
            known += (known.empty() ? "" : ", ") + plan_.columns[place].name;
        }
        return problem(at, "there is no column " + std::string(name) + " here",
                       "the columns are " + known);
    }

    Parsed<PlanNode> plan_result_condition(const Stage& stage) const {
        const auto place = [this](const Test& test) -> Parsed<FieldPlace> {
            if (test.field.empty()) {
                return problem(test.at, "behind an aggregation `where` asks columns",
                               "write e.g. " + plan_.columns[plan_.visible.back()].name + ">10");
            }
            if (test.kind == Test::Kind::list) {
                return problem(test.at, "look-up lists are asked about events",
                               "put this in front of the aggregation");
            }
            VD_PARSE(const std::size_t at, visible_column(test.field, test.at));
            const ResultColumn& column = plan_.columns[at];
            FieldPlace out;
            out.kind = column.type == ResultColumn::Type::text     ? FieldKind::result_text
                       : column.type == ResultColumn::Type::number ? FieldKind::result_number
                                                                   : FieldKind::result_time;
            out.column = 'c' + std::to_string(at);
            out.id = static_cast<event::FieldId>(at);
            return out;
        };
        return plan_query_over(stage.condition, now_, lists_, place);
    }

    const base::Timestamp now_;
    const event::LookupSet& lists_;
    Kind last_kind_ = Kind::where;
    PipePlan plan_;
};

}  // namespace

base::Timestamp stored_time(base::Timestamp time) {
    return {std::max(time.unix_ns, kStoreTimeMin)};
}

std::int64_t bucket_of(const Grouping& grouping, base::Timestamp time) {
    const std::int64_t stored = stored_time(time).unix_ns;
    // The greatest times have no room for the shift; they are in the last bucket there is.
    const std::int64_t shifted =
        stored > INT64_MAX - grouping.shift_ns ? INT64_MAX : stored + grouping.shift_ns;
    return floor_divided(shifted, grouping.span_ns);
}

base::Timestamp bucket_begin(const Grouping& grouping, std::int64_t bucket) {
    return {bucket * grouping.span_ns - grouping.shift_ns};
}

tl::expected<PipePlan, Problem> plan_search(const Search& search, base::Timestamp now,
                                            const TimeRange& range, const event::LookupSet& lists) {
    return PipePlanner(now, range, lists).plan(search);
}

std::vector<Problem> remarks_on(const Search& search) {
    std::vector<Problem> out = remarks_on(search.filter);
    const auto look_at = [&out](std::string_view name, std::size_t at) {
        if (const auto nearest = nearest_field(name)) {
            out.push_back({at, "there is no field " + print_field(name) + " in the house schema",
                           "did you mean " + *nearest + "?"});
        }
    };
    for (const Stage& stage : search.stages) {
        for (const Name& name : stage.by) look_at(name.text, name.at);
        if (stage.kind != Kind::fields) {
            for (const Name& name : stage.fields) look_at(name.text, name.at);
        }
        for (const Aggregate& one : stage.aggregates) {
            if (!one.field.empty()) look_at(one.field, one.at);
        }
    }
    return out;
}

base::Result<PipePlan> make_plan(std::string_view query, base::Timestamp now,
                                 const TimeRange& range, const event::LookupSet& lists) {
    const auto search = parse_search(query);
    if (!search) return tl::unexpected(to_error(query, search.error()));
    auto plan = plan_search(*search, now, range, lists);
    if (!plan) return tl::unexpected(to_error(query, plan.error()));
    return std::move(*plan);
}

}  // namespace vedette::rule::search
