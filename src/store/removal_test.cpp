// SPDX-License-Identifier: Apache-2.0
#include "store/removal.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <random>

#include "base/files.h"
#include "base/time.h"
#include "store/test_store.h"

namespace vedette::store {
namespace {

constexpr std::int32_t kDay = 20'000;

struct Event {
    std::uint64_t offset;
    std::int32_t day;
    std::string data_set, raw;
};

class StoreRemoval : public StoreTest {
  protected:
    void SetUp() override {
        StoreTest::SetUp();
        if (IsSkipped()) return;
        removal_ = std::make_unique<EventRemoval>(options(), [] { return false; });
    }
    ClientOptions options() {
        ClientOptions out;
        out.endpoint = store_.supervisor().endpoint();
        return out;
    }
    void insert(const std::vector<Event>& events) {
        Client client = store_.client();
        for (std::size_t begin = 0; begin < events.size();) {
            std::string body;
            const std::int32_t day = events[begin].day;
            for (; begin < events.size() && events[begin].day == day; ++begin) {
                const Event& event = events[begin];
                const base::Timestamp at{event.day * base::kNsPerDay};
                body += "1\t" + std::to_string(event.offset) + "\t0\t" +
                        base::format_rfc3339(at).substr(0, 10) + "\t" + event.data_set + "\t" +
                        event.raw + "\n";
            }
            const auto done = client.insert("events_in", "TabSeparated", {body});
            ASSERT_TRUE(done) << done.error().message();
        }
    }
    /// Rows are handed in by a view with the columns that these tests are about.
    void prepare() {
        Client client = store_.client();
        for (const char* sql :
             {"CREATE TABLE IF NOT EXISTS events_in (node UInt16, offset UInt64, row UInt32, "
              "arrival_day Date, dataset String, raw String) ENGINE = Null",
              "CREATE MATERIALIZED VIEW IF NOT EXISTS events_in_view TO events AS SELECT node, "
              "offset, row, arrival_day, dataset, raw FROM events_in"}) {
            const auto done = client.execute(sql);
            ASSERT_TRUE(done) << done.error().message();
        }
    }
    std::string offsets() {
        return ask("SELECT groupArray(offset) FROM (SELECT offset FROM events ORDER BY offset)");
    }
    EventRemoval::Removed remove(std::int32_t day, const RowCondition& which,
                                 const RowCondition* kept = nullptr) {
        const auto removed = removal_->remove(day, which, kept);
        EXPECT_TRUE(removed) << (removed ? "" : removed.error().message());
        return removed ? *removed : EventRemoval::Removed{};
    }

