// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/lookup_set.h"
#include "rule/search/names.h"
#include "rule/search/query.h"
#include "rule/search/time_text.h"

namespace vedette::rule::search {

/// A number as queries and values write it: at most 19 digits before and 9 behind the point, so
/// that it is exact in billionths. `1.50` and `1.5` are the same number.
struct Number {
    __extension__ using Billionths = __int128;
    Billionths billionths = 0;
    std::string text;      ///< as written
    bool is_whole = true;  ///< and fits 64 bits

    bool operator==(const Number& other) const { return billionths == other.billionths; }
    std::int64_t whole() const { return static_cast<std::int64_t>(billionths / 1'000'000'000); }
};
/// Nothing if the text is no such number.
std::optional<Number> read_number(std::string_view text);

struct NumberEnd {
    Number number;
    bool is_inclusive = true;
};
struct TextEnd {
    std::string text;  ///< lower case
    bool is_inclusive = true;
};

/// One way in which one value of a field can fit. Both the store's SQL and the matcher are made
/// from it.
struct Check {
    enum class Kind {
        equals,        ///< lower case equals `text`
        lower_regex,   ///< `text` is found in the value in lower case
        regex,         ///< `text` is found in the value as it is
        network,       ///< the value is an address in the network `text`
        number_range,  ///< the value is a number between the ends
        text_range,    ///< lower case is between the ends
        exists,        ///< the value is not null, [] or {}
        time_range,    ///< of time and arrival: from <= value < to
        list,          ///< `list` has the value at the row's time
    };
    Kind kind = Kind::equals;
    std::string text = {};
    std::optional<NumberEnd> number_low = {}, number_high = {};
    std::optional<TextEnd> text_low = {}, text_high = {};
    TimeRange times = {};
    std::shared_ptr<const event::LookupList> list = {};
    std::string words = {};         ///< of searches in the record's text: see words_of_phrase
    bool words_are_enough = false;  ///< the words say it all, there is nothing left to look at
};

/// A test with its field found and its value understood: true if any check fits any value.
struct PlanTest {
    FieldPlace place;
    std::vector<Check> checks;
};

struct PlanNode {
    Node::Kind kind = Node::Kind::everything;
    std::vector<PlanNode> children = {};
    PlanTest test = {};
};

/// What a query means on the house's fields at the moment `now`, with the look-up lists there are.
/// Errors: a value that its field cannot have (bytes as a time, a name as a port); an unknown list.
tl::expected<PlanNode, Problem> plan_query(const Node& query, base::Timestamp now,
                                           const event::LookupSet& lists = {});

/// The same where names are found by somebody else: columns of a result.
using FindPlace = std::function<tl::expected<FieldPlace, Problem>(const Test&)>;
tl::expected<PlanNode, Problem> plan_query_over(const Node& query, base::Timestamp now,
                                                const event::LookupSet& lists,
                                                const FindPlace& find_place);

/// Remarks for a person whose query is good but may not mean what was meant: an unknown field that
/// is nearly a known one, a star made ordinary by a backslash, a network without a field.
std::vector<Problem> remarks_on(const Node& query);

}  // namespace vedette::rule::search
