// SPDX-License-Identifier: Apache-2.0
#include "learn/vector_model/vector_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

struct Row {
    std::vector<double> numbers;
    std::vector<std::uint32_t> categories;
    operator VectorRow() const { return {numbers, categories}; }
};

/// Bytes that go with the port, which goes with the service; a third number has nothing to say.
Row usual(Random& random) {
    const std::uint32_t service = 1 + random.below(2);
    return {{service == 1 ? 100 + 10 * random.normal() : 9'000 + 500 * random.normal(),
             service == 1 ? 53.0 : 443.0, random.normal()},
            {service, 10 + random.below(3)}};
}

VectorModel learned(std::size_t rows, std::size_t rows_max = 512) {
    VectorModel model({3, 2}, rows_max);
    Random random(3);
    for (std::size_t i = 0; i < rows; ++i) model.learn(usual(random));
    model.settle();
    return model;
}

TEST(VectorModel, finds_nothing_odd_before_it_knows_anything) {
    VectorModel model({3, 2}, 512);
    Random random(1);
    EXPECT_FALSE(model.knows());
    EXPECT_EQ(0, model.bits(usual(random)));
    for (std::size_t i = 0; i < kVectorRowsMin; ++i) model.learn(usual(random));
    EXPECT_TRUE(model.knows());
}

