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
    base::Result<void> open_again() {
        Client client = store_.client();
        return open_schema(client);
    }
};

/// A step that a later program may have: a field of its own.
Migration step_2() {
    return {2, {"ALTER TABLE events ADD COLUMN IF NOT EXISTS later String DEFAULT 'none'"}};
}

TEST_F(StoreSchema, keeps_what_is_stored_when_it_is_opened_again) {
    insert_event(7);
    ASSERT_TRUE(open_again()) << "in the running store";
    store_.supervisor().stop();
    const auto started = store_.supervisor().start();
    ASSERT_TRUE(started) << started.error().message();
    ASSERT_TRUE(open_again()) << "in the next process";
    EXPECT_EQ(ask("SELECT offset, raw FROM events"), "7\ta b\n");
    EXPECT_EQ(ask("SELECT count() FROM schema_version"), "1\n") << "no step is done twice";
}

TEST_F(StoreSchema, has_every_column_that_inserts_name_in_their_order) {
    std::string expected;
    for (const std::string& name : event_columns()) expected += name + "\n";
    for (const std::string_view table : {kEventsTable, kEventsCheckTable}) {
        EXPECT_EQ(ask("SELECT name FROM system.columns WHERE database = currentDatabase() AND "
                      "table = {t:String} ORDER BY position",
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
    const std::vector<Migration> steps = {migrations().front(), step_2()};
    ASSERT_TRUE(migrate_to(steps));
    insert_event(8);
    EXPECT_EQ(ask("SELECT offset, later FROM events ORDER BY offset"), "7\tnone\n8\tnone\n");
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), "2\n");
    ASSERT_TRUE(migrate_to(steps)) << "again changes nothing";
    EXPECT_EQ(ask("SELECT count() FROM schema_version"), "2\n");
}

TEST_F(StoreSchema, a_step_that_was_cut_off_is_done_again) {
    const std::vector<Migration> broken = {
        migrations().front(),
        {2, {step_2().statements.front(), "ALTER TABLE nowhere ADD COLUMN a String"}}};
    ASSERT_FALSE(migrate_to(broken));
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), "1\n") << "not written down";
    ASSERT_TRUE(migrate_to({migrations().front(), step_2()}));
    EXPECT_EQ(ask("SELECT max(version) FROM schema_version"), "2\n");
}

}  // namespace
}  // namespace vedette::store
