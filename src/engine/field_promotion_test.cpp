// SPDX-License-Identifier: Apache-2.0
#include "engine/field_promotion.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "engine/search_findings.h"
#include "store/test_store.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

TEST(FieldUseTest, comes_back_as_it_was_written_and_takes_nothing_else) {
    const std::map<std::string, std::uint64_t> asked = {
        {"shop.customer", 17}, {"a b", 3}, {"x", 1}};
    EXPECT_EQ("17 shop.customer\n3 a b\n1 x\n", encode_field_use(asked));
    EXPECT_EQ(asked, decode_field_use(encode_field_use(asked)));
    EXPECT_TRUE(decode_field_use("nonsense\n-1 x\n12\n12 \n" + std::string(300, 'x')).empty());
    std::string many;
    for (int i = 0; i < 5'000; ++i) many += "1 f" + std::to_string(i) + "\n";
    EXPECT_EQ(kFieldsCountedMax, decode_field_use(many).size());
}

TEST(FieldUseTest, is_bounded_and_forgets_what_is_asked_least) {
    const tests::TemporaryFolder folder;
    base::SystemFiles files;
    {
        FieldPromotion promotion(files, folder / "field_use", {});
        promotion.asked({"often"});
        promotion.asked({"often"});
        for (std::size_t i = 0; i < 2 * kFieldsCountedMax; ++i) {
            promotion.asked({"f" + std::to_string(i)});
        }
    }
    const auto kept = decode_field_use(base::read_file(folder / "field_use", 1 << 20).value());
    EXPECT_EQ(kFieldsCountedMax, kept.size());
    EXPECT_EQ(2u, kept.at("often"));
}

class FieldPromotionTest : public store::StoreTest {
  protected:
    void SetUp() override {
        StoreTest::SetUp();
        if (IsSkipped()) return;
        auto client = store_.client();
        for (const char* day : {"2026-11-26", "2026-11-27", "2026-11-28"}) {
            ASSERT_TRUE(client.execute(
                "INSERT INTO events (node, offset, row, arrival_day, fields) SELECT 1, number + 1, "
                "0, {day:Date}, map('shop.customer', toString(number % 7)) FROM numbers(1000)",
                {{"day", day}}));
        }
    }
    store::ClientOptions options() {
        store::ClientOptions options;
        options.endpoint = store_.supervisor().endpoint();
        return options;
    }
    /// Until the column is filled everywhere, or too much time has gone.
    static bool waits_for(const FieldPromotion& promotion, const std::string& field) {
        for (int i = 0; i < 3'000; ++i) {
            if (promotion.columns()->contains(field)) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }
    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
};

TEST_F(FieldPromotionTest, fills_what_is_promoted_and_lets_it_go_again) {
    FieldPromotion promotion(files_, folder_ / "field_use", {});
    EXPECT_EQ(base::ErrorCode::unavailable, promotion.promote("shop.customer").error().code);
    promotion.start(options());
    promotion.asked({"shop.customer", "shop.cart"});
    promotion.asked({"shop.customer"});
    ASSERT_TRUE(promotion.promote("shop.customer"));
    ASSERT_TRUE(waits_for(promotion, "shop.customer"));
    const auto status = promotion.status();
    ASSERT_TRUE(status) << status.error().message();
    ASSERT_EQ(2u, status->size());
    EXPECT_EQ("shop.customer", (*status)[0].name);
    EXPECT_EQ(2u, (*status)[0].asked);
    EXPECT_EQ(3'000u, (*status)[0].sample_with_field);
    EXPECT_EQ((*status)[0].rows, (*status)[0].rows_in_column);
    EXPECT_FALSE((*status)[1].is_promoted);
    EXPECT_EQ(0u, (*status)[1].sample_with_field);
    ASSERT_TRUE(promotion.demote("shop.customer"));
    EXPECT_TRUE(promotion.columns()->empty());
}

TEST_F(FieldPromotionTest, promotes_by_itself_what_is_asked_often_enough_and_no_more_than_allowed) {
    FieldPromotion promotion(files_, folder_ / "field_use", {3, 1});
    promotion.start(options());
    for (int i = 0; i < 3; ++i) promotion.asked({"shop.customer"});
    ASSERT_TRUE(waits_for(promotion, "shop.customer"));
    for (int i = 0; i < 3; ++i) promotion.asked({"shop.cart"});
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    auto client = store_.client();
    EXPECT_EQ(1u, store::promoted_fields(client).value().size());
}

/// A column that tells what the map does not have: whoever finds that has read the column.
class PromotedSearches : public store::StoreTest {
  protected:
    void SetUp() override {
        StoreTest::SetUp();
        if (IsSkipped()) return;
        auto client = store_.client();
        ASSERT_TRUE(client.execute("ALTER TABLE events ADD COLUMN " +
                                   store::promoted_column("shop.customer") +
                                   " LowCardinality(Nullable(String)) MATERIALIZED 'of the column' "
                                   "COMMENT 'shop.customer'"));
        ASSERT_TRUE(client.execute(
            "INSERT INTO events (node, offset, row, time, arrival_day, fields) SELECT 1, number + "
            "1, 0, toDateTime64('2026-11-28 10:00:00', 9, 'UTC'), '2026-11-28', "
            "map('shop.customer', 'of the map') FROM numbers(10)"));
        due_.search.name = "test";
        due_.search.query = R"(shop.customer:"of the column" | count by shop.customer)";
        due_.search.over_ns = 3'600 * base::kNsPerSecond;
        due_.to = base::parse_rfc3339("2026-11-28T10:30:00Z").value();
    }
    store::ClientOptions options() {
        store::ClientOptions options;
        options.endpoint = store_.supervisor().endpoint();
        return options;
    }
    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
    DueSearch due_;
};

TEST_F(PromotedSearches, that_are_scheduled_read_the_column_and_are_counted) {
    FieldPromotion promotion(files_, folder_ / "field_use", {});
    promotion.start(options());
    ASSERT_TRUE(promotion.promote("shop.customer"));
    ASSERT_EQ(promotion.columns()->size(), 1u);
    const auto run = run_search(options(), nullptr, due_, &promotion);
    ASSERT_TRUE(run) << run.error().message();
    ASSERT_EQ(run->findings.size(), 1u);
    EXPECT_EQ(run->findings[0].events.size(), 10u);
    const auto without = run_search(options(), nullptr, due_);
    ASSERT_TRUE(without) << without.error().message();
    EXPECT_EQ(without->findings.size(), 0u) << "the map has another value";
    EXPECT_GT(promotion.status()->front().asked, 0u);
}

TEST_F(PromotedSearches, without_a_server_know_the_columns_that_are_filled) {
    auto client = store_.client();
    const auto columns = promoted_columns(client);
    ASSERT_TRUE(columns) << columns.error().message();
    EXPECT_EQ(**columns,
              (PromotedColumns{{"shop.customer", store::promoted_column("shop.customer")}}));
    ASSERT_TRUE(store::promote_field(client, "shop.cart"));
    EXPECT_EQ((*promoted_columns(client))->size(), 1u) << "old parts lack the new one";
}

}  // namespace
}  // namespace vedette::engine
