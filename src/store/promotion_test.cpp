// SPDX-License-Identifier: Apache-2.0
#include "store/promotion.h"

#include <gtest/gtest.h>

#include "store/test_store.h"

namespace vedette::store {
namespace {

class PromotionTest : public StoreTest {
  protected:
    void SetUp() override {
        StoreTest::SetUp();
        if (IsSkipped()) return;
        client_.emplace(store_.client());
        insert("2026-11-26", 0, 3'000);
        insert("2026-11-27", 3'000, 3'000);
    }
    /// Rows with a field `shop.customer`, but for every tenth, and one that is there and empty.
    void insert(const std::string& day, int from, int rows) {
        const auto done = client_->execute(
            "INSERT INTO events (node, offset, row, arrival_day, fields) SELECT 1, number + "
            "{from:UInt64} + 1, 0, {day:Date}, multiIf(number % 10 = 0, map('other', 'x'), number "
            "= "
            "11, map('shop.customer', ''), map('shop.customer', toString(number % 100), 'other', "
            "'y')) FROM numbers({rows:UInt64})",
            {{"from", std::to_string(from)}, {"day", day}, {"rows", std::to_string(rows)}});
        ASSERT_TRUE(done) << done.error().message();
    }
    /// The same questions by the map and by the column.
    void expect_same_answers() {
        const std::string column = promoted_column("shop.customer");
        const std::string by_map[] = {"fields['shop.customer'] = '42'",
                                      "mapContains(fields, 'shop.customer')",
                                      "mapContains(fields, 'shop.customer') AND "
                                      "fields['shop.customer'] = ''"};
        const std::string by_column[] = {column + " = '42'", "isNotNull(" + column + ")",
                                         column + " = ''"};
        for (std::size_t i = 0; i < std::size(by_map); ++i) {
            const std::string count = "SELECT count(), sum(offset) FROM events WHERE ";
            EXPECT_EQ(ask(count + by_map[i]), ask(count + by_column[i])) << by_map[i];
        }
    }
    std::optional<Client> client_;
    const std::function<bool()> wait_ = [] { return true; };
};

TEST_F(PromotionTest, gives_the_same_answers_before_during_and_after_filling) {
    ASSERT_TRUE(promote_field(*client_, "shop.customer"));
    ASSERT_TRUE(promote_field(*client_, "shop.customer"));
    expect_same_answers();
    auto fields = promoted_fields(*client_);
    ASSERT_TRUE(fields) << fields.error().message();
    ASSERT_EQ(1u, fields->size());
    EXPECT_EQ("shop.customer", (*fields)[0].name);
    EXPECT_FALSE((*fields)[0].is_ready());
    // One partition at a time, the newest first.
    EXPECT_EQ("2026-11-27", fill_promoted(*client_, "shop.customer", wait_).value());
    expect_same_answers();
    EXPECT_FALSE(promoted_fields(*client_).value()[0].is_ready());
    insert("2026-11-28", 6'000, 3'000);
    EXPECT_EQ("2026-11-26", fill_promoted(*client_, "shop.customer", wait_).value());
    EXPECT_EQ(std::nullopt, fill_promoted(*client_, "shop.customer", wait_).value());
    expect_same_answers();
    EXPECT_TRUE(promoted_fields(*client_).value()[0].is_ready());
    insert("2026-11-28", 9'000, 3'000);
    EXPECT_TRUE(promoted_fields(*client_).value()[0].is_ready()) << "what comes has it at once";
}

TEST_F(PromotionTest, is_taken_back_without_loss) {
    const std::string all = "SELECT count(), sum(cityHash64(mapSort(fields))) FROM events";
    const std::string before = ask(all);
    ASSERT_TRUE(promote_field(*client_, "shop.customer"));
    while (fill_promoted(*client_, "shop.customer", wait_).value()) {
    }
    ASSERT_TRUE(demote_field(*client_, "shop.customer"));
    EXPECT_EQ(before, ask(all));
    EXPECT_TRUE(promoted_fields(*client_).value().empty());
    EXPECT_EQ(base::ErrorCode::not_found, demote_field(*client_, "shop.customer").error().code);
}

TEST_F(PromotionTest, takes_only_names_that_can_stand_in_a_statement_and_have_no_column) {
    for (const char* name : {"", "a'b", "a\\b", "a b", "a`", "user.name", "a\nb", "\xff"}) {
        const auto done = promote_field(*client_, name);
        ASSERT_FALSE(done) << name;
        EXPECT_EQ(base::ErrorCode::bad_input, done.error().code);
    }
    for (std::size_t i = 0; i < kPromotedMax; ++i) {
        ASSERT_TRUE(promote_field(*client_, "field." + std::to_string(i)));
    }
    EXPECT_EQ(base::ErrorCode::limit, promote_field(*client_, "one.more").error().code);
}

TEST_F(PromotionTest, counts_the_rows_that_have_a_field) {
    const auto use = count_fields(*client_, {"shop.customer", "other", "none"}, 1'000'000);
    ASSERT_TRUE(use) << use.error().message();
    EXPECT_EQ(6'000u, use->rows);
    EXPECT_EQ((std::vector<std::uint64_t>{5'400, 5'998, 0}), use->with_field);
    EXPECT_EQ(1'000u, count_fields(*client_, {"other"}, 1'000)->rows);
}

}  // namespace
}  // namespace vedette::store
