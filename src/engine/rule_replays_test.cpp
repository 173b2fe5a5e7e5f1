// SPDX-License-Identifier: Apache-2.0
// Rules that are new in a running server, on a real engine: what they find in the history is what
// the stream would have found, once, marked, and there again when all is rebuilt.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "cases/retrospective.h"
#include "engine/engine.h"
#include "engine/rule_replays/replayer.h"
#include "store/state/state_reader.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

constexpr const char* kReplayLogSources = R"(description: Every record
product: test
logsources:
  - match: {dataset: '*'}
)";

std::string rule_text(const std::string& id, const std::string& word) {
    return "title: Saw " + word + "\nid: " + id +
           "\nlogsource: {product: test}\ndetection:\n    k:\n        message|contains: " + word +
           "\n    condition: k\nlevel: high\n";
}

constexpr const char* kMany = R"(title: Many fires
id: many
correlation:
    type: event_count
    rules: [fire]
    generate: true
    group-by: [user.name]
    timespan: 1h
    condition: {gte: 3}
level: critical
)";

class RuleReplays : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ / "rules");
        write("rules/alarm.yml", rule_text("alarm", "alarm"));
        write("logsources.yml", kReplayLogSources);
    }
    void write(const std::string& path, const std::string& text) {
        std::ofstream(folder_ / path) << text;
    }
    std::string data() const { return folder_ / "data"; }
    Config config(std::uint32_t batch_rows) {
        Config made = default_config(data());
        made.rule_paths = {folder_ / "rules"};
        made.logsource_paths = {folder_ / "logsources.yml"};
        made.sources.clear();
        made.batch_rows = batch_rows;
        made.store_insert_age_ms = 10;
        made.replay_days = days_;
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
    void stop() {
        engine_->stop();
        engine_.reset();
    }
    /// Events of the last hours, five seconds after each other.
    void send(const std::vector<std::string>& messages, const std::string& user = "ada") {
        base::SystemFiles files;
        base::CounterRegistry counters;
        journal::SegmentJournalOptions options;
        options.folder = data() + "/journal";
        auto journal = journal::SegmentJournal::open(files, options, counters);
        ASSERT_TRUE(journal) << journal.error().message();
        event::Chunk chunk;
        chunk.envelope.source = "test";
        chunk.envelope.origin = "origin";
        chunk.envelope.format = "json";
        chunk.envelope.arrival = base::SystemClock().now();
        base::Timestamp time{chunk.envelope.arrival.unix_ns - 7'200 * base::kNsPerSecond};
        for (const std::string& message : messages) {
            time.unix_ns += 5 * base::kNsPerSecond;
            chunk.add_record("{\"@timestamp\":\"" + base::format_rfc3339(time, 3) +
                             R"(","host":{"name":"web-1"},"user":{"name":")" + user +
                             R"("},"message":")" + message + R"(","list":["a","b"]})");
        }
        std::promise<bool> done;
        ASSERT_TRUE((*journal)->append(journal::RecordKind::chunk, event::encode(chunk),
                                       [&](bool good, journal::Offset) { done.set_value(good); }));
        ASSERT_TRUE(done.get_future().get());
    }
    /// A server that had its first rules when these events came.
    bool has_history(const std::vector<std::string>& messages) {
        if (!start()) return false;
        stop();
        send(messages);
        EXPECT_TRUE(start());
        wait();
        return true;
    }
    /// Until nothing is left to be replayed.
    void wait() {
        ASSERT_TRUE(engine_->wait_until_idle(300'000));
        for (int i = 0; i < 3'000; ++i) {
            const auto status = engine_->replays();
            const bool is_seen = status->book.seen().name == engine_->status().ruleset;
            if (is_seen && !status->book.next_set() && status->book.next() == nullptr) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        FAIL() << engine_->replays()->error;
    }
    void reload() {
        const auto done = engine_->reload();
        ASSERT_TRUE(done) << done.error().message();
        wait();
    }
    std::vector<cases::Finding> findings(const std::string& rule) {
        auto state = store::StateReader::open(engine_->state_path());
        store::FindingFilter filter;
        filter.limit = store::kStateReadRowsMax;
        auto all = *state->findings(filter);
        std::erase_if(all, [&](const cases::Finding& one) { return one.rule_id != rule; });
        return all;
    }
    std::vector<std::string> states() {
        std::vector<std::string> out;
        const auto status = engine_->replays();
        for (const auto& entry : status->book.entries()) {
            out.push_back(entry.rule.id + " " + std::string(name(entry.outcome.state)) + " " +
                          std::to_string(entry.findings));
        }
        return out;
    }
    std::string exported() {
        std::string out;
        EXPECT_TRUE(engine_->export_canonical(
            [&](std::string_view line) { out.append(line).push_back('\n'); }));
        return out;
    }
    std::string rebuilt(std::uint32_t batch_rows) {
        stop();
        for (const char* name : {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "store"}) {
            std::filesystem::remove_all(data() + "/" + name);
        }
        start(true, batch_rows);
        EXPECT_TRUE(engine_->wait_until_idle(300'000));
        return exported();
    }

    using Texts = std::vector<std::string>;
    tests::TemporaryFolder folder_;
    int days_ = 7;
    std::unique_ptr<Engine> engine_;
};

TEST_F(RuleReplays, find_in_the_history_what_the_stream_would_have_found) {
    if (!has_history({"alarm 1", "fire 1", "calm", "fire 2"})) GTEST_SKIP() << "no store";
    EXPECT_EQ(findings("alarm").size(), 1u);
    EXPECT_EQ(states(), Texts{}) << "the first rules judged their own events";
    write("rules/fire.yml", rule_text("fire", "fire"));
    reload();
    EXPECT_EQ(states(), Texts{"fire done 2"});
    const auto found = findings("fire");
    ASSERT_EQ(found.size(), 2u);
    for (const cases::Finding& one : found) {
        EXPECT_TRUE(cases::is_retrospective(one));
        EXPECT_EQ(one.title, "In the history: Saw fire");
        EXPECT_EQ(one.id, cases::finding_id("sigma", "fire", "host:web-1", one.events.at(0)));
        EXPECT_NE(one.raw.find("fire"), std::string::npos);
        EXPECT_NE(cases::to_json(one).find("\"retrospective\":true"), std::string::npos);
    }
    EXPECT_FALSE(cases::is_retrospective(findings("alarm").at(0)));

    // What comes from now on is the stream's, and is marked as nothing else.
    stop();
    send({"fire 3"});
    ASSERT_TRUE(start());
    wait();
    EXPECT_EQ(states(), Texts{"fire done 2"});
    EXPECT_EQ(findings("fire").size(), 3u);

    stop();
    ASSERT_TRUE(start(true));
    ASSERT_TRUE(engine_->wait_until_idle(300'000));
    const std::string lived = exported();
    for (const std::uint32_t batch_rows : {1u, 7u, 4'096u}) {
        EXPECT_EQ(rebuilt(batch_rows), lived) << batch_rows;
    }
}

TEST_F(RuleReplays, are_made_of_changed_rules_and_not_of_those_that_come_back) {
    if (!has_history({"fire 1", "smoke 1"})) GTEST_SKIP() << "no store";
    write("rules/fire.yml", rule_text("fire", "fire"));
    reload();
    write("rules/fire.yml", rule_text("fire", "smoke"));
    reload();
    EXPECT_EQ(states(), (Texts{"fire done 1", "fire done 1"}));
    std::filesystem::remove(folder_ / "rules/fire.yml");
    reload();
    write("rules/fire.yml", "# with a remark\n" + rule_text("fire", "smoke"));
    reload();
    EXPECT_EQ(states(), (Texts{"fire done 1", "fire done 1"}));
    EXPECT_EQ(findings("fire").size(), 2u);
}

TEST_F(RuleReplays, leave_out_what_the_stream_has_found_meanwhile) {
    if (!has_history({"fire 1"})) GTEST_SKIP() << "no store";
    // Once more as another content: the log source is placed otherwise, and has the same events.
    write("rules/fire.yml", rule_text("fire", "fire"));
    reload();
    stop();
    send({"fire 2"});
    ASSERT_TRUE(start());
    wait();
    write("logsources.yml",
          "description: Every record\nproduct: test\nlogsources:\n  - match: {dataset: '*', "
          "message: '*'}\n");
    reload();
    const auto status = engine_->replays();
    const auto& last = status->book.entries().back();
    EXPECT_EQ(last.rule.id, "fire");
    EXPECT_EQ(last.outcome.hits, 2u);
    EXPECT_EQ(last.outcome.known, 2u);
    EXPECT_EQ(last.findings, 0u);
    const auto found = findings("fire");
    EXPECT_EQ(std::count_if(found.begin(), found.end(), cases::is_retrospective), 1);
    EXPECT_EQ(found.size(), 2u);
}

TEST_F(RuleReplays, keep_within_their_bound_and_tell_what_was_left_out) {
    std::vector<std::string> messages;
    for (int i = 0; i < 1'100; ++i) messages.push_back("fire " + std::to_string(i));
    if (!has_history(messages)) GTEST_SKIP() << "no store";
    write("rules/fire.yml", rule_text("fire", "fire"));
    reload();
    EXPECT_EQ(states(), Texts{"fire done 1000"});
    EXPECT_EQ(engine_->replays()->book.entries().back().outcome.left_out, 100u);
}

TEST_F(RuleReplays, are_made_of_correlations_too) {
    if (!has_history({"fire 1", "fire 2", "calm", "fire 3"})) GTEST_SKIP() << "no store";
    write("rules/fire.yml", rule_text("fire", "fire"));
    write("rules/many.yml", kMany);
    reload();
    EXPECT_EQ(states(), (Texts{"fire done 3", "many done 1"}));
    const auto found = findings("many");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(cases::is_retrospective(found[0]));
    EXPECT_EQ(found[0].events.size(), 3u);
}

TEST_F(RuleReplays, are_taken_up_by_the_next_start_and_are_off_at_zero_days) {
    if (!has_history({"fire 1", "smoke 1"})) GTEST_SKIP() << "no store";
    write("rules/fire.yml", rule_text("fire", "fire"));
    ASSERT_TRUE(engine_->reload());
    stop();  // with whatever was done by now
    ASSERT_TRUE(start());
    wait();
    EXPECT_EQ(states(), Texts{"fire done 1"});
    stop();
    days_ = 0;
    write("rules/smoke.yml", rule_text("smoke", "smoke"));
    ASSERT_TRUE(start());
    wait();
    EXPECT_EQ(states(), Texts{"fire done 1"});
    EXPECT_EQ(findings("smoke").size(), 0u);
}

}  // namespace
}  // namespace vedette::engine
