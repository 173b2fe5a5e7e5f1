// SPDX-License-Identifier: Apache-2.0
// Retention, holds and deletion on a real engine: what a server that never stopped has is what one
// has that was rebuilt from its journal.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/bytes.h"
#include "engine/engine.h"
#include "engine/forget.h"
#include "engine/retention.h"
#include "engine/upgrade/snapshot.h"
#include "engine/word_search.h"
#include "journal/segments/record_codec.h"
#include "journal/segments/segment_reader.h"
#include "store/client.h"
#include "store/state/state_reader.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

constexpr const char* kRule = R"(title: Saw the alarm
id: 7c1d6a52-5f0f-4a39-9d5e-0d9f5a0e1b11
status: test
description: A marker.
author: Vedette
logsource:
    product: test
detection:
    keywords:
        - alarm
    condition: keywords
level: high
)";
constexpr const char* kLogSources = R"(description: Every record
product: test
logsources:
  - match: {dataset: '*'}
)";

/// One record of the journal that a test begins with.
struct Sent {
    int days_ago = 0;
    std::vector<std::string> lines;
    std::string format = "json";
    std::vector<std::string> keys = {};
};

std::string event_line(const std::string& user, const std::string& message) {
    return R"({"@timestamp":"2026-05-01T10:00:00Z","host":{"name":"web-1"},"user":{"name":")" +
           user + R"("},"message":")" + message + R"("})";
}