TEST(VectorModel, finds_a_combination_odd_whose_values_are_all_usual) {
    const VectorModel model = learned(2'000);
    Random random(9);
    std::vector<double> usual_bits;
    for (int i = 0; i < 400; ++i) usual_bits.push_back(model.bits(usual(random)));
    std::sort(usual_bits.begin(), usual_bits.end());
    const Row crossed{{100, 443, 0}, {1, 11}};
    EXPECT_GT(model.bits(crossed), usual_bits[396]);
}

TEST(VectorModel, tells_how_rare_a_usual_row_is) {
    const VectorModel model = learned(4'000);
    Random random(11);
    double above = 0;
    for (int i = 0; i < 4'000; ++i) above += model.bits(usual(random)) >= 4 ? 1 : 0;
    // The mean of two dependent measures of 4 bits: one in 16 if both say the same, fewer if not.
    EXPECT_LT(above / 4'000, 2.0 / 16);
    EXPECT_GT(above / 4'000, 0.1 / 16);
}

TEST(VectorModel, gives_each_column_its_share_and_the_odd_one_the_most) {
    const VectorModel model = learned(2'000);
    std::vector<double> share(5);
    const Row odd{{100, 53, 50}, {1, 11}};
    const double bits = model.bits(odd, share);
    EXPECT_EQ(bits, std::accumulate(share.begin(), share.end(), 0.0));
    EXPECT_EQ(2, std::max_element(share.begin(), share.end()) - share.begin());
    EXPECT_TRUE(std::all_of(share.begin(), share.end(), [](double one) { return one >= 0; }));
}

TEST(VectorModel, takes_a_missing_number_and_an_unknown_category_for_odd_where_they_never_were) {
    const VectorModel model = learned(2'000);
    const double plain = model.bits(Row{{100, 53, 0}, {1, 11}});
    EXPECT_GT(model.bits(Row{{100, std::nan(""), 0}, {1, 11}}), plain);
    EXPECT_GT(model.bits(Row{{100, 53, 0}, {99, 11}}), plain);
    EXPECT_GT(model.bits(Row{{100, 53, std::numeric_limits<double>::infinity()}, {1, 0}}), plain);
}

TEST(VectorModel, grows_used_to_what_stays_but_not_to_one_burst) {
    VectorModel model = learned(2'000);
    const Row burst{{1e6, 4'444, 30}, {77, 78}};
    const double before = model.bits(burst);
    for (int i = 0; i < 20; ++i) model.observe(burst);
    model.settle();
    EXPECT_GT(model.bits(burst), before / 2);
    Random random(5);
    for (int i = 0; i < 4'000; ++i) {
        model.learn(Row{{1e6 + random.normal(), 4'444, 30}, {77, 78}});
    }
    model.settle();
    EXPECT_LT(model.bits(burst), 8);
}

TEST(VectorModel, stopped_anywhere_goes_on_as_if_it_had_not_been) {
    for (const std::size_t cut : {0, 63, 64, 500, 900, 1'500}) {
        VectorModel whole({3, 2}, 256), first({3, 2}, 256), second({3, 2}, 256);
        Random one(4), other(4);
        for (std::size_t i = 0; i < 2'000; ++i) whole.observe(usual(one));
        for (std::size_t i = 0; i < cut; ++i) first.observe(usual(other));
        ASSERT_TRUE(restore_sealed(second, save_sealed(first)).has_value());
        for (std::size_t i = cut; i < 2'000; ++i) second.observe(usual(other));
        EXPECT_TRUE(are_same(whole, second));
        EXPECT_EQ(whole.bits(usual(one)), second.bits(usual(other)));
    }
}

TEST(VectorModel, stays_within_its_memory_however_much_it_learns) {
    const std::size_t early = learned(2'000, 256).memory_bytes();
    EXPECT_LT(learned(50'000, 256).memory_bytes(), early * 3 / 2);
}

TEST(VectorModel, refuses_a_damaged_state) {
    const auto make = [] { return VectorModel({3, 2}, 128); };
    VectorModel model = make();
    Random random(2);
    for (int i = 0; i < 300; ++i) model.observe(usual(random));
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(model), 7));
}

/// The long way: every distance by its definition, sorted.
std::uint32_t direct_total(const std::vector<std::vector<std::uint8_t>>& rows,
                           const std::vector<std::uint8_t>& asked, std::size_t numbers) {
    std::vector<std::uint32_t> distances;
    for (const auto& row : rows) {
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const int apart = std::abs(int{row[i]} - int{asked[i]});
            sum += i < numbers ? static_cast<std::uint32_t>(apart * apart)
                   : apart > 0 ? NearestRows::kCategoryDifference
                               : 0;
        }
        distances.push_back(sum);
    }
    std::sort(distances.begin(), distances.end());
    distances.resize(std::min(distances.size(), NearestRows::kNeighbours));
    return std::accumulate(distances.begin(), distances.end(), 0U);
}

TEST(NearestRows, are_those_of_the_plain_search_and_the_parts_add_up) {
    Random random(8);
    for (const auto& [numbers, categories] :
         {std::pair<std::size_t, std::size_t>{1, 1}, {16, 16}, {33, 7}, {0, 5}, {40, 0}}) {
        NearestRows nearest(numbers, categories);
        std::vector<std::vector<std::uint8_t>> rows;
        for (std::size_t i = 0; i < 200; ++i) {
            std::vector<std::uint8_t> row(numbers + categories);
            for (auto& cell : row) cell = static_cast<std::uint8_t>(random.below(256));
            const std::uint32_t expected = direct_total(rows, row, numbers);
            const NearestRows::Found found = nearest.nearest(row);
            EXPECT_EQ(expected, found.total());
            std::uint32_t parts = 0;
            for (std::size_t c = 0; c < row.size(); ++c) parts += nearest.part(found, row, c);
            EXPECT_EQ(expected, parts);
            nearest.add(row);
            rows.push_back(row);
        }
    }
}

TEST(NearestRows, tell_a_row_by_what_is_usual_around_it) {
    // A dense place about 60 and a thin one about 180, and a row beside each at the same distance.
    Random random(9);
    NearestRows nearest(6, 0);
    std::vector<std::vector<std::uint8_t>> rows;
    for (std::size_t i = 0; i < 200; ++i) {
        const bool is_dense = i % 2 == 0;
        std::vector<std::uint8_t> row(6, is_dense ? 60 : 180);
        for (auto& cell : row) {
            cell = static_cast<std::uint8_t>(cell + random.below(is_dense ? 4 : 60));
        }
        nearest.add(row);
        rows.push_back(std::move(row));
    }
    nearest.settle();
    const auto reach = [&](const std::vector<std::uint8_t>& row, std::size_t left_out) {
        auto others = rows;
        if (left_out < others.size()) others.erase(others.begin() + static_cast<long>(left_out));
        return 20 + std::sqrt(direct_total(others, row, 6) / 4.0);
    };
    for (std::size_t i = 0; i < 50; ++i) {
        std::vector<std::uint8_t> row(6);
        for (auto& cell : row) cell = static_cast<std::uint8_t>(random.below(256));
        const NearestRows::Found found = nearest.nearest(row);
        double around = 0;
        for (const std::uint32_t other : found.row) around += reach(rows[other], other) / 4;
        EXPECT_NEAR(nearest.relative(found), reach(row, rows.size()) / around, 1e-5);
    }
    const std::vector<std::uint8_t> beside_dense(6, 90), within_thin(6, 200);
    EXPECT_GT(nearest.relative(nearest.nearest(beside_dense)), 2.5);
    EXPECT_LT(nearest.relative(nearest.nearest(within_thin)), 1.5);
}

TEST(PairTables, know_a_value_that_its_partner_makes_unlikely) {
    std::vector<std::uint8_t> bins;
    Random random(6);
    for (int i = 0; i < 1'000; ++i) {
        const auto same = static_cast<std::uint8_t>(kBinFirst + random.below(4));
        bins.insert(bins.end(), {same, same, static_cast<std::uint8_t>(kBinFirst + i % 2)});
    }
    const PairTables tables(bins, 3);
    const std::vector<std::uint8_t> right = {5, 5, 4}, crossed = {5, 6, 4};
    EXPECT_GT(tables.bits(crossed, 1), tables.bits(right, 1) + 2);
    EXPECT_NEAR(1, tables.bits(right, 2), 0.2);  // one of two, whatever stands beside it
}

TEST(NumberCode, keeps_the_order_and_tells_few_values_apart) {
    std::vector<float> values;
    for (int i = 0; i < 10'000; ++i) values.push_back(static_cast<float>(i * i));
    const NumberCode many(values);
    std::uint8_t last = 0;
    for (float value = -1e9F; value < 1e9F; value += 1e6F) {
        const std::uint8_t now = many.of(value).position;
        EXPECT_GE(now, last);
        last = now;
    }
    EXPECT_NEAR(128, many.of(25e6F).position, 2);  // the median
    const NumberCode few(std::vector<float>{1, 1, 2, 2, 8});
    EXPECT_EQ(kBinRare, few.of(5).bin);
    EXPECT_NE(few.of(1).bin, few.of(2).bin);
    EXPECT_EQ(kBinBeyond, few.of(9).bin);
    EXPECT_EQ(kBinUnseen, few.of(0).bin);
    EXPECT_EQ(kBinMissing, few.of(std::nanf("")).bin);
}

TEST(TailBits, are_the_share_of_scores_as_great_and_go_on_rising_beyond) {
    std::vector<double> scores;
    for (int i = 1; i <= 1'000; ++i) scores.push_back(i);
    const TailBits bits(scores);
    EXPECT_NEAR(1, bits.of(500), 0.01);
    EXPECT_NEAR(3.32, bits.of(901), 0.02);
    EXPECT_GT(bits.of(2'000), bits.of(1'500));
    EXPECT_GT(bits.of(1'500), bits.of(1'000));
    EXPECT_EQ(0, bits.of(0));
}

}  // namespace
}  // namespace vedette::learn
