// SPDX-License-Identifier: Apache-2.0
#include "rule/search/sql.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "event/schema.h"
#include "rule/search/hit.h"
#include "rule/search/limits.h"

namespace vedette::rule::search {
namespace {

const base::Timestamp kSqlNow = *base::parse_rfc3339("2026-11-22T16:30:00Z");

TEST(Sql, asks_the_word_index_first) {
    const auto one = count_sql("Failed", {kSqlNow});
    ASSERT_TRUE(one);
    EXPECT_EQ(one->sql,
              "SELECT count() FROM events WHERE 1 AND hasAllTokens(lowerUTF8(raw), {p0:String})");
    EXPECT_EQ(one->params[0].second, "failed");
    const auto phrase = count_sql("\"Failed password\"", {kSqlNow});
    EXPECT_EQ(
        phrase->sql,
        "SELECT count() FROM events WHERE 1 AND (hasAllTokens(lowerUTF8(raw), {p0:String}) AND "
        "match(lowerUTF8(raw), {p1:String}))");
}

TEST(Sql, bounds_the_time_with_parameters) {
    SqlOptions options{kSqlNow};
    options.range = *parse_time_range("2026-11-22", "", kSqlNow);
    options.offset_min = 7;
    const auto query = count_sql("*", options);
    ASSERT_TRUE(query);
    EXPECT_EQ(
        query->sql,
        "SELECT count() FROM events WHERE time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC') AND 1 "
        "AND offset >= {p1:UInt64}");
    EXPECT_EQ(query->params[0].second, "1795305600000000000");
}

TEST(Sql, finds_ids_first_and_newest_first) {
    SqlOptions options{kSqlNow};
    options.limit = 5;
    const auto query = search_sql("user.name:root", options);
    ASSERT_TRUE(query);
    EXPECT_NE(query->sql.find("WHERE (offset, row) IN (SELECT offset, row FROM events WHERE"),
              std::string::npos);
    EXPECT_NE(
        query->sql.find("ORDER BY toUnixTimestamp64Nano(time) DESC, offset DESC, row DESC LIMIT"),
        std::string::npos);
    EXPECT_EQ(query->params.back().second, "5");
    options.limit = kHitsMax + 1;
    EXPECT_FALSE(search_sql("*", options));
}

TEST(Sql, holds_nothing_that_a_person_wrote) {
    EXPECT_TRUE(rc::check([] {
        const auto text = *rc::gen::container<std::string>(rc::gen::element(
            'z', 'Z', '\'', '`', '"', ';', '{', '}', ':', '\\', '(', ')', '-', '*', ' '));
        for (const std::string& query :
             {print(Node{
                  Node::Kind::test, {}, {search::Test::Kind::value, "f" + text, {"z" + text}}}),
              print(Node{
                  Node::Kind::test, {}, {search::Test::Kind::value, "user.name", {"z" + text}}}),
              print(Node{Node::Kind::test, {}, {search::Test::Kind::value, "", {"z" + text}}})}) {
            const auto sql = count_sql(query, {kSqlNow});
            RC_ASSERT(sql.has_value());
            RC_ASSERT(sql->sql.find("z" + text.substr(0, 1)) == std::string::npos || text.empty());
            RC_ASSERT(sql->sql.find('z') == std::string::npos);
            RC_ASSERT(sql->sql.find(';') == std::string::npos);
        }
    }));
}

TEST(Sql, hands_on_the_problem_of_the_query) {
    const auto query = search_sql("a or", {kSqlNow});
    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().where, "column 5");
}

std::string row_binary() {
    std::string out;
    base::put(out, std::uint64_t{5});
    base::put(out, std::uint32_t{2});
    base::put(out, kSqlNow.unix_ns);
    base::put(out, kSqlNow.unix_ns + 1);
    for (const char* text : {"files", "/var/log/x", "linux.sshd"}) base::put_text(out, text);
    base::put(out, std::uint64_t{41});
    base::put(out, std::uint16_t{4});
    for (const event::SchemaField& field : event::schema_fields()) {
        if (field.type == event::StoreType::number) {
            const bool has = field.name == "source.port";
            base::put(out, std::uint8_t{has ? std::uint8_t{0} : std::uint8_t{1}});
            if (has) base::put(out, std::int64_t{443});
        } else {
            base::put_text(out, field.name == "host.ip" ? "10.0.0.1" : "");
        }
    }
    base::put_varint(out, 2);
    for (const char* text : {"host.ip", "[\"10.0.0.1\",\"::1\"]", "x.y", "a\"b\xFF"})
        base::put_text(out, text);
    base::put_text(out, "the record");
    return out;
}

TEST(Hit, is_read_from_the_stores_rows_and_written_as_json) {
    const auto hits = decode_hits(row_binary() + row_binary());
    ASSERT_TRUE(hits);
    ASSERT_EQ(hits->size(), 2u);
    const Hit& hit = hits->front();
    EXPECT_EQ(hit.field("source.port"), "443");
    EXPECT_EQ(hit.field("host.ip"), "[\"10.0.0.1\",\"::1\"]") << "the map knows all values";
    EXPECT_EQ(hit.field("user.name"), "");
    EXPECT_EQ(hit.field("line"), "41");
    std::string json;
    append_json(json, hit);
    EXPECT_EQ(json,
              "{\"id\":\"5.2\",\"time\":\"2026-11-22T16:30:00.000Z\","
              "\"arrival\":\"2026-11-22T16:30:00.000000001Z\",\"source\":\"files\",\"origin\":\"/"
              "var/log/x\","
              "\"dataset\":\"linux.sshd\",\"line\":41,\"flags\":4,\"fields\":{\"host.ip\":\"["
              "\\\"10.0.0.1\\\","
              "\\\"::1\\\"]\",\"source.port\":\"443\",\"x.y\":\"a\\\"b\xEF\xBF\xBD\"},\"raw\":"
              "\"the record\"}");
}

TEST(Hit, refuses_every_cut_of_an_answer) {
    const std::string bytes = row_binary();
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_hits(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_TRUE(decode_hits(""));
    EXPECT_FALSE(decode_count("1234"));
}

}  // namespace
}  // namespace vedette::rule::search
