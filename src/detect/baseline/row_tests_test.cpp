// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/row_tests.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "detect/baseline/behaviour.h"
#include "rule/analytic/analytic.h"
#include "rule/search/match.h"

namespace vedette::detect::baseline {
namespace {

constexpr std::array<const char*, 8> kQueries = {
    "event.category:process and process.name:*",
    "event.category:(process or network) and user.name:*",
    "event.category:process and not process.name:sh",
    "dataset:text and event.category:*",
    "process.name:(sh or cmd*)",
    "odd_field:yes",
    "event.category:process or odd_field:*",
    "*",
};

/// Rows of a few fields with a few values, some of them twice, some beyond the dictionary.
void fill(event::Batch& batch, event::FieldDictionary& fields) {
    const auto rows = *rc::gen::inRange(0, 40);
    const std::array<const char*, 4> names = {"event.category", "process.name", "user.name",
                                              "odd_field"};
    const std::array<const char*, 6> values = {"process", "network", "sh", "cmd.exe", "yes", "-"};
    const auto any_value = [&] { return values[*rc::gen::inRange<std::size_t>(0, values.size())]; };
    for (int row = 0; row < rows; ++row) {
        batch.add_row().dataset =
            batch.dataset_index(*rc::gen::inRange(0, 3) == 0 ? "odd" : "text");
        for (const char* name : names) {
            for (int values_left = *rc::gen::inRange(0, 3); values_left > 0; --values_left) {
                batch.add(*fields.intern(name), any_value());
            }
        }
        if (*rc::gen::inRange(0, 30) == 0) {
            batch.add_overflow("odd_field", "yes", event::ValueKind::text);
        }
    }
}

Behaviour behaviour_of(const std::string& query) {
    const std::string text = "analytic: some\ntitle: Some\nevents: '" + query +
                             "'\nentity: {user: user.name}\nmeasure: {new_value: process.name}\n"
                             "sentence: '{entity} {value}'\n";
    auto analytic = rule::analytic::read_analytic("some.yml", text);
    EXPECT_TRUE(analytic) << analytic.error().message();
    auto made = Behaviour::make(std::move(*analytic));
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
}

/// The long way: each row is asked everything.
std::vector<std::uint32_t> plain_rows(const event::Batch& batch, event::FieldDictionary& fields,
                                      const std::string& query) {
    const auto matcher = rule::search::make_matcher(query, base::Timestamp());
    const auto user = fields.find("user.name"), program = fields.find("process.name");
    std::vector<std::uint32_t> out;
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
        const bool has_all = user && program && batch.first(*user, row) &&
                             batch.first(*program, row) && *batch.first(*user, row) != "-";
        if (has_all && matcher->matches(batch, row)) out.push_back(row);
    }
    return out;
}

RC_GTEST_PROP(RowTests, find_the_rows_that_asking_every_row_finds, ()) {
    event::FieldDictionary fields;
    event::Batch batch(fields);
    RowTests tests;
    std::vector<Behaviour> behaviours;
    for (const char* query : kQueries) behaviours.push_back(behaviour_of(query));
    for (Behaviour& behaviour : behaviours) behaviour.join(tests);
    // The same tests over one batch after another.
    for (int pass = 0; pass < 2; ++pass) {
        batch.clear();
        fill(batch, fields);
        tests.bind(batch);
        for (std::size_t i = 0; i < kQueries.size(); ++i) {
            std::vector<std::uint32_t> found;
            for (const std::uint32_t row : behaviours[i].bind(batch, tests)) {
                if (behaviours[i].observe(row)) found.push_back(row);
            }
            RC_ASSERT(found == plain_rows(batch, fields, kQueries[i]));
        }
    }
}

TEST(RowTests, make_each_test_once) {
    RowTests tests;
    const auto first = tests.add("event.category:process and user.name:*");
    const auto second = tests.add("user.name:* and (event.category:process)");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(2u, tests.size());
    EXPECT_EQ((std::vector<RowTests::Id>{(*first)[1], (*first)[0]}), *second);
    EXPECT_TRUE(tests.add("").value().empty());
    EXPECT_FALSE(tests.add("destination.port:(").has_value());
}

}  // namespace
}  // namespace vedette::detect::baseline
