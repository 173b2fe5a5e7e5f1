// SPDX-License-Identifier: Apache-2.0
#include "store/client.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "store/test_store.h"

namespace vedette::store {
namespace {

class StoreClient : public StoreTest {};

TEST_F(StoreClient, asks_and_is_answered) {
    EXPECT_EQ(ask("SELECT 1 + 1"), "2\n");
    EXPECT_TRUE(store_.client().ping());
}

TEST_F(StoreClient, sends_values_that_no_quoting_would_survive) {
    static constexpr char kBytes[] = "it's \\ a\tb\nc\r\0d'; DROP TABLE events; -- \xFF";
    const std::string value(kBytes, sizeof kBytes - 1);
    EXPECT_EQ(ask("SELECT hex({v:String})", {{"v", value}}).size(), value.size() * 2 + 1);
    Client client = store_.client();
    QueryOptions raw;
    raw.format = "RawBLOB";
    EXPECT_EQ(*client.query("SELECT {v:String}", {{"v", value}}, raw), value);
}

TEST_F(StoreClient, says_what_kind_of_failure_it_was) {
    Client client = store_.client();
    EXPECT_EQ(client.query("SELECT * FROM nope").error().code, base::ErrorCode::not_found);
    EXPECT_EQ(client.query("SELEC 1").error().code, base::ErrorCode::bad_input);
    QueryOptions quick;
    quick.settings = {{"max_execution_time", "1"}};
    EXPECT_EQ(client.query("SELECT sleepEachRow(1) FROM numbers(3)", {}, quick).error().code,
              base::ErrorCode::timeout);
    QueryOptions small;
    small.settings = {{"max_memory_usage", "10000000"}};
    EXPECT_EQ(
        client.query("SELECT groupArray(number) FROM numbers(10000000)", {}, small).error().code,
        base::ErrorCode::limit);
    QueryOptions misspelt;
    misspelt.settings = {{"max_thread", "1"}};
    EXPECT_EQ(exception_code(client.query("SELECT 1", {}, misspelt).error()), 115);
}

TEST_F(StoreClient, asks_again_with_short_blocks_where_records_are_large) {
    Client client = store_.client();
    ASSERT_TRUE(
        client.execute("CREATE TABLE large (n UInt64, text String) ENGINE = MergeTree ORDER BY n "
                       "SETTINGS min_bytes_for_wide_part = 536870912"));
    QueryOptions options;
    options.settings = {{"max_memory_usage", "400000000"}};
    ASSERT_TRUE(
        client.execute("INSERT INTO large SELECT number, repeat('a', 1000000) FROM "
                       "numbers(500) SETTINGS max_block_size = 16"));
    // Without short blocks the engine gives up: it gathers 500 MB.
    const auto plain =
        client.stream("SELECT count() FROM large WHERE match(lowerUTF8(text), 'b')", {}, options,
                      [](std::string_view) { return base::Result<void>(); });
    ASSERT_FALSE(plain);
    EXPECT_EQ(exception_code(plain.error()), 241);
    const auto again =
        client.query("SELECT count() FROM large WHERE match(lowerUTF8(text), 'b')", {}, options);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(*again, "0\n");
}

TEST_F(StoreClient, questions_cannot_change_or_leave_the_store) {
    Client client = store_.client();
    for (const char* sql : {
             "INSERT INTO events (offset) VALUES (1)",
             "SELECT * FROM file('/etc/passwd', 'LineAsString')",
             "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')",
             "SELECT * FROM executable('id', 'LineAsString', 'line String')",
             "DROP TABLE events",
             "SELECT 1 INTO OUTFILE '/tmp/x'",
             "SELECT 1 SETTINGS max_threads = 1",
             "CREATE TABLE x (a UInt8) ENGINE = Memory",
             "SET readonly = 0",
         }) {
        EXPECT_FALSE(client.query(sql)) << sql;
    }
    EXPECT_EQ(ask("SELECT count() FROM events"), "0\n");
}

TEST_F(StoreClient, streams_a_long_answer_and_tells_when_it_broke_off) {
    Client client = store_.client();
    QueryOptions rows;
    rows.answer_bytes_max = ~std::uint64_t{0};
    std::size_t bytes = 0;
    const auto count = [&bytes](std::string_view piece) {
        bytes += piece.size();
        return base::Result<void>();
    };
    ASSERT_TRUE(client.stream("SELECT number FROM numbers(3000000)", {}, rows, count));
    EXPECT_EQ(bytes, 22'888'890u);
    const auto broken =
        client.stream("SELECT throwIf(number = 2900000) FROM numbers(3000000)", {}, rows, count);
    ASSERT_FALSE(broken);
    EXPECT_EQ(exception_code(broken.error()), 395) << broken.error().message();
    EXPECT_EQ(*client.query("SELECT 1"), "1\n") << "the next question works";
}

TEST(ClientText, parameters_survive_the_engines_escaping) {
    EXPECT_EQ(escape_parameter(std::string_view("a\\b\n\t\r\0", 7)), "a\\\\b\\n\\t\\r\\0");
    EXPECT_EQ(quote_identifier("a`b"), "`a\\`b`");
}

}  // namespace
}  // namespace vedette::store
