// SPDX-License-Identifier: Apache-2.0
#include "engine/upgrade/upgrade.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "engine/engine.h"
#include "engine/holds.h"
#include "engine/pipeline.h"
#include "store/migrations.h"
#include "store/schema.h"
#include "store/state/schema.h"
#include "store/state/sqlite.h"
#include "store/state/state_copy.h"
#include "store/state/state_store.h"
#include "store/supervisor.h"
#include "store/test_store.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine::upgrade {
namespace {

namespace fs = std::filesystem;

TEST(VersionsTest, come_back_as_they_were_written_and_nothing_else_is_read) {
    const Versions versions{1, 7, 3};
    EXPECT_EQ(versions, decode_versions(encode(versions)).value());
    const std::string text = encode(versions);
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_FALSE(decode_versions(text.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_versions(text + "x"));
    EXPECT_EQ(2u, decode_versions("vedette data 2\nwho knows\n").value().folder);
}

TEST(SnapshotTest, comes_back_as_it_was_written_and_leads_nowhere_else) {
    Snapshot snapshot;
    snapshot.name = "1.1.1-2026-11-28T13-00-00.000000000Z";
    snapshot.from = {1, 1, 1};
    snapshot.to = {1, 2, 1};
    snapshot.taken = base::parse_rfc3339("2026-11-28T13:00:00.000000001Z").value();
    snapshot.judged_to = 17;
    snapshot.stored_to = 15;
    const std::string text = encode(snapshot);
    EXPECT_EQ(snapshot, decode_snapshot(text).value());
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_FALSE(decode_snapshot(text.substr(0, size))) << size;
    }
    for (const char* name : {"..", "../../x", "a/b", "", "a b"}) {
        snapshot.name = name;
        EXPECT_FALSE(decode_snapshot(encode(snapshot))) << name;
    }
}

constexpr const char* kNextMigration = "ALTER TABLE outbox ADD COLUMN tries INTEGER";
constexpr const char* kWrongMigration = "ALTER TABLE no_such_table ADD COLUMN tries INTEGER";

/// A data folder with a state of today's schema, which the test upgrades to one of tomorrow's.
class UpgradeTest : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(folder_ / "data/journal");
        std::ofstream(folder_ / "data/journal/00000000000000000001.seg") << "a segment";
        auto state = store::StateStore::open(state_path()).value();
        auto transaction = state.begin().value();
        ASSERT_TRUE(transaction.put_outbox({"one", "mail", "payload", "waiting"}));
        ASSERT_TRUE(transaction.set_applied(kFindingsView, 5));
        ASSERT_TRUE(transaction.commit());
        ASSERT_TRUE(write_versions(files_, folder_ / "data", today()));
    }
    std::string state_path() const { return folder_ / "data/state.sqlite"; }
    static Versions today() { return {1, store::state_schema_known(), 0}; }
    static Versions tomorrow() { return {1, store::state_schema_known() + 1, 0}; }
    Upgrade::Parts parts(const Versions& known) {
        Upgrade::Parts parts{files_, clock_, folder_ / "data"};
        parts.known = known;
        return parts;
    }
    /// What a program of tomorrow does at its start.
    base::Result<void> start_tomorrow(const std::function<void(std::string_view)>& reached,
                                      const char* migration = kNextMigration) {
        Upgrade::Parts with = parts(tomorrow());
        with.reached = reached;
        VD_TRY(Upgrade upgrade, Upgrade::begin(std::move(with)));
        std::vector<const char*> steps(store::state_migrations().begin(),
                                       store::state_migrations().end());
        steps.push_back(migration);
        const auto migrated = [&]() -> base::Result<void> {
            VD_TRY(auto connection, store::SqliteConnection::open(
                                        state_path(), store::SqliteConnection::Mode::read_write));
            VD_TRY_DO(connection.run("PRAGMA journal_mode = WAL"));
            return store::migrate(connection, steps);
        }();
        if (!migrated) return tl::unexpected(upgrade.put_back(migrated.error()));
        reached("migrated");
        return upgrade.finish();
    }
    std::uint32_t schema() const { return store::state_schema_stored(state_path()).value(); }
    std::int64_t outbox_rows() const {
        auto connection =
            store::SqliteConnection::open(state_path(), store::SqliteConnection::Mode::read);
        return connection->integer("SELECT count(*) FROM outbox").value().value_or(-1);
    }
    std::size_t snapshot_count() { return snapshots(files_, folder_ / "data").value().size(); }

    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
    base::ManualClock clock_{base::parse_rfc3339("2026-11-28T13:00:00Z").value()};
};

