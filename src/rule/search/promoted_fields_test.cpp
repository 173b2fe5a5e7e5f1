// SPDX-License-Identifier: Apache-2.0
#include "rule/search/promoted_fields.h"

#include <gtest/gtest.h>

namespace vedette::rule::search {
namespace {

SqlQuery sql_of(std::string_view query) {
    const auto sql = count_sql(query, SqlOptions());
    EXPECT_TRUE(sql) << sql.error().message();
    return sql.value_or(SqlQuery());
}

TEST(PromotedFieldsTest, are_read_from_their_columns_and_no_others_are) {
    const SqlQuery before = sql_of("shop.customer:ada and shop.cart:17 and user.name:root");
    const SqlQuery after = with_promoted(before, {{"shop.customer", "promoted_1"}});
    EXPECT_NE(std::string::npos, after.sql.find("ifNull(`promoted_1`, '')"));
    EXPECT_NE(std::string::npos, after.sql.find("isNotNull(`promoted_1`)"));
    EXPECT_EQ(before.params, after.params);
    const auto left = map_fields(after);
    EXPECT_EQ(std::count(left.begin(), left.end(), "shop.customer"), 0);
    EXPECT_EQ(std::count(left.begin(), left.end(), "shop.cart"), 1);
    EXPECT_EQ(before.sql, with_promoted(before, {}).sql);
    EXPECT_EQ(before.sql, with_promoted(before, {{"other", "promoted_2"}}).sql);
}

TEST(PromotedFieldsTest, are_told_by_where_they_stand_and_not_by_what_is_looked_for) {
    const SqlQuery before = sql_of("message:shop.customer and shop.cart:shop.customer");
    EXPECT_EQ(before.sql, with_promoted(before, {{"shop.customer", "promoted_1"}}).sql);
    const auto fields = map_fields(before);
    EXPECT_EQ(std::count(fields.begin(), fields.end(), "shop.customer"), 0);
}

TEST(PromotedFieldsTest, counts_each_name_once) {
    const auto fields = map_fields(sql_of("shop.cart:1 or shop.cart:2 or shop.cart:*"));
    EXPECT_EQ(std::count(fields.begin(), fields.end(), "shop.cart"), 1);
}

}  // namespace
}  // namespace vedette::rule::search
