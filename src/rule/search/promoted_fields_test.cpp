// SPDX-License-Identifier: Apache-2.0
// Fields that have a column by promotion (store/promotion.h) are read from it in every statement.
#include <gtest/gtest.h>

#include <algorithm>

#include "rule/search/pipe_plan.h"
#include "rule/search/pipe_sql.h"
#include "rule/search/sql.h"

namespace vedette::rule::search {
namespace {

SqlOptions with(const PromotedColumns& columns) {
    SqlOptions options;
    options.promoted = std::make_shared<const PromotedColumns>(columns);
    return options;
}

SqlQuery sql_of(std::string_view query, const SqlOptions& options = {}) {
    const auto sql = count_sql(query, options);
    EXPECT_TRUE(sql) << sql.error().message();
    return sql.value_or(SqlQuery());
}

bool has(const SqlQuery& query, std::string_view text) {
    return query.sql.find(text) != std::string::npos;
}

TEST(PromotedFieldsTest, are_read_from_their_columns_and_no_others_are) {
    const std::string_view query = "shop.customer:ada and shop.cart:17 and user.name:root";
    const SqlQuery sql = sql_of(query, with({{"shop.customer", "promoted_1"}}));
    EXPECT_TRUE(has(sql, "ifNull(`promoted_1`, '')"));
    EXPECT_TRUE(has(sql, "isNotNull(`promoted_1`)"));
    EXPECT_TRUE(has(sql, "mapContains(fields, {")) << "shop.cart has none";
    for (const auto& [name, value] : sql.params) EXPECT_NE(value, "shop.customer");
    EXPECT_EQ(sql_of(query).sql, sql_of(query, with({{"other", "promoted_2"}})).sql);
}

TEST(PromotedFieldsTest, are_told_by_their_name_and_not_by_what_is_looked_for) {
    const std::string_view query = "message:shop.customer and shop.cart:shop.customer";
    const SqlQuery plain = sql_of(query);
    EXPECT_EQ(plain.sql, sql_of(query, with({{"shop.customer", "promoted_1"}})).sql);
    EXPECT_EQ(std::count(plain.map_fields.begin(), plain.map_fields.end(), "shop.customer"), 0);
}

TEST(PromotedFieldsTest, are_asked_for_once_however_often_they_stand_and_promoted_or_not) {
    const std::string_view query = "shop.cart:1 or shop.cart:2 or shop.cart:*";
    for (const SqlOptions& options : {SqlOptions(), with({{"shop.cart", "promoted_1"}})}) {
        EXPECT_EQ(sql_of(query, options).map_fields, std::vector<std::string>{"shop.cart"});
    }
}

TEST(PromotedFieldsTest, are_read_from_their_columns_in_groups_measures_sorting_and_files) {
    const SqlOptions options = with({{"shop.cart", "promoted_1"}});
    for (const char* query : {"* | count by shop.cart", "* | stats sum(shop.cart)",
                              "* | sort shop.cart", "* | timechart 1h by shop.cart"}) {
        const auto plan = make_plan(query, base::Timestamp(), {});
        ASSERT_TRUE(plan) << query << plan.error().message();
        const auto sql =
            plan->is_table ? table_sql(*plan, options, 10) : events_sql(*plan, options);
        ASSERT_TRUE(sql) << query;
        EXPECT_TRUE(has(*sql, "ifNull(`promoted_1`, '')")) << query;
        EXPECT_FALSE(has(*sql, "fields[{")) << query;
        EXPECT_EQ(sql->map_fields, std::vector<std::string>{"shop.cart"}) << query;
        const auto file = file_sql(*plan, options, 10, "Parquet");
        ASSERT_TRUE(file) << query;
        EXPECT_TRUE(has(*file, "ifNull(`promoted_1`, '')")) << query;
        EXPECT_EQ(file->map_fields, std::vector<std::string>{"shop.cart"}) << query;
    }
}

}  // namespace
}  // namespace vedette::rule::search