TEST_F(UpgradeTest, takes_a_snapshot_first_and_writes_the_versions_last) {
    std::vector<std::string> steps;
    ASSERT_TRUE(start_tomorrow([&](std::string_view step) { steps.emplace_back(step); }));
    EXPECT_EQ(
        (std::vector<std::string>{"snapshot", "mark", "steps", "migrated", "version", "unmark"}),
        steps);
    EXPECT_EQ(tomorrow().state, schema());
    EXPECT_EQ(tomorrow(), read_versions(files_, folder_ / "data").value());
    EXPECT_EQ(1u, snapshot_count());
    EXPECT_FALSE(is_cut_off(files_, folder_ / "data"));
    // Nothing more to do.
    steps.clear();
    ASSERT_TRUE(start_tomorrow([&](std::string_view step) { steps.emplace_back(step); }));
    EXPECT_EQ(std::vector<std::string>{"migrated"}, steps);
}

TEST_F(UpgradeTest, that_fails_leaves_the_folder_as_it_was) {
    const auto failed = start_tomorrow([](std::string_view) {}, kWrongMigration);
    ASSERT_FALSE(failed);
    EXPECT_NE(std::string::npos, failed.error().text.find("as it was before"));
    EXPECT_EQ(today().state, schema());
    EXPECT_EQ(1, outbox_rows());
    EXPECT_EQ(today(), read_versions(files_, folder_ / "data").value());
    EXPECT_FALSE(is_cut_off(files_, folder_ / "data"));
    EXPECT_EQ(0u, snapshot_count()) << "a failure that is tried again must not fill the disk";
    // The older program runs on it, and a mended one upgrades it.
    EXPECT_FALSE(Upgrade::begin(parts(today())).value().is_running());
    EXPECT_TRUE(start_tomorrow([](std::string_view) {}));
}

TEST_F(UpgradeTest, killed_at_any_step_is_put_back_and_done_again) {
    for (const std::string killed_at :
         {"snapshot", "mark", "steps", "migrated", "version", "unmark", "put back"}) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto die = [&](std::string_view step) {
                if (step == killed_at) ::raise(SIGKILL);
            };
            // To be killed while it is put back, it must have been cut off before.
            if (killed_at == "put back") {
                const pid_t first = ::fork();
                if (first == 0) {
                    static_cast<void>(start_tomorrow([](std::string_view step) {
                        if (step == "migrated") ::raise(SIGKILL);
                    }));
                    ::_exit(1);
                }
                ::waitpid(first, nullptr, 0);
            }
            static_cast<void>(start_tomorrow(die));
            ::_exit(1);
        }
        int status = 0;
        ASSERT_EQ(child, ::waitpid(child, &status, 0));
        ASSERT_TRUE(WIFSIGNALED(status)) << killed_at;
        // The older program goes on as if nothing had been.
        const auto older = Upgrade::begin(parts(today()));
        ASSERT_TRUE(older) << killed_at << ": " << older.error().message();
        EXPECT_EQ(today().state, schema()) << killed_at;
        EXPECT_EQ(1, outbox_rows()) << killed_at;
        clock_.advance_ns(base::kNsPerSecond);
        const auto again = start_tomorrow([](std::string_view) {});
        ASSERT_TRUE(again) << killed_at << ": " << again.error().message();
        EXPECT_EQ(tomorrow().state, schema()) << killed_at;
        EXPECT_EQ(1, outbox_rows()) << killed_at;
        // Back for the next round.
        clock_.advance_ns(base::kNsPerSecond);
        const auto way = look_back(files_, folder_ / "data", "", 9).value();
        ASSERT_TRUE(go_back(files_, folder_ / "data", way.snapshot));
        EXPECT_EQ(today().state, schema()) << killed_at;
    }
    EXPECT_LE(snapshot_count(), kSnapshotsKept + 1);
}

