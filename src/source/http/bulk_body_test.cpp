// SPDX-License-Identifier: Apache-2.0
#include "source/http/bulk_body.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <optional>

#include "base/json_text.h"
#include "source/http/limits.h"

namespace vedette::source::http {
namespace {

TEST(BulkBody, is_cut_into_actions_and_untouched_documents) {
    const std::string body =
        "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\": \"not \\n looked at\"}\n"
        "{ \"create\" : { } }\r\n{broken\r\n"
        "\n"
        "{\"delete\":{\"_index\":\"b\",\"_id\":7}}\n"
        "{\"update\":{\"_id\":\"1\",\"retry_on_conflict\":3}}\n{\"doc\":{}}\n"
        "{\"index\":{\"_index\":\"a\",\"routing\":[1,{\"y\":\"}\"}],\"op_type\":\"create\"}}\n{}\n";
    const auto split = split_bulk(body, "default");
    ASSERT_TRUE(split) << split.error().message();
    EXPECT_EQ(split->indices, (std::vector<std::string>{"a", "default", "b"}));
    ASSERT_EQ(split->items.size(), 5u);
    EXPECT_EQ(split->items[0].id, "1");
    EXPECT_EQ(split->items[0].document, "{\"x\": \"not \\n looked at\"}");
    EXPECT_EQ(split->items[1].action, BulkAction::create);
    EXPECT_EQ(split->items[1].index, 1u);
    EXPECT_EQ(split->items[1].document, "{broken");
    EXPECT_EQ(split->items[2].action, BulkAction::remove);
    EXPECT_EQ(split->items[2].id, "7");
    EXPECT_EQ(split->items[3].action, BulkAction::update);
    EXPECT_EQ(split->items[3].document, "{\"doc\":{}}");
    EXPECT_EQ(split->items[4].action, BulkAction::create);
    EXPECT_EQ(split->items[4].index, 0u);
}

TEST(BulkBody, is_refused_whole_with_the_line_that_is_wrong) {
    const std::string good = "{\"index\":{}}\n{}\n";
    for (const auto& [body, line] : std::vector<std::pair<std::string, std::string>>{
             {"", "line 1"},
             {"\n\n", "line 1"},
             {good + "{\"index\":{}}\n{}", "line 4"},
             {good + "{\"index\":{}}\n", "line 4"},
             {good + "{\"index\":{}}", "line 3"},
             {good + "{\"append\":{}}\n{}\n", "line 3"},
             {good + "[]\n{}\n", "line 3"},
             {good + "{\"index\":{}\n{}\n", "line 3"},
             {good + "{\"index\":{\"_id\":}}\n{}\n", "line 3"},
             {good + "{\"index\":{\"_id\":\"\xff\"}}\n{}\n", "line 3"},
             {good + "{\"index\":{\"_id\":\"\\ud800\"}}\n{}\n", "line 3"},
             {good + "{\"index\":{}} x\n{}\n", "line 3"}}) {
        const auto split = split_bulk(body, "i");
        ASSERT_FALSE(split) << body;
        EXPECT_EQ(split.error().where, line) << body;
        EXPECT_EQ(split.error().code, base::ErrorCode::bad_input);
    }
}

TEST(BulkBody, has_a_bound_on_its_items) {
    std::string body;
    for (std::size_t i = 0; i < kBulkItemsMax; ++i) body += "{\"index\":{}}\n{}\n";
    EXPECT_TRUE(split_bulk(body, "i"));
    body += "{\"index\":{}}\n{}\n";
    const auto split = split_bulk(body, "i");
    ASSERT_FALSE(split);
    EXPECT_EQ(split.error().code, base::ErrorCode::limit);
}

/// What simdjson reads from an action line; nothing if it is not valid JSON of that shape.
std::optional<ActionLine> oracle(const std::string& line) {
    simdjson::dom::parser parser;
    simdjson::dom::object root, members;
    if (parser.parse(line).get(root) != simdjson::SUCCESS || root.size() != 1) return std::nullopt;
    const auto [word, value] = *root.begin();
    ActionLine out;
    if (word == "create") out.action = BulkAction::create;
    if (value.get(members) != simdjson::SUCCESS) return std::nullopt;
    for (const auto& [key, member] : members) {
        std::string_view text;
        if (member.get(text) != simdjson::SUCCESS) continue;
        if (key == "_index") out.index = text;
        if (key == "_id") out.id = text;
    }
    return out;
}

RC_GTEST_PROP(ActionLine, reads_what_simdjson_reads, ()) {
    const auto text = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    std::string line = *rc::gen::element<std::string>("{\"index\":{", "{\"create\" : {");
    const std::size_t members = *rc::gen::inRange(0, 4);
    for (std::size_t i = 0; i < members; ++i) {
        line += i > 0 ? "," : "";
        line += *rc::gen::element<std::string>("\"_index\":", "\"_id\" : ", "\"other\":");
        const int kind = *rc::gen::inRange(0, 4);
        if (kind < 2) {
            base::append_json_string(line, *text);
        } else {
            line += *rc::gen::element<std::string>("\"\\u00e9\\ud83d\\ude00\\n\\/\"", "\"plain\"");
        }
    }
    line += "}}";
    if (*rc::gen::inRange(0, 4) == 0) {
        // Behind the action's name: another name is another action, which the two tell differently.
        line[*rc::gen::inRange<std::size_t>(11, line.size())] = *rc::gen::arbitrary<char>();
    }
    const auto expected = oracle(line);
    const auto got = read_action_line(line);
    if (!expected) return;  // we may be more lenient, e.g. about numbers
    RC_PRE(line.find('\n') == std::string::npos);
    RC_ASSERT(got.has_value());
    RC_ASSERT(got->index == expected->index);
    RC_ASSERT(got->id == expected->id);
}

}  // namespace
}  // namespace vedette::source::http