class Keeping : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ / "rules");
        std::ofstream(folder_ / "rules/marked.yml") << kRule;
        std::ofstream(folder_ / "logsources.yml") << kLogSources;
    }
    std::string data() const { return folder_ / "data"; }
    Config config(std::uint32_t batch_rows = 4'096) {
        Config made = default_config(data());
        made.rule_paths = {folder_ / "rules"};
        made.logsource_paths = {folder_ / "logsources.yml"};
        made.sources.clear();
        made.batch_rows = batch_rows;
        made.has_store = has_store_;
        made.store_insert_age_ms = 10;
        made.retention = retention_;
        return made;
    }
    /// Starts a server; false where this machine has no engine for the store.
    bool start(bool has_only_views = false, std::uint32_t batch_rows = 4'096) {
        engine_.reset();
        auto opened = Engine::open(config(batch_rows));
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
        engine_ = std::move(*opened);
        const auto done = has_only_views ? engine_->start_views() : engine_->start();
        if (!done && done.error().message().find("chdb") != std::string::npos) return false;
        EXPECT_TRUE(done) << (done ? "" : done.error().message());
        return true;
    }
    /// Has the rules journalled, so that they are in force for all that comes.
    bool journal_rules() {
        const bool is_started = start();
        if (engine_) engine_->stop();
        engine_.reset();
        return is_started;
    }
    void send(const std::vector<Sent>& all) {
        // The log of record can be written to before there is a server.
        base::SystemFiles files;
        base::CounterRegistry counters;
        journal::SegmentJournalOptions options;
        options.folder = data() + "/journal";
        auto journal = journal::SegmentJournal::open(files, options, counters);
        ASSERT_TRUE(journal) << journal.error().message();
        for (const Sent& sent : all) {
            event::Chunk chunk;
            chunk.envelope.source = "test";
            chunk.envelope.origin = "origin";
            chunk.envelope.format = sent.format;
            chunk.envelope.arrival = base::SystemClock().now();
            chunk.envelope.arrival.unix_ns -= sent.days_ago * base::kNsPerDay;
            for (const std::string& line : sent.lines) chunk.add_record(line);
            chunk.keys = sent.keys;
            std::promise<bool> done;
            ASSERT_TRUE(
                (*journal)->append(journal::RecordKind::chunk, event::encode(chunk),
                                   [&](bool good, journal::Offset) { done.set_value(good); }));
            ASSERT_TRUE(done.get_future().get());
        }
    }
    void wait() {
        ASSERT_TRUE(engine_->wait_until_idle(300'000)) << engine_->retention().status()->trouble;
    }
    std::string exported() {
        std::string out;
        const auto done = engine_->export_canonical(
            [&](std::string_view line) { out.append(line).push_back('\n'); });
        EXPECT_TRUE(done) << (done ? "" : done.error().message());
        return out;
    }
    std::string rebuilt(std::uint32_t batch_rows) {
        engine_->stop();
        engine_.reset();
        for (const char* name : {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "store"}) {
            std::filesystem::remove_all(data() + "/" + name);
        }
        start(true, batch_rows);
        wait();
        return exported();
    }
    std::string ask(const std::string& sql) {
        store::Client client(*engine_->store_client_options());
        const auto answer = client.query(sql);
        return answer ? *answer : answer.error().message();
    }
    std::string messages() { return ask("SELECT message FROM events ORDER BY offset, row"); }

    tests::TemporaryFolder folder_;
    RetentionConfig retention_;
    bool has_store_ = true;
    std::unique_ptr<Engine> engine_;
};

/// The engine takes up to a minute to take its old files off the disk.
class KeepingSlow : public Keeping {};

TEST_F(Keeping, what_retention_removed_stays_removed_when_all_is_rebuilt) {
    retention_.days = 5;
    retention_.findings_days = 5;
    retention_.inbox_days = 5;
    if (!journal_rules()) GTEST_SKIP() << "no store";
    send({{9, {event_line("ada", "alarm old"), "{no json"}},
          {9, {"plain old"}, "text"},
          {2, {event_line("ada", "alarm new"), "{no json"}},
          {0, {event_line("ada", "today")}}});
    ASSERT_TRUE(start());
    wait();
    const auto preview = engine_->retention().preview();
    ASSERT_TRUE(preview) << preview.error().message();
    EXPECT_EQ(preview->plan.cuts.size(), 3u) << "ecs, json and text have old events";
    EXPECT_EQ(preview->findings, 1u);
    EXPECT_EQ(preview->inbox, 1u);
    const auto decided = engine_->retention().run_now();
    ASSERT_TRUE(decided && *decided) << "something was past";
    wait();
    EXPECT_EQ(messages(), "alarm new\n{no json\ntoday\n");
    auto state = store::StateReader::open(engine_->state_path());
    EXPECT_EQ(*state->finding_count(), 1u);
    EXPECT_EQ(state->inbox_status("parse")->rows, 1u);
    EXPECT_EQ(engine_->retention().status()->decided, 1u);
    const std::string before = exported();
    EXPECT_EQ(rebuilt(1), before);
    EXPECT_EQ(rebuilt(7), before);
}

TEST_F(Keeping, a_limit_in_bytes_takes_the_oldest) {
    std::vector<Sent> sent;
    for (int age = 3; age >= 0; --age) {
        std::vector<std::string> lines;
        for (int i = 0; i < 200; ++i) {
            lines.push_back(event_line("user" + std::to_string(i * 7919 % 1'000),
                                       "day " + std::to_string(age) + " " + std::to_string(i * i)));
        }
        sent.push_back({age, lines});
    }
    send(sent);
    if (!start()) GTEST_SKIP() << "no store";
    wait();
    const std::uint64_t total = std::stoull(
        ask("SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'events' AND active"));
    engine_->stop();
    retention_.bytes_max = total / 2;
    ASSERT_TRUE(start());
    wait();
    ASSERT_TRUE(engine_->retention().run_now());
    wait();
    const std::string days = ask("SELECT DISTINCT substring(message, 1, 5) FROM events ORDER BY 1");
    EXPECT_EQ(days.find("day 3"), std::string::npos);
    EXPECT_NE(days.find("day 0"), std::string::npos);
    const std::string before = exported();
    EXPECT_EQ(rebuilt(4'096), before);
}

TEST_F(Keeping, a_hold_keeps_events_and_its_release_lets_them_go) {
    retention_.days = 5;
    send({{9, {event_line("ada", "one"), event_line("bob", "two")}},
          {0, {event_line("ada", "new")}}});
    if (!start()) GTEST_SKIP() << "no store";
    wait();
    const auto held = engine_->add_hold("case-7", {"user.name:ada", "court", "", "", ""}, "root");
    ASSERT_TRUE(held) << held.error().message();
    EXPECT_FALSE(engine_->add_hold("case-7", {"x", "y", "", "", ""}, "root"))
        << "the name is taken";
    EXPECT_FALSE(engine_->add_hold("../x", {"x", "y", "", "", ""}, "root"));
    EXPECT_FALSE(engine_->add_hold("other", {"a or", "y", "", "", ""}, "root")) << "no query";
    ASSERT_TRUE(engine_->retention().run_now());
    wait();
    EXPECT_EQ(messages(), "one\nnew\n");
    EXPECT_FALSE(*engine_->retention().run_now()) << "what is held is not decided again";
    EXPECT_EQ(engine_->retention().status()->held_rows, 1u);
    const std::string while_held = exported();
    EXPECT_EQ(rebuilt(1), while_held);
    engine_->stop();
    ASSERT_TRUE(start());
    ASSERT_TRUE(engine_->release_hold("case-7", "ada"));
    EXPECT_FALSE(engine_->release_hold("case-7", "ada"));
    wait();
    EXPECT_EQ(messages(), "new\n");
    const auto holds = engine_->holds();
    ASSERT_EQ(holds->size(), 1u);
    EXPECT_EQ(holds->front().first.released.by, "ada");
    EXPECT_EQ(holds->front().second->reason, "court");
    const std::string after = exported();
    EXPECT_EQ(rebuilt(7), after);
}

std::vector<Sent> with_a_person() {
    std::vector<Sent> sent;
    for (int i = 0; i < 6; ++i) {
        const std::string n = std::to_string(i);
        sent.push_back(
            {6 - i,
             {event_line("bob", "alarm from bob " + n), event_line("zebrawomble", "alarm " + n),
              event_line("carol", "asked Zebrawomble? " + n), event_line("bob", "well " + n),
              event_line("zebrawomble2", "another person " + n), "{not json zebrawomble",
              "{not json bob"},
             "json",
             {"k1" + n, "zebrawomble-key" + n, "k3" + n, "k4" + n, "k5" + n, "", ""}});
        sent.push_back({6 - i,
                        {"May  1 10:00:00 web-1 sshd[1]: Failed password for zebrawomble from "
                         "203.0.113.7 port 4022 ssh2",
                         "May  1 10:00:01 web-1 sshd[1]: Failed password for root from "
                         "203.0.113.7 port 4022 ssh2"},
                        "syslog"});
    }
    return sent;
}

/// Lines of an export that tell of events without the name.
std::string unrelated(const std::string& text) {
    std::string out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("event ") && !contains_word(line, "zebrawomble")) out += line + "\n";
    }
    return out;
}

TEST_F(KeepingSlow, a_person_is_forgotten_everywhere_and_nothing_else_changes) {
    if (!journal_rules()) GTEST_SKIP() << "no store";
    send(with_a_person());
    ASSERT_TRUE(start());
    wait();
    const std::string before = exported();
    EXPECT_TRUE(contains_word(before, "zebrawomble"));
    const auto preview = engine_->forgetting().preview({"zebrawomble", "", "", ""});
    ASSERT_TRUE(preview) << preview.error().message();
    std::uint64_t rows = 0;
    for (const auto& [set, count] : preview->rows) rows += count;
    EXPECT_EQ(rows, 24u);
    EXPECT_EQ(preview->samples.size(), kForgetSamplesMax);
    EXPECT_FALSE(engine_->forgetting().begin({"zebrawomble", "", "zebrawomble asked", "root"}))
        << "a reason is kept for ever";
    const auto begun = engine_->forgetting().begin({"zebrawomble", "", "case 4711", "root"});
    ASSERT_TRUE(begun) << begun.error().message();
    wait();
    const auto status = engine_->forgetting().status();
    ASSERT_EQ(status->all.size(), 1u);
    ASSERT_TRUE(status->all[0].second) << "it is done";
    EXPECT_EQ(status->all[0].second->rows, 24u);
    EXPECT_EQ(status->all[0].second->records, 24u);
    EXPECT_EQ(status->all[0].second->remains, std::vector<std::string>{});
    EXPECT_FALSE(status->pending);
    const std::string after = exported();
    EXPECT_FALSE(contains_word(after, "zebrawomble"));
    EXPECT_EQ(unrelated(after), unrelated(before));
    EXPECT_NE(after.find("zebrawomble2"), std::string::npos) << "another person";
    auto state = store::StateReader::open(engine_->state_path());
    EXPECT_EQ(*state->finding_count(), 6u);
    EXPECT_EQ(state->inbox_status("parse")->rows, 6u);
    engine_->stop();
    EXPECT_EQ(*files_with_word(data(), "zebrawomble", [] { return false; }),
              std::vector<std::string>{});
    ASSERT_TRUE(start());
    wait();
    EXPECT_EQ(exported(), after) << "also after a restart";
    EXPECT_EQ(rebuilt(1), after);
    EXPECT_EQ(rebuilt(4'096), after);
}

TEST_F(KeepingSlow, records_that_only_the_journal_still_has_are_forgotten_too) {
    retention_.days = 5;
    send({{9, {event_line("zebrawomble", "old"), event_line("bob", "old")}},
          {0, {event_line("zebrawomble", "new"), event_line("bob", "new")}}});
    if (!start()) GTEST_SKIP() << "no store";
    wait();
    ASSERT_TRUE(engine_->retention().run_now());
    wait();
    ASSERT_TRUE(engine_->forgetting().begin({"zebrawomble", "", "case 1", "root"}));
    wait();
    const auto status = engine_->forgetting().status();
    EXPECT_EQ(status->all[0].second->rows, 2u);
    EXPECT_EQ(status->all[0].second->remains, std::vector<std::string>{});
    EXPECT_EQ(messages(), "new\n");
    const std::string after = exported();
    EXPECT_EQ(rebuilt(1), after);
}

TEST_F(KeepingSlow, what_is_held_is_not_forgotten_and_that_is_told) {
    send({{1, {event_line("zebrawomble", "held"), event_line("zebrawomble", "free")}}});
    if (!start()) GTEST_SKIP() << "no store";
    wait();
    ASSERT_TRUE(engine_->add_hold("court", {"message:held", "court", "", "", ""}, "root"));
    EXPECT_EQ(engine_->forgetting().preview({"", "user.name:zebrawomble", "", ""})->held, 1u);
    ASSERT_TRUE(engine_->forgetting().begin({"", "user.name:zebrawomble", "case 1", "root"}));
    wait();
    EXPECT_EQ(messages(), "held\n");
    const auto status = engine_->forgetting().status();
    EXPECT_EQ(status->all[0].second->held, 1u);
    EXPECT_EQ(status->all[0].second->rows, 1u);
    const std::string after = exported();
    EXPECT_EQ(rebuilt(1), after);
}

TEST_F(Keeping, a_person_is_forgotten_where_no_store_is_kept) {
    has_store_ = false;
    send(with_a_person());
    ASSERT_TRUE(start());
    wait();
    ASSERT_TRUE(engine_->forgetting().begin({"zebrawomble", "", "case 1", "root"}));
    wait();
    EXPECT_EQ(engine_->forgetting().status()->all[0].second->rows, 24u);
    const std::string after = exported();
    engine_->stop();
    EXPECT_EQ(*files_with_word(data(), "zebrawomble", [] { return false; }),
              std::vector<std::string>{});
    EXPECT_EQ(rebuilt(7), after);
}

TEST_F(KeepingSlow, snapshots_of_upgrades_go_with_the_person_and_that_is_told) {
    if (!journal_rules()) GTEST_SKIP() << "no store";
    send(with_a_person());
    ASSERT_TRUE(start());
    wait();
    engine_->stop();
    engine_.reset();
    base::SystemFiles files;
    const auto taken = upgrade::take_snapshot(files, data(), {1, 1, 1}, {1, 2, 1}, {});
    ASSERT_TRUE(taken) << taken.error().message();
    // And what a kill left of one, as it was taken or removed.
    std::filesystem::create_directories(data() + "/upgrades/1.1.1-x.unfinished");
    std::ofstream(data() + "/upgrades/1.1.1-x.unfinished/state.sqlite") << "zebrawomble";
    std::filesystem::create_directories(data() + "/upgrades/1.1.1-y");
    std::ofstream(data() + "/upgrades/1.1.1-y/state.sqlite") << "zebrawomble";
    ASSERT_FALSE(
        files_with_word(data() + "/upgrades", "zebrawomble", [] { return false; })->empty());
    ASSERT_TRUE(start());
    wait();
    const std::vector<std::string> names = {taken->name, "1.1.1-x.unfinished", "1.1.1-y"};
    EXPECT_EQ(engine_->forgetting().preview({"zebrawomble", "", "", ""})->snapshots, names);
    ASSERT_TRUE(engine_->forgetting().begin({"zebrawomble", "", "case 1", "root"}));
    wait();
    const auto status = engine_->forgetting().status();
    ASSERT_TRUE(status->all[0].second);
    EXPECT_EQ(status->all[0].second->snapshots, names) << "in the journal, for ever";
    EXPECT_EQ(status->all[0].second->remains, std::vector<std::string>{});
    EXPECT_TRUE(std::filesystem::is_empty(data() + "/upgrades"));
    EXPECT_EQ(*files_with_word(data(), "zebrawomble", [] { return false; }),
              std::vector<std::string>{});
}

/// Where the last record of the journal begins.
std::pair<std::string, std::uint64_t> last_record(const std::string& data) {
    base::SystemFiles files;
    std::string path, buffer;
    const auto names = files.list(data + "/journal");
    for (const std::string& name : *names) {
        if (name.ends_with(".seg")) path = data + "/journal/" + name;
    }
    std::uint64_t begin = 0;
    EXPECT_TRUE(journal::walk_segment(files, path, journal::kSegmentHeadBytes,
                                      *files.size_bytes(path), buffer,
                                      [&](const journal::Decoded&, std::uint64_t at) {
                                          begin = at;
                                          return true;
                                      }));
    return {path, begin};
}

/// Deletion where the journal's end is not what it should be: whole all the same.
class KeepingDamaged : public Keeping {
  protected:
    /// A journal whose last record is the person's, judged and stored; the server is stopped.
    bool begin() {
        if (!journal_rules()) return false;
        send({{1, {event_line("bob", "alarm from bob"), event_line("zebrawomble", "alarm one")}},
              {1, {event_line("zebrawomble", "alarm two"), "{not json zebrawomble"}}});
        const auto [path, at] = last_record(data());
        path_ = path;
        at_ = at;
        size_ = std::filesystem::file_size(path);
        start();
        wait();
        EXPECT_EQ(ask("SELECT count() FROM events"), "4\n");
        engine_->stop();
        engine_.reset();
        return true;
    }
    void forget() {
        ASSERT_TRUE(start());
        wait();
        const auto begun = engine_->forgetting().begin({"zebrawomble", "", "case 1", "root"});
        ASSERT_TRUE(begun) << begun.error().message();
        wait();
        const auto status = engine_->forgetting().status();
        ASSERT_TRUE(status->all[0].second);
        EXPECT_EQ(status->all[0].second->remains, std::vector<std::string>{});
        EXPECT_EQ(*files_with_word(data(), "zebrawomble", [] { return false; }),
                  std::vector<std::string>{});
        const std::string after = exported();
        EXPECT_FALSE(contains_word(after, "zebrawomble"));
        EXPECT_NE(after.find("alarm from bob"), std::string::npos);
        EXPECT_EQ(rebuilt(1), after);
    }
    std::string path_;
    std::uint64_t at_ = 0, size_ = 0;
};

TEST_F(KeepingDamaged, a_record_that_was_being_written_at_a_kill_is_forgotten_too) {
    if (!begin()) GTEST_SKIP() << "no store";
    const std::string bytes = *base::read_file(path_, 1u << 20);
    const auto [newest, at] = last_record(data());
    // The person's record once more, but for its end.
    std::ofstream(newest, std::ios::app | std::ios::binary) << bytes.substr(at_, size_ - at_ - 5);
    forget();
}

TEST_F(KeepingDamaged, a_record_that_nobody_can_read_any_more_leaves_the_disk) {
    if (!begin()) GTEST_SKIP() << "no store";
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at_ + 12));
    file.put('!');
    file.close();
    forget();
}

TEST_F(KeepingDamaged,
       records_that_only_the_views_have_are_forgotten_and_new_ones_are_not_mistaken) {
    if (!begin()) GTEST_SKIP() << "no store";
    // The end of the journal is lost, with all that was journalled since.
    std::vector<std::string> later;
    for (const auto& entry : std::filesystem::directory_iterator(data() + "/journal")) {
        if (entry.path().extension() == ".seg" && entry.path() > path_)
            later.push_back(entry.path());
    }
    for (const std::string& path : later) std::filesystem::remove(path);
    std::filesystem::resize_file(path_, at_);
    ASSERT_TRUE(start());
    wait();
    engine_->stop();
    engine_.reset();
    send({{0, {event_line("bob", "alarm afterwards"), event_line("zebrawomble", "alarm again")}}});
    ASSERT_TRUE(start());
    wait();
    EXPECT_EQ(messages().substr(messages().size() - 29), "alarm afterwards\nalarm again\n");
    engine_->stop();
    forget();
}

TEST_F(Keeping, a_purge_that_was_killed_is_ended_after_the_next_start) {
    if (!start()) GTEST_SKIP() << "no store";
    store::Client client(*engine_->store_client_options());
    ASSERT_TRUE(client.execute("ALTER TABLE events MODIFY SETTING old_parts_lifetime = 0"));
    const std::string sql = "SELECT engine_full FROM system.tables WHERE name = 'events'";
    EXPECT_NE(ask(sql).find("old_parts_lifetime"), std::string::npos);
    engine_->stop();
    ASSERT_TRUE(start());
    for (int i = 0; i < 500 && ask(sql).find("old_parts_lifetime") != std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(ask(sql).find("old_parts_lifetime"), std::string::npos);
    EXPECT_EQ(engine_->retention().status()->trouble, "");
}

TEST_F(Keeping, what_comes_after_the_request_stays) {
    has_store_ = false;
    ASSERT_TRUE(journal_rules());
    send({{1, {event_line("zebrawomble", "alarm before")}}});
    ASSERT_TRUE(start());
    wait();
    ASSERT_TRUE(engine_->forgetting().begin({"zebrawomble", "", "case 1", "root"}));
    wait();
    engine_->stop();
    engine_.reset();
    send({{0, {event_line("zebrawomble", "alarm after")}}});
    ASSERT_TRUE(start());
    wait();
    auto state = store::StateReader::open(engine_->state_path());
    EXPECT_EQ(*state->finding_count(), 1u);
}

}  // namespace
}  // namespace vedette::engine