TEST_F(UpgradeTest, by_an_older_program_is_refused_with_what_to_do) {
    ASSERT_TRUE(start_tomorrow([](std::string_view) {}));
    const auto older = Upgrade::begin(parts(today()));
    ASSERT_FALSE(older);
    EXPECT_EQ(base::ErrorCode::unsupported, older.error().code);
    EXPECT_NE(std::string::npos, older.error().hint.find("vedette upgrade back"));
}

TEST_F(UpgradeTest, says_what_the_way_back_would_lose) {
    ASSERT_TRUE(start_tomorrow([](std::string_view) {}));
    // Known up to 0 (the store has nothing), and the journal still begins with record 1.
    const auto whole = look_back(files_, folder_ / "data", "", 9).value();
    EXPECT_EQ(9u, whole.replayed_records);
    EXPECT_EQ(0u, whole.lost_records);
    // The journal let go of its beginning, and what follows is not what the snapshot holds.
    fs::remove(folder_ / "data/journal/00000000000000000001.seg");
    std::ofstream(folder_ / "data/journal/00000000000000000007.seg") << "a later segment";
    const auto cut = look_back(files_, folder_ / "data", "", 9).value();
    EXPECT_EQ(6u, cut.lost_records);
    EXPECT_EQ(3u, cut.replayed_records);
    ASSERT_TRUE(go_back(files_, folder_ / "data", cut.snapshot));
    EXPECT_FALSE(fs::exists(folder_ / "data/journal/00000000000000000001.seg"));
}

TEST_F(UpgradeTest, of_a_folder_without_versions_knows_them_from_what_is_there) {
    fs::remove(folder_ / "data/version");
    std::vector<std::string> steps;
    ASSERT_TRUE(start_tomorrow([&](std::string_view step) { steps.emplace_back(step); }));
    EXPECT_EQ("snapshot", steps.front());
    EXPECT_EQ(tomorrow(), read_versions(files_, folder_ / "data").value());
}

/// A real server's start on folders of every state that there ever was.
TEST(UpgradeEngineTest, brings_every_older_state_up_to_date) {
    for (std::size_t version = 1; version <= store::state_migrations().size(); ++version) {
        const tests::TemporaryFolder folder;
        const std::string state = folder / "state.sqlite";
        {
            auto connection =
                store::SqliteConnection::open(state, store::SqliteConnection::Mode::read_write);
            ASSERT_TRUE(store::migrate(*connection, store::state_migrations().first(version)));
        }
        Config config;
        config.data_folder = folder.path();
        config.has_store = false;
        {
            auto engine = Engine::open(config);
            ASSERT_TRUE(engine) << engine.error().message();
            ASSERT_TRUE((*engine)->start());
            (*engine)->stop();
        }
        base::SystemFiles files;
        EXPECT_EQ(store::state_schema_known(), store::state_schema_stored(state).value());
        EXPECT_EQ(store::state_schema_known(),
                  read_versions(files, folder.path()).value().value().state);
        const bool was_old = version < store::state_migrations().size();
        EXPECT_EQ(was_old ? 1u : 0u, snapshots(files, folder.path()).value().size());
    }
}

