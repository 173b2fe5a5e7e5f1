// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <gtest/gtest.h>

#include "store/migrations.h"
#include "store/test_store.h"

namespace vedette::store {
namespace {

class StoreSchema : public StoreTest {
  protected:
    void insert_event(std::uint64_t offset) {
        Client client = store_.client();
        const auto done = client.execute(
            "INSERT INTO events (offset, arrival_day, raw) SELECT {o:UInt64}, '2026-11-22', 'a b'",
            {{"o", std::to_string(offset)}});
        ASSERT_TRUE(done) << done.error().message();
    }
    base::Result<void> migrate_to(const std::vector<Migration>& steps) {
        Client client = store_.client();
        return migrate(client, steps);
    }
    /// The version that the program knows and `more` steps, as the store answers.
    static std::string known(std::uint32_t more = 0) {
        return std::to_string(schema_version_known() + more) + "\n";
    }
    static std::vector<Migration> with(Migration step) {
        auto steps = migrations();
        steps.push_back(std::move(step));
        return steps;
    }
    base::Result<void> open_again() {
        Client client = store_.client();
        return open_schema(client);
    }
};

/// A step that a later program may have: a field of its own.
Migration next_step() {
    return {schema_version_known() + 1,
            {"ALTER TABLE events ADD COLUMN IF NOT EXISTS later String DEFAULT 'none'"}};
}

TEST_F(StoreSchema, keeps_what_is_stored_when_it_is_opened_again) {
    insert_event(7);
    ASSERT_TRUE(open_again()) << "in the running store";
    store_.supervisor().stop();
    const auto started = store_.supervisor().start();
    ASSERT_TRUE(started) << started.error().message();
    ASSERT_TRUE(open_again()) << "in the next process";
    EXPECT_EQ(ask("SELECT offset, raw FROM events"), "7\ta b\n");
    EXPECT_EQ(ask("SELECT count() FROM schema_version"), known()) << "no step is done twice";
}

TEST_F(StoreSchema, has_every_column_that_inserts_name_in_their_order) {
    std::string expected;
    for (const std::string& name : event_columns()) expected += name + "\n";
    // What the store computes itself is not inserted.
    for (const std::string_view table : {kEventsTable, kEventsCheckTable}) {
        EXPECT_EQ(ask("SELECT name FROM system.columns WHERE database = currentDatabase() AND "
                      "table = {t:String} AND default_kind = '' ORDER BY position",
                      {{"t", std::string(table)}}),
                  expected);
    }
}

TEST_F(StoreSchema, of_a_newer_program_is_refused_with_what_to_do_and_left_alone) {
    insert_event(7);
    auto newer = migrations();
    newer.push_back({schema_version_known() + 1, {}});
    ASSERT_TRUE(migrate_to(newer));
    const auto opened = open_again();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::ErrorCode::unsupported);
    EXPECT_NE(opened.error().text.find(std::to_string(schema_version_known() + 1)),
              std::string::npos);
    EXPECT_FALSE(opened.error().hint.empty());
    EXPECT_EQ(ask("SELECT count() FROM events"), "1\n");
}

TEST_F(StoreSchema, of_an_older_program_is_brought_up_with_its_data) {
    insert_event(7);
    const std::vector<Migration> steps = with(next_step());
    ASSERT_TRUE(migrate_to(steps));
    insert_event(8);
    EXPECT_EQ(ask("SELECT offset, later FROM events ORDER BY offset"), "7\tnone\n8\tnone\n");
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), known(1));
    ASSERT_TRUE(migrate_to(steps)) << "again changes nothing";
    EXPECT_EQ(ask("SELECT count() FROM schema_version"), known(1));
}

TEST_F(StoreSchema, a_step_that_was_cut_off_is_done_again) {
    Migration broken = next_step();
    broken.statements.emplace_back("ALTER TABLE nowhere ADD COLUMN a String");
    ASSERT_FALSE(migrate_to(with(broken)));
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), known()) << "not written down";
    ASSERT_TRUE(migrate_to(with(next_step())));
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), known(1));
}

TEST_F(StoreSchema, tells_which_fields_the_map_has_beside_their_columns) {
    Client client = store_.client();
    ASSERT_TRUE(client.execute(
        "INSERT INTO events (offset, arrival_day, fields) VALUES (1, '2026-11-22', {}), "
        "(2, '2026-11-22', {'other':'x'}), (3, '2026-11-22', {'user.name':'[1,2]', 'x':''}), "
        "(4, '2026-11-22', {'event.code':'null', 'error.code':'[]'})"));
    EXPECT_EQ(ask("SELECT offset, mapped FROM events ORDER BY offset"),
              "1\t0\n2\t0\n3\t" + std::to_string(1ull << event::ecs::kUserName) + "\n4\t" +
                  std::to_string(1ull << event::ecs::kEventCode | 1ull << event::ecs::kErrorCode) +
                  "\n");
}

TEST_F(StoreSchema, tells_so_of_rows_that_are_older_than_the_column) {
    Client client = store_.client();
    ASSERT_TRUE(client.execute("DROP TABLE events"));
    ASSERT_TRUE(client.execute("DROP TABLE events_check"));
    ASSERT_TRUE(client.execute("TRUNCATE TABLE schema_version"));
    ASSERT_TRUE(migrate_to({migrations().front()}));
    ASSERT_TRUE(
        client.execute("INSERT INTO events (offset, arrival_day, fields) VALUES "
                       "(3, '2026-11-22', {'user.name':'[1,2]'})"));
    ASSERT_TRUE(open_again());
    const std::string expected = std::to_string(1ull << event::ecs::kUserName) + "\n";
    EXPECT_EQ(ask("SELECT groupBitOr(mapped) FROM events WHERE mapped != 0"), expected);
    ASSERT_TRUE(client.execute("OPTIMIZE TABLE events FINAL"));
    EXPECT_EQ(ask("SELECT groupBitOr(mapped) FROM events WHERE mapped != 0"), expected);
}

}  // namespace
}  // namespace vedette::store
