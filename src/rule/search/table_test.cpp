// SPDX-License-Identifier: Apache-2.0
#include "rule/search/table.h"

#include <gtest/gtest.h>

#include "rule/search/hit_csv.h"

namespace vedette::rule::search {
namespace {

using Type = ResultColumn::Type;

constexpr Number::Billionths kOne = 1'000'000'000;

TEST(Table, numbers_are_written_exactly_and_short) {
    EXPECT_EQ(number_text(0), "0");
    EXPECT_EQ(number_text(12 * kOne), "12");
    EXPECT_EQ(number_text(kOne / 2), "0.5");
    EXPECT_EQ(number_text(-13 * kOne / 4), "-3.25");
    EXPECT_EQ(number_text(1), "0.000000001");
    EXPECT_EQ(number_text(Number::Billionths{9'999'999'999'999'999'999u} * kOne * 1'000),
              "9999999999999999999000");
}

TEST(Table, as_csv_gives_spreadsheets_no_formulas) {
    Table table;
    table.columns = {{"user.name", Type::text}, {"count", Type::number}};
    table.rows = {{std::string("a,b"), -5 * kOne},
                  {std::string("=cmd|' /C calc'!A0"), kOne},
                  {std::string("say \"hi\"\n"), ResultCell()},
                  {ResultCell(), kOne},
                  {std::string("-7.5"), kOne},
                  {std::string("@x"), kOne}};
    std::string out;
    append_csv(out, table);
    EXPECT_EQ(out,
              "user.name,count\r\n"
              "\"a,b\",-5\r\n"
              "\"'=cmd|' /C calc'!A0\",1\r\n"
              "\"say \"\"hi\"\"\n\",\r\n"
              ",1\r\n"
              "-7.5,1\r\n"
              "\"'@x\",1\r\n");
}

TEST(Table, of_events_as_csv_has_every_field_once) {
    Hit first, second;
    first.fields = {{"user.name", "root"}};
    second.fields = {{"bytes", "5"}, {"user.name", "bob"}};
    second.raw = "x";
    std::string out;
    append_csv(out, {first, second}, {});
    EXPECT_EQ(out,
              "time,source,origin,dataset,user.name,bytes,raw\r\n"
              "1970-01-01T00:00:00.000Z,,,,root,,\r\n"
              "1970-01-01T00:00:00.000Z,,,,bob,5,x\r\n");
    out.clear();
    append_csv(out, {first, second}, {"bytes", "user.name"});
    EXPECT_EQ(out, "bytes,user.name\r\n,root\r\n5,bob\r\n");
}

}  // namespace
}  // namespace vedette::rule::search