    std::unique_ptr<EventRemoval> removal_;
};

TEST_F(StoreRemoval, takes_what_fits_from_one_day_and_keeps_what_is_held) {
    prepare();
    insert({{1, kDay, "a", "x"},
            {2, kDay, "b", "x"},
            {3, kDay, "a", "held"},
            {4, kDay + 1, "a", "x"}});
    const RowCondition which = {"dataset = {d:String}", {{"d", "a"}}};
    const RowCondition kept = {"raw = {k:String}", {{"k", "held"}}};
    EXPECT_EQ(removal_->days(which)->size(), 2u);
    const auto removed = remove(kDay, which, &kept);
    EXPECT_EQ(removed.rows, 1u);
    EXPECT_EQ(removed.kept, 1u);
    EXPECT_EQ(offsets(), "[2,3,4]\n");
    EXPECT_EQ(remove(kDay, which, &kept).rows, 0u) << "again removes nothing more";
    EXPECT_EQ(remove(kDay, which).rows, 1u) << "released, it goes";
    EXPECT_EQ(offsets(), "[2,4]\n");
}

TEST_F(StoreRemoval, drops_parts_whole_where_nothing_in_them_stays) {
    prepare();
    insert({{1, kDay, "a", "x"}, {2, kDay, "b", "x"}, {9, kDay + 1, "a", "x"}});
    EXPECT_EQ(remove(kDay, {"offset < 5"}).rows, 2u);
    EXPECT_EQ(ask("SELECT count() FROM system.mutations WHERE table = 'events'"), "0\n");
    EXPECT_EQ(offsets(), "[9]\n");
    EXPECT_EQ(removal_->on_disk()->size(), 1u);
}

TEST_F(StoreRemoval, knows_sizes_and_where_a_share_of_a_day_ends) {
    prepare();
    std::vector<Event> events;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        events.push_back(
            {i, kDay, i % 2 == 0 ? "it's\\odd" : "b", std::string(i % 2 == 0 ? 30 : 10, 'x')});
    }
    insert(events);
    const auto rows = removal_->rows_of_day(kDay);
    ASSERT_TRUE(rows) << rows.error().message();
    ASSERT_EQ(rows->size(), 2u);
    EXPECT_EQ((*rows)[0].data_set, "b");
    EXPECT_EQ((*rows)[0].rows, 50u);
    EXPECT_EQ((*rows)[0].raw_bytes, 500u);
    EXPECT_EQ((*rows)[1].last_offset, 100u);
    EXPECT_EQ(removal_->on_disk()->at(kDay).rows, 100u);
    EXPECT_GT(removal_->on_disk()->at(kDay).bytes, 0u);
    EXPECT_EQ(*removal_->offset_behind(kDay, {(*rows)[1].data_set}, 10), 22u);
    EXPECT_EQ(*removal_->offset_behind(kDay, {(*rows)[1].data_set}, 0), 4u);
    EXPECT_EQ(*removal_->offset_behind(kDay, {"none"}, 10), 0u);
}

TEST_F(StoreRemoval, is_what_a_plain_model_says) {
    prepare();
    std::mt19937 random(7);
    std::map<std::uint64_t, Event> model;
    for (int round = 0; round < 12; ++round) {
        std::vector<Event> events;
        for (std::int32_t day = 0; day < 3; ++day) {
            for (int i = 0; i < 40; ++i) {
                const std::uint64_t offset =
                    model.size() + 1 + static_cast<std::uint64_t>(round) * 1'000;
                const Event event{offset, kDay + day,
                                  std::string(1, static_cast<char>('a' + random() % 3)),
                                  random() % 10 == 0 ? "held" : "plain"};
                model[offset] = event;
                events.push_back(event);
            }
        }
        insert(events);
        const std::string set(1, static_cast<char>('a' + random() % 3));
        const auto before = static_cast<std::uint64_t>(random() % (model.rbegin()->first + 1));
        const bool has_hold = random() % 2 == 0;
        const RowCondition which = {"dataset = {d:String} AND offset < {o:UInt64}",
                                    {{"d", set}, {"o", std::to_string(before)}}};
        const RowCondition kept = {"raw = {k:String}", {{"k", "held"}}};
        const auto fitting = removal_->days(which);
        ASSERT_TRUE(fitting);
        for (const auto& [day, count] : *fitting) remove(day, which, has_hold ? &kept : nullptr);
        std::erase_if(model, [&](const auto& entry) {
            const Event& event = entry.second;
            return event.data_set == set && event.offset < before &&
                   !(has_hold && event.raw == "held");
        });
        std::string wanted;
        for (const auto& [offset, event] : model)
            wanted += (wanted.empty() ? "" : ",") + std::to_string(offset);
        ASSERT_EQ(offsets(), "[" + wanted + "]\n") << "round " << round;
    }
}

TEST_F(StoreRemoval, goes_on_where_the_engine_was_killed) {
    prepare();
    std::vector<Event> events;
    for (std::uint64_t i = 1; i <= 2'000; ++i) {
        events.push_back({i, kDay, i % 3 == 0 ? "a" : "b", std::string(200, 'x')});
    }
    insert(events);
    Client client = store_.client();
    ASSERT_TRUE(
        client.execute("ALTER TABLE events DELETE WHERE dataset = 'a' AND sleepEachRow(0) = 0"));
    const pid_t child = store_.supervisor().child_pid();
    ::kill(child, SIGKILL);
    for (int i = 0; i < 200 && !client.ping(); ++i) ::usleep(50'000);
    for (int i = 0; i < 50; ++i) {
        if (removal_->remove(kDay, {"dataset = 'a'"}, nullptr)) break;
        ::usleep(100'000);
    }
    EXPECT_EQ(ask("SELECT count(), countIf(dataset = 'a') FROM events"), "1334\t0\n");
}

/// The engine takes up to a minute to take its old files off the disk.
class StoreRemovalSlow : public StoreRemoval {};

TEST_F(StoreRemovalSlow, after_purging_no_file_of_the_store_has_the_value) {
    prepare();
    std::vector<Event> events;
    for (std::uint64_t i = 1; i <= 3'000; ++i) {
        events.push_back({i, kDay + static_cast<std::int32_t>(i / 1'500), "a",
                          "user " + std::string(i % 100 == 0 ? "zebrawomble" : "bob") + " number " +
                              std::to_string(i)});
    }
    insert(events);
    Client client = store_.client();
    ASSERT_TRUE(client.execute("OPTIMIZE TABLE events FINAL"))
        << "so that there is an index of words";
    const auto files_with_value = [&] {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(store_.folder())) {
            if (!entry.is_regular_file()) continue;
            const auto bytes = base::read_file(entry.path().string(), 256u << 20);
            if (bytes && bytes->find("zebrawomble") != std::string::npos)
                found.push_back(entry.path());
        }
        return found;
    };
    EXPECT_FALSE(files_with_value().empty()) << "short blocks keep it as it is";
    const RowCondition which = {"hasAllTokens(lowerUTF8(raw), {v:String})", {{"v", "zebrawomble"}}};
    auto ids = *removal_->fitting(which, 1'000);
    ASSERT_EQ(ids.size(), 30u);
    EXPECT_EQ(ids[0], (RowId{100, 0}));
    EXPECT_EQ(removal_->fitting(which, 7)->size(), 7u);
    ids.emplace_back(1, 0);
    ASSERT_TRUE(removal_->put_ids({{5, 0}}));
    ASSERT_TRUE(removal_->put_ids(ids)) << "in place of the one before";
    const auto days = removal_->days(EventRemoval::in_ids());
    ASSERT_TRUE(days) << days.error().message();
    for (const auto& [day, count] : *days) {
        remove(day, EventRemoval::in_ids());
    }
    EXPECT_EQ(*removal_->count(which), 0u);
    const auto purged = removal_->purge(store_.folder());
    ASSERT_TRUE(purged) << purged.error().message();
    ASSERT_TRUE(removal_->remove_ids());
    EXPECT_EQ(files_with_value(), std::vector<std::string>{});
    EXPECT_EQ(ask("SELECT count() FROM events"), "2969\n");
}

TEST_F(StoreRemoval, a_purge_that_was_killed_can_be_ended) {
    const auto whole = removal_->end_purge();
    ASSERT_TRUE(whole) << whole.error().message();
    EXPECT_FALSE(*whole) << "nothing is set on a table as it was made";
    Client client = store_.client();
    for (const std::string set : {"min_rows_to_fsync_after_merge = 1", "old_parts_lifetime = 0"}) {
        ASSERT_TRUE(client.execute("ALTER TABLE events MODIFY SETTING " + set));
    }
    const auto ended = removal_->end_purge();
    ASSERT_TRUE(ended) << ended.error().message();
    EXPECT_TRUE(*ended);
    EXPECT_FALSE(*removal_->end_purge());
    ASSERT_TRUE(client.execute("ALTER TABLE events MODIFY SETTING old_parts_lifetime = 0"));
    EXPECT_TRUE(*removal_->end_purge()) << "also where it died between the two";
}

}  // namespace
}  // namespace vedette::store
