// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include "base/check.h"
#include "rule/search/aggregate.h"
#include "rule/search/match.h"
#include "rule/search/pipe_sql.h"
#include "rule/search/query.h"
#include "rule/search/sql.h"

namespace {

std::shared_ptr<const vedette::event::LookupSet> known_lists() {
    using namespace vedette::event;
    std::vector<std::shared_ptr<const LookupList>> lists;
    for (const char* text :
         {"list: a\nvalues: [x, '\\']\n", "list: n\nmatch: network\nvalues: [10.0.0.0/8, '::/0']\n",
          "list: d\nmatch: domain\nvalues: [example.com]\n",
          "list: t\nkey: k\nuntil: u\nvalues: [{k: x, u: 2026-01-01}, {k: x}]\n"}) {
        auto definition = read_list_definition("l", text);
        VD_CHECK(definition.has_value());
        auto list = build_list("l", std::move(*definition), "", "");
        VD_CHECK(list.has_value());
        lists.push_back(std::make_shared<const LookupList>(std::move(*list)));
    }
    return std::make_shared<const LookupSet>(*LookupSet::of(std::move(lists)));
}

}  // namespace

namespace {

// Any bytes are a search or a problem that can be shown; a search printed is the same search, and
// what can be planned becomes SQL.
void search_with_stages(std::string_view text) {
    using namespace vedette::rule::search;
    const auto search = parse_search(text);
    if (!search) {
        VD_CHECK(search.error().at <= text.size());
        VD_CHECK(!to_error(text, search.error()).message().empty());
        return;
    }
    const auto again = parse_search(print(*search));
    VD_CHECK(again.has_value());
    VD_CHECK(*again == *search);
    remarks_on(*search);
    const vedette::base::Timestamp now{1'795'343'703'000'000'000};
    const TimeRange range{{now.unix_ns - 3'600'000'000'000}, now};
    const auto plan = plan_search(*search, now, range);
    if (!plan) {
        VD_CHECK(plan.error().at <= text.size());
        return;
    }
    SqlOptions options{now, range};
    VD_CHECK(file_sql(*plan, options, 10, "Parquet").has_value());
    if (!plan->is_table) return;
    VD_CHECK(table_sql(*plan, options, 10).has_value());
    VD_CHECK(Aggregator(*plan).table(10).rows.size() <= 10);
}

}  // namespace

// The same for a filter alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::search;
    const std::string query(reinterpret_cast<const char*>(data), size);
    search_with_stages(query);
    const auto node = parse_query(query);
    if (!node) {
        VD_CHECK(node.error().at <= query.size());
        VD_CHECK(!to_error(query, node.error()).message().empty());
        return 0;
    }
    const auto again = parse_query(print(*node));
    VD_CHECK(again.has_value());
    VD_CHECK(*again == *node);
    const vedette::base::Timestamp now{1'795'343'703'000'000'000};
    // What can be planned becomes SQL and a predicate; what cannot is refused by both.
    static const auto lists = known_lists();
    SqlOptions options{now};
    options.lists = lists;
    VD_CHECK(make_matcher(query, now, *lists).has_value() == count_sql(query, options).has_value());
    remarks_on(*node);
    return 0;
}
