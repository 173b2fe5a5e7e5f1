// SPDX-License-Identifier: Apache-2.0
#include "event/batch.h"

#include <gtest/gtest.h>

#include "event/schema.h"

namespace vedette::event {
namespace {

TEST(Batch, keeps_values_by_column_and_row) {
    FieldDictionary fields;
    Batch batch(fields);
    batch.add_row();
    batch.add(ecs::kUserName, "root");
    batch.add_row();
    batch.add(ecs::kSourceIp, "10.0.0.1");
    batch.add(ecs::kUserName, "bob");
    batch.verify();
    EXPECT_EQ(batch.row_count(), 2u);
    EXPECT_EQ(batch.first(ecs::kUserName, 0), "root");
    EXPECT_EQ(batch.first(ecs::kUserName, 1), "bob");
    EXPECT_EQ(batch.first(ecs::kSourceIp, 0), std::nullopt);
    EXPECT_EQ(std::string_view(batch.column(ecs::kUserName)->text), std::string("root\0bob\0", 9));
}

TEST(Batch, links_part_of_another_value_without_copying_it) {
    FieldDictionary fields;
    Batch batch(fields);
    batch.add_row();
    batch.add(ecs::kProcessExecutable, "/usr/bin/bash");
    const Cell path = batch.column(ecs::kProcessExecutable)->cells[0];
    batch.link(ecs::kProcessName, 0, path, 9, 4);
    batch.verify();
    EXPECT_EQ(batch.first(ecs::kProcessName, 0), "bash");
    EXPECT_TRUE(batch.column(ecs::kProcessName)->text.empty());
}

TEST(Batch, takes_back_a_row_with_all_its_cells) {
    FieldDictionary fields;
    Batch batch(fields);
    batch.add_row();
    batch.add(ecs::kUserName, "root");
    batch.add_row();
    batch.add(ecs::kUserName, "x");
    batch.add_overflow("some.key", "v", ValueKind::text);
    batch.drop_last_row();
    batch.verify();
    EXPECT_EQ(batch.row_count(), 1u);
    EXPECT_EQ(batch.column(ecs::kUserName)->cells.size(), 1u);
    EXPECT_TRUE(batch.overflow_names().cells.empty());
}

TEST(Batch, sorts_what_later_passes_added_out_of_order) {
    FieldDictionary fields;
    Batch batch(fields);
    for (int i = 0; i < 3; ++i) batch.add_row();
    batch.add(ecs::kUserName, "third");
    batch.add_at(ecs::kUserName, 1, "second a");
    batch.add_at(ecs::kUserName, 0, "first");
    batch.link(ecs::kUserName, 1, batch.column(ecs::kUserName)->cells[1], 7, 1);
    batch.settle();
    batch.verify();
    EXPECT_EQ(batch.first(ecs::kUserName, 0), "first");
    EXPECT_EQ(batch.first(ecs::kUserName, 1), "second a");
    EXPECT_EQ(batch.text(batch.cells(ecs::kUserName, 1)[1]), "a");
    EXPECT_EQ(batch.first(ecs::kUserName, 2), "third");
}

TEST(Batch, keeps_values_written_in_place_and_the_memory_of_each_field) {
    FieldDictionary fields;
    Batch batch(fields);
    for (int round = 0; round < 3; ++round) {
        batch.add_row();
        // Another order of fields each time, one of them large.
        const std::string large(100'000, 'x');
        if (round == 1) batch.add(ecs::kSourceIp, "::1");
        char* const to = batch.begin_value(ecs::kUserName, 100);
        to[0] = 'm', to[1] = 'e';
        batch.end_value(2, ValueKind::text);
        batch.add(ecs::kMessage, large);
        batch.verify();
        EXPECT_EQ(batch.first(ecs::kUserName, 0), "me");
        EXPECT_EQ(std::string_view(batch.column(ecs::kUserName)->text),
                  std::string_view("me\0", 3));
        EXPECT_EQ(batch.first(ecs::kMessage, 0), large);
        EXPECT_EQ(batch.column(ecs::kSourceIp) != nullptr, round == 1);
        EXPECT_LT(batch.column(ecs::kUserName)->text.capacity(), 10'000u);
        batch.clear();
    }
}

TEST(Batch, leaves_an_empty_batch_behind_when_moved) {
    FieldDictionary fields;
    Batch batch(fields);
    batch.add_row();
    batch.add(ecs::kUserName, "root");
    const Batch moved(std::move(batch));
    EXPECT_EQ(moved.first(ecs::kUserName, 0), "root");
    batch.clear();
    EXPECT_TRUE(batch.is_empty());
    batch.add_row();
    batch.add(ecs::kSourceIp, "::1");
    batch.verify();
    EXPECT_EQ(batch.columns().size(), 1u);
}

TEST(Batch, is_empty_and_reusable_after_clear) {
    FieldDictionary fields;
    Batch batch(fields);
    batch.add_row();
    batch.add(ecs::kUserName, "root");
    batch.clear();
    EXPECT_TRUE(batch.is_empty());
    EXPECT_EQ(batch.column(ecs::kUserName), nullptr);
    batch.add_row();
    batch.add(ecs::kSourceIp, "::1");
    batch.verify();
    EXPECT_EQ(batch.columns().size(), 1u);
}

TEST(FieldDictionary, gives_schema_fields_their_fixed_ids) {
    FieldDictionary fields;
    EXPECT_EQ(fields.find("user.name"), ecs::kUserName);
    EXPECT_EQ(fields.find("error.code"), ecs::kErrorCode);
    EXPECT_EQ(fields.name(ecs::kMessage), "message");
    EXPECT_EQ(fields.find("User.Name"), std::nullopt);
}

TEST(FieldDictionary, stops_a_sender_at_its_budget) {
    FieldDictionary fields;
    FieldBudget budget{2};
    EXPECT_TRUE(fields.intern("a", budget));
    EXPECT_TRUE(fields.intern("b", budget));
    EXPECT_FALSE(fields.intern("c", budget));
    EXPECT_TRUE(fields.intern("a", budget)) << "known names stay free";
}

}  // namespace
}  // namespace vedette::event
