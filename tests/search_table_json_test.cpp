// SPDX-License-Identifier: Apache-2.0
// A table as the server writes it and as its client reads it: two rooms, one form.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "serve/table_json.h"

namespace vedette {
namespace {

using rule::search::Number;
using rule::search::ResultColumn;
using rule::search::ResultRow;
using rule::search::Table;
using serve::table_from_json;
using Type = ResultColumn::Type;

TEST(TableJson, comes_back_from_json_as_it_went) {
    EXPECT_TRUE(rc::check([] {
        Table table;
        table.columns = {{"user \"x\"", Type::text}, {"n", Type::number}, {"time", Type::time}};
        const int rows = *rc::gen::inRange(0, 5);
        for (int i = 0; i < rows; ++i) {
            ResultRow row(3);
            if (*rc::gen::arbitrary<bool>()) {
                row[0] = *rc::gen::element<std::string>("", "a", "\"\n\\", "\xC3\xBC");
            }
            if (*rc::gen::arbitrary<bool>()) {
                row[1] = Number::Billionths{*rc::gen::arbitrary<std::int64_t>()} *
                         *rc::gen::element<std::int64_t>(1, 1'000'000'000, 77'777'777'777);
            }
            if (*rc::gen::arbitrary<bool>()) {
                row[2] = base::Timestamp{*rc::gen::inRange<std::int64_t>(0, 2'000'000'000) *
                                         *rc::gen::element<std::int64_t>(1, 1'000'000'000)};
            }
            table.rows.push_back(std::move(row));
        }
        table.is_cut = *rc::gen::arbitrary<bool>();
        table.has_gaps = *rc::gen::arbitrary<bool>();
        const auto again = table_from_json(to_json(table));
        RC_ASSERT(again.has_value());
        RC_ASSERT(*again == table);
    }));
}

TEST(TableJson, that_is_none_is_told) {
    const std::string good = R"({"columns":[{"name":"a","type":"number"}],"rows":[[1]],)"
                             R"("is_cut":false,"has_gaps":false})";
    ASSERT_TRUE(table_from_json(good));
    for (const char* bad :
         {"", "{}", "[]", R"({"columns":[{"name":"a"}],"rows":[],"is_cut":false,"has_gaps":false})",
          R"({"columns":[{"name":"a","type":"b"}],"rows":[],"is_cut":false,"has_gaps":false})",
          R"({"columns":[{"name":"a","type":"number"}],"rows":[[1,2]],"is_cut":false})",
          R"({"columns":[{"name":"a","type":"number"}],"rows":[[]],"is_cut":false})",
          R"({"columns":[{"name":"a","type":"number"}],"rows":[["x"]],"is_cut":false})",
          R"({"columns":[{"name":"a","type":"number"}],"rows":[[1e9]],"is_cut":false})",
          R"({"columns":[{"name":"a","type":"time"}],"rows":[["x"]],"is_cut":false})",
          R"({"columns":[{"name":"a","type":"number"}],"rows":[[1]],"is_cut":3})"}) {
        EXPECT_FALSE(table_from_json(bad)) << bad;
    }
}

}  // namespace
}  // namespace vedette
