// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include "base/check.h"
#include "rule/search/match.h"
#include "rule/search/query.h"
#include "rule/search/sql.h"

// Any bytes are a query or a problem that can be shown; a query printed is the same query.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::search;
    const std::string query(reinterpret_cast<const char*>(data), size);
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
    VD_CHECK(make_matcher(query, now).has_value() == count_sql(query, {now}).has_value());
    remarks_on(*node);
    return 0;
}