/// The event store's part, on the real engine.
class UpgradeStoreTest : public store::StoreTest {
  protected:
    void insert(int rows) {
        auto client = store_.client();
        ASSERT_TRUE(client.execute(
            "INSERT INTO events (node, offset, row, arrival_day, raw) SELECT 1, number + 1, 0, "
            "'2026-11-28', concat('event ', toString(number)) FROM numbers({n:UInt64})",
            {{"n", std::to_string(rows)}}));
    }
};

TEST_F(UpgradeStoreTest, comes_back_as_it_was_whatever_a_step_did) {
    insert(1'000);
    const std::string before = ask("SELECT count(), sum(cityHash64(raw)) FROM events");
    store_.supervisor().stop();
    base::SystemFiles files;
    const auto snapshot =
        take_snapshot(files, store_.folder(), {1, 1, 1}, {1, 1, 2}, base::Timestamp());
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    ASSERT_TRUE(store_.supervisor().start());
    {
        auto client = store_.client();
        ASSERT_TRUE(client.execute("ALTER TABLE events ADD COLUMN more String DEFAULT raw"));
        ASSERT_TRUE(client.execute("ALTER TABLE events DELETE WHERE offset < 500", {},
                                   {{"mutations_sync", "2"}}));
    }
    insert(10);
    ASSERT_NE(before, ask("SELECT count(), sum(cityHash64(raw)) FROM events"));
    store_.supervisor().stop();
    const auto back = put_back(files, store_.folder(), *snapshot);
    ASSERT_TRUE(back) << back.error().message();
    ASSERT_TRUE(store_.supervisor().start());
    EXPECT_EQ(before, ask("SELECT count(), sum(cityHash64(raw)) FROM events"));
    EXPECT_EQ("0\n", ask("SELECT count() FROM system.columns WHERE table = 'events' AND "
                         "name = 'more' AND database = 'vedette'"));
}

/// A whole server's folder whose store was made by version 1 of the schema.
class UpgradeFromVersion1 : public ::testing::Test {
  protected:
    Config config() {
        Config made = default_config(folder_ / "data");
        SourceConfig source;
        source.name = "logs";
        source.settings = {
            "files", "the test", {{"paths", folder_ / "app.log"}, {"format", "json"}}};
        made.sources = {source};
        made.store_insert_age_ms = 10;
        return made;
    }
    /// False where this machine has no engine.
    bool start() {
        engine_.reset();
        auto opened = Engine::open(config());
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
        engine_ = std::move(*opened);
        const auto done = engine_->start();
        if (!done && done.error().message().find("chdb") != std::string::npos) return false;
        EXPECT_TRUE(done) << (done ? "" : done.error().message());
        for (int i = 0; i < 3'000; ++i) {
            const Status now = engine_->status();
            if (ask("SELECT count() FROM events") == std::to_string(kEvents) + "\n" &&
                now.judged_to == now.journal_end && now.stored_to == now.journal_end) {
                break;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return true;
    }
    std::string ask(const std::string& sql) {
        store::Client client(*engine_->store_client_options());
        const auto answer = client.query(sql);
        return answer ? *answer : answer.error().message();
    }
    /// What searches find, by fields that have a column, a map entry, or both.
    std::string found() {
        std::string out;
        for (const char* query : {"user.name:ada", "source.port>1000", "shop.cart:7",
                                  "not user.name:*", "message:\"number 3\"", "user.name:[ada]"}) {
            rule::search::SqlWriter writer;
            const auto condition = event_condition(writer, query, "", "", base::Timestamp());
            if (!condition) {
                out += condition.error().message() + "\n";
                continue;
            }
            store::Client client(*engine_->store_client_options());
            const auto answer = client.query(
                "SELECT count(), sum(cityHash64(offset, row)) FROM events WHERE " + *condition,
                writer.take_params());
            out += query + std::string(": ") + (answer ? *answer : answer.error().message());
        }
        return out;
    }
    std::string exported() {
        std::string out;
        EXPECT_TRUE(engine_->export_canonical([&](std::string_view line) {
            if (line.starts_with("event ")) out.append(line).push_back('\n');
        }));
        return out;
    }
    /// Puts a store in place of today's that has the same events and was never anything but of
    /// version 1.
    void make_version_1() {
        std::string rows;
        {
            store::Client client(*engine_->store_client_options());
            auto answer = client.query("SELECT * FROM events", {}, {"Native"});
            ASSERT_TRUE(answer) << answer.error().message();
            rows = std::move(*answer);
        }
        engine_->stop();
        engine_.reset();
        fs::remove_all(folder_ / "data/store");
        store::SupervisorOptions options;
        options.data_folder = folder_ / "data/store";
        store::Supervisor supervisor(options);
        ASSERT_TRUE(supervisor.start());
        store::ClientOptions client_options;
        client_options.endpoint = supervisor.endpoint();
        store::Client client(client_options);
        ASSERT_TRUE(client.execute_without_database("CREATE DATABASE vedette"));
        ASSERT_TRUE(client.execute(
            "CREATE TABLE schema_version (version UInt32, applied DateTime DEFAULT now(), program "
            "String) ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1"));
        const auto made = store::migrate(client, {store::migrations().front()});
        ASSERT_TRUE(made) << made.error().message();
        ASSERT_EQ(1u, store::schema_version_stored(client).value());
        ASSERT_EQ("0\n", client
                             .query("SELECT count() FROM system.columns WHERE table = 'events' "
                                    "AND name = 'mapped'")
                             .value());
        const auto filled = client.insert("events", "Native", {rows});
        ASSERT_TRUE(filled) << filled.error().message();
        supervisor.stop();
        ASSERT_TRUE(write_versions(files_, folder_ / "data", {1, store::state_schema_known(), 1}));
    }
    static constexpr int kEvents = 40;
    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
    std::unique_ptr<Engine> engine_;
};

TEST_F(UpgradeFromVersion1, every_event_and_every_search_is_as_before) {
    for (int i = 0; i < kEvents; ++i) {
        const std::string user = i % 4 == 0   ? R"("ada")"
                                 : i % 4 == 1 ? R"(["bob","ada"])"
                                 : i % 4 == 2 ? R"("")"
                                              : "null";
        std::ofstream(folder_ / "app.log", std::ios::app)
            << R"({"@timestamp":"2026-05-01T10:00:00Z","user":{"name":)" << user
            << R"(},"source":{"port":)" << (i % 3 == 0 ? "1.5" : std::to_string(i * 100))
            << R"(},"shop":{"cart":)" << i % 10 << R"(},"message":"number )" << i << "\"}\n";
    }
    if (!start()) GTEST_SKIP() << "no store";
    const std::string events = exported();
    const std::string expected = found();
    EXPECT_NE(expected.find("user.name:ada: 20"), std::string::npos) << expected;
    make_version_1();
    if (HasFatalFailure()) return;
    ASSERT_TRUE(start());
    EXPECT_EQ(std::to_string(store::schema_version_known()) + "\n",
              ask("SELECT max(version) FROM schema_version"));
    EXPECT_EQ(store::schema_version_known(),
              read_versions(files_, folder_ / "data").value().value().store);
    EXPECT_EQ(1u, snapshots(files_, folder_ / "data").value().size());
    EXPECT_EQ(exported(), events);
    EXPECT_EQ(found(), expected);
    // The way back leads to the store of version 1 as it was.
    engine_->stop();
    engine_.reset();
    const auto way = look_back(files_, folder_ / "data", "", 0);
    ASSERT_TRUE(way) << way.error().message();
    ASSERT_TRUE(go_back(files_, folder_ / "data", way->snapshot));
    EXPECT_EQ(1u, read_versions(files_, folder_ / "data").value().value().store);
    ASSERT_TRUE(start()) << "and forward once more";
    EXPECT_EQ(exported(), events);
    EXPECT_EQ(found(), expected);
}

}  // namespace
}  // namespace vedette::engine::upgrade
