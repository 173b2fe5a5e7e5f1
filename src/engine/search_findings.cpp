// SPDX-License-Identifier: Apache-2.0
#include "engine/search_findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "detect/bits.h"
#include "engine/limits.h"
#include "event/entity.h"
#include "rule/search/hit.h"
#include "rule/search/limits.h"
#include "rule/search/pipe_sql.h"

namespace vedette::engine {

namespace {

using base::Result;
using rule::search::Hit;
using rule::search::Node;
using rule::search::PipePlan;
using rule::search::ResultColumn;
using rule::search::ResultRow;
using rule::search::Search;
using rule::search::Stage;
using rule::search::Table;

constexpr std::string_view kDetector = "search";

/// The entities of a hit by the rules for rows.
std::vector<event::Entity> entities_of(const Hit& hit) {
    event::FieldDictionary fields;
    event::Batch batch(fields);
    batch.add_row();
    for (const auto& [name, value] : hit.fields) {
        const auto field = fields.intern(name);
        // Lists name several, of which entities take the first; the column of the store has it.
        if (field && !value.starts_with('[')) batch.add(*field, value);
    }
    return event::entities_of(batch, 0);
}

bool is_aggregation(const Stage& stage) {
    return stage.kind != Stage::Kind::where && stage.kind != Stage::Kind::sort &&
           stage.kind != Stage::Kind::fields && stage.kind != Stage::Kind::limit;
}

/// What the query asks of the rows of its table, as text; empty: nothing.
std::string condition_on_rows(const Search& search) {
    std::string out;
    bool is_table = false;
    for (const Stage& stage : search.stages) {
        if (is_table && stage.kind == Stage::Kind::where) {
            out += (out.empty() ? "" : " and ") + print(stage.condition);
        }
        is_table = is_table || is_aggregation(stage);
    }
    return out;
}

/// The filter that finds the events of one row: the search's own, and the row's keys.
Node filter_of_row(const Search& search, const PipePlan& plan, const ResultRow& row) {
    Node all{Node::Kind::all_of};
    all.children.push_back(search.filter);
    for (const Stage& stage : search.stages) {
        if (is_aggregation(stage)) break;
        if (stage.kind == Stage::Kind::where) all.children.push_back(stage.condition);
    }
    const std::size_t first_key = plan.grouping.span_ns != 0 ? 1 : 0;
    for (std::size_t i = 0; i < plan.visible.size(); ++i) {
        const std::size_t place = plan.visible[i];
        if (place < first_key || place >= first_key + plan.grouping.keys.size()) continue;
        const auto* value = std::get_if<std::string>(&row[i]);
        Node test{Node::Kind::test};
        test.test.field = plan.columns[place].name;
        test.test.kind =
            value != nullptr ? rule::search::Test::Kind::value : rule::search::Test::Kind::exists;
        if (value != nullptr) test.test.value = {*value, {}, true};
        const bool is_others = value != nullptr && *value == rule::search::kOtherSeries;
        if (is_others) continue;
        if (value != nullptr) {
            all.children.push_back(std::move(test));
            continue;
        }
        Node none{Node::Kind::negation};
        none.children.push_back(std::move(test));
        all.children.push_back(std::move(none));
    }
    return all;
}

class Run {
  public:
    Run(const store::ClientOptions& store, std::shared_ptr<const event::LookupSet> lists,
        const DueSearch& due, FieldPromotion* fields)
        : client_(store), due_(due), search_(due.search), fields_(fields) {
        if (fields_ != nullptr) options_.promoted = fields_->columns();
        options_.now = due.to;
        options_.lists = lists ? std::move(lists) : std::make_shared<event::LookupSet>();
        options_.range = {{due.to.unix_ns - search_.over_ns}, due.to};
    }

    Result<SearchRun> result() {
        out_.search = search_.name;
        out_.to = due_.to;
        out_.skipped = due_.skipped;
        auto parsed = rule::search::parse_search(search_.query);
        if (!parsed) {
            return tl::unexpected(rule::search::to_error(search_.query, parsed.error()));
        }
        parsed_ = std::move(*parsed);
        VD_TRY(plan_, rule::search::make_plan(search_.query, options_.now, options_.range,
                                              *options_.lists));
        VD_TRY(const std::string mapped, ask(rule::search::mapped_sql(options_.range)));
        VD_TRY(options_.mapped_fields, rule::search::decode_count(mapped));
        VD_TRY_DO(plan_.is_table ? rows() : events());
        return std::move(out_);
    }

  private:
    Result<std::string> ask(const rule::search::SqlQuery& query) {
        if (fields_ != nullptr) fields_->asked(query.map_fields);
        store::QueryOptions options;
        options.format = query.format;
        return client_.query(query.sql, query.params, options);
    }

    Result<std::vector<Hit>> hits_of(const PipePlan& plan) {
        rule::search::SqlOptions options = options_;
        options.range = plan.range;
        options.limit = cases::kFindingEventsMax;
        VD_TRY(const auto query, rule::search::events_sql(plan, options));
        VD_TRY(const std::string answer, ask(query));
        return rule::search::decode_hits(answer);
    }

    Result<void> events() {
        VD_TRY(const auto hits, hits_of(plan_));
        if (hits.empty()) return {};
        const std::string count = std::to_string(hits.size()) +
                                  (hits.size() == cases::kFindingEventsMax ? " or more" : "");
        add_finding({}, {{"events", count, "none", 0, "rule"}}, hits);
        return {};
    }

    Result<void> rows() {
        VD_TRY(const auto query,
               rule::search::table_sql(plan_, options_, rule::search::kTableRowsMax));
        VD_TRY(const std::string answer, ask(query));
        VD_TRY(const Table table,
               rule::search::decode_table(plan_, answer, rule::search::kTableRowsMax));
        const std::string condition = condition_on_rows(parsed_);
        for (const ResultRow& row : table.rows) {
            if (condition.empty() && !has_measure(row)) continue;
            if (out_.findings.size() == kSearchFindingsMax) {
                ++out_.left_out;
                continue;
            }
            VD_TRY_DO(add_row(row, condition));
        }
        return {};
    }

    bool is_measure(std::size_t place) const {
        return plan_.columns[place].type == ResultColumn::Type::number;
    }

    /// Whether something was counted; a table of keys alone has rows for what is there only.
    bool has_measure(const ResultRow& row) const {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (!is_measure(plan_.visible[i])) continue;
            const auto* number = std::get_if<rule::search::Number::Billionths>(&row[i]);
            return number != nullptr && *number != 0;
        }
        return true;
    }

    Result<void> add_row(const ResultRow& row, const std::string& condition) {
        rule::search::TimeRange range = options_.range;
        std::string key;
        std::vector<cases::Reason> reasons;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::size_t place = plan_.visible[i];
            const std::string value = rule::search::cell_text(row[i]);
            if (!is_measure(place)) key += plan_.columns[place].name + '=' + value + '\n';
            reasons.push_back({plan_.columns[place].name, value.empty() ? "none" : value,
                               is_measure(place) ? condition : std::string(), 0, "rule"});
            if (place != 0 || plan_.grouping.span_ns == 0) continue;
            // A row of a chart is about its bucket.
            const auto begin = std::get<base::Timestamp>(row[i]);
            range.from = std::max(range.from, begin);
            range.to = std::min(range.to, {begin.unix_ns + plan_.grouping.span_ns});
        }
        const Search of_row{filter_of_row(parsed_, plan_, row), {}};
        auto planned = rule::search::plan_search(of_row, options_.now, range, *options_.lists);
        if (!planned) {
            return tl::unexpected(rule::search::to_error(search_.query, planned.error()));
        }
        VD_TRY(const auto hits, hits_of(*planned));
        add_finding(key, std::move(reasons), hits);
        return {};
    }

    void add_finding(const std::string& key, std::vector<cases::Reason> reasons,
                     const std::vector<Hit>& hits) {
        cases::Finding finding;
        finding.detector = kDetector;
        finding.rule_id = search_.name;
        finding.id =
            cases::finding_id(kDetector, search_.name, key, std::to_string(due_.to.unix_ns));
        finding.title = search_.title.empty() ? "Saved search " + search_.name : search_.title;
        finding.severity = search_.severity;
        finding.attack = search_.attack;
        finding.first_seen = options_.range.from;
        finding.last_seen = {options_.range.to.unix_ns - 1};
        const auto bits = detect::split_bits(detect::prior_bits(finding.severity), reasons.size());
        for (std::size_t i = 0; i < reasons.size(); ++i) reasons[i].bits = bits[i];
        finding.reasons = std::move(reasons);
        add_evidence(hits, finding);
        out_.findings.push_back(std::move(finding));
    }

    static void add_evidence(const std::vector<Hit>& hits, cases::Finding& finding) {
        if (hits.empty()) return;
        const auto by_time = [](const Hit& a, const Hit& b) {
            return std::tuple(a.time, a.offset, a.row) < std::tuple(b.time, b.offset, b.row);
        };
        const Hit& first = *std::min_element(hits.begin(), hits.end(), by_time);
        finding.first_seen = first.time;
        finding.last_seen = std::max_element(hits.begin(), hits.end(), by_time)->time;
        finding.source = first.source;
        finding.origin = first.origin;
        finding.record = first.line;
        finding.raw = first.raw.substr(0, kSearchRawBytesMax);
        for (const Hit& hit : hits) {
            finding.events.push_back({hit.offset, hit.row});
            for (event::Entity& entity : entities_of(hit)) {
                auto& known = finding.entities;
                if (known.size() < kSearchEntitiesMax &&
                    std::find(known.begin(), known.end(), entity) == known.end()) {
                    known.push_back(std::move(entity));
                }
            }
        }
        std::sort(finding.events.begin(), finding.events.end());
    }

    store::Client client_;
    const DueSearch& due_;
    const SavedSearch& search_;
    FieldPromotion* const fields_;
    rule::search::SqlOptions options_;
    Search parsed_;
    PipePlan plan_;
    SearchRun out_;
};

}  // namespace

Result<SearchRun> run_search(const store::ClientOptions& store,
                             std::shared_ptr<const event::LookupSet> lists, const DueSearch& due,
                             FieldPromotion* fields) {
    return Run(store, std::move(lists), due, fields).result();
}

}  // namespace vedette::engine
