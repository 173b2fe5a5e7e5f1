// SPDX-License-Identifier: Apache-2.0
// What is learned of a history, on a real engine: without the events that are subtracted it is,
// byte for byte, what a server learns that never had them, and it is there again when all is
// rebuilt.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>
#include <thread>

#include "engine/engine.h"
#include "engine/learning/kept_learned.h"
#include "engine/learning/learn_job.h"
#include "engine/learning/lesson.h"
#include "engine/standings.h"
#include "store/state/state_reader.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine::learning {
namespace {

constexpr std::int64_t kHourNs = 3'600 * base::kNsPerSecond;
/// A Monday, 00:00 UTC.
constexpr std::int64_t kBeginNs = 1'777'852'800 * base::kNsPerSecond;
constexpr std::int64_t kDays = 12;

constexpr const char* kLogins = R"(analytic: logins
title: Unusually many logins
entity: {user: user.name}
measure: count
windows: [1h]
against: [self, everybody]
sentence: '{observed} logins of {entity} in {window}; {low} to {high} are expected'
)";
constexpr const char* kPrograms = R"(analytic: programs
title: A program that a user never ran
entity: {user: user.name}
measure: {new_value: process.name}
sentence: '{entity} ran {value}'
)";

struct Login {
    std::int64_t time_ns = 0;
    std::string user, program;
};
using Logins = std::vector<Login>;

/// Office hours of six people, a chunk a day.
std::vector<Logins> office(std::uint32_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Logins> days;
    for (std::int64_t day = 0; day < kDays; ++day) {
        Logins logins;
        for (std::int64_t hour = 8; hour < 18; ++hour) {
            for (int user = 0; user < 6; ++user) {
                for (std::uint64_t i = 1 + random() % 4; i > 0; --i) {
                    const auto within = static_cast<std::int64_t>(random() % kHourNs);
                    logins.push_back({kBeginNs + (day * 24 + hour) * kHourNs + within,
                                      "u" + std::to_string(user),
                                      "tool-" + std::to_string(random() % 5)});
                }
            }
        }
        days.push_back(std::move(logins));
    }
    return days;
}

/// What an attacker does who wants much to be usual.
Logins poison() {
    Logins out;
    for (std::int64_t day = 6; day < 10; ++day) {
        for (std::int64_t i = 0; i < 90; ++i) {
            out.push_back({kBeginNs + (day * 24 + 11) * kHourNs + i * 30 * base::kNsPerSecond, "u3",
                           "exfiltrate"});
        }
    }
    return out;
}

/// A server in a folder of its own. Records go straight into its journal, so that offsets are
/// known.
class LearningServer {
  public:
    LearningServer() {
        std::filesystem::create_directories(folder_ / "analytics");
        std::ofstream(folder_ / "analytics/logins.yml") << kLogins;
        std::ofstream(folder_ / "analytics/programs.yml") << kPrograms;
    }
    ~LearningServer() { stop(); }

    std::string data() const { return folder_ / "data"; }
    /// Whether it runs; why it does not is a failure.
    bool start(bool has_only_views = false, std::uint32_t batch_rows = 4'096) {
        Config config = default_config(data());
        config.rule_paths.clear();
        config.analytic_paths = {folder_ / "analytics"};
        config.sources.clear();
        config.batch_rows = batch_rows;
        config.store_insert_age_ms = 10;
        auto opened = Engine::open(config);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
        engine_ = std::move(*opened);
        const auto done = has_only_views ? engine_->start_views() : engine_->start();
        EXPECT_TRUE(done) << (done ? "" : done.error().message());
        if (!done) return false;
        EXPECT_TRUE(engine_->wait_until_idle(300'000));
        return true;
    }
    void stop() {
        if (engine_) engine_->stop();
        engine_.reset();
    }
    /// Starts, and again with a history.
    bool has(const std::vector<Logins>& chunks) {
        if (!start()) return false;
        stop();
        for (const Logins& logins : chunks) sent_.push_back(send(logins));
        return start();
    }
    /// The record of a chunk of that history.
    journal::Offset sent(std::size_t chunk) const { return sent_.at(chunk); }
    /// Only while it is stopped.   Returns: the record's offset.
    journal::Offset send(const Logins& logins) {
        event::Chunk chunk;
        chunk.envelope.source = "test";
        chunk.envelope.origin = "origin";
        chunk.envelope.format = "json";
        chunk.envelope.arrival = {kBeginNs + (kDays + 1) * 24 * kHourNs};
        for (const Login& login : logins) {
            chunk.add_record("{\"@timestamp\":\"" + base::format_rfc3339({login.time_ns}, 9) +
                             R"(","user":{"name":")" + login.user + R"("},"process":{"name":")" +
                             login.program + "\"}}");
        }
        return append(journal::RecordKind::chunk, event::encode(chunk));
    }
    journal::Offset append(journal::RecordKind kind, std::string payload) {
        base::SystemFiles files;
        base::CounterRegistry counters;
        journal::SegmentJournalOptions options;
        options.folder = data() + "/journal";
        auto journal = journal::SegmentJournal::open(files, options, counters);
        EXPECT_TRUE(journal);
        std::promise<journal::Offset> done;
        EXPECT_TRUE((*journal)->append(kind, std::move(payload),
                                       [&](bool, journal::Offset at) { done.set_value(at); }));
        return done.get_future().get();
    }

    static LearnRequest request(std::int64_t days = kDays) {
        LearnRequest out;
        out.range = {{kBeginNs - 24 * kHourNs}, {kBeginNs + days * 24 * kHourNs}};
        out.is_adopted = true;
        return out;
    }
    static LearnRequest without(EventIds ids) {
        LearnRequest out = request();
        out.is_of_same_history = true;
        out.subtract = std::move(ids);
        return out;
    }
    /// What came of it, as its status says it.
    std::string learn(LearnRequest request) {
        const auto begun = engine_->learn_job().begin(std::move(request));
        if (!begun) return begun.error().message();
        for (int i = 0; i < 6'000; ++i) {
            std::string status = engine_->learn_job().status_json();
            if (status.find("\"state\":\"running\"") == std::string::npos) return status;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return "it does not end";
    }
    EventIds subtracted() { return *engine_->learn_job().subtracted(); }
    /// Stops it: the state is written then.
    std::optional<store::Snapshot> snapshot(std::string_view name) {
        stop();
        auto state = store::StateReader::open(data() + "/state.sqlite");
        return *state->snapshot(name);
    }
    Lesson lesson() {
        return lesson_of_control(snapshot(kLessonSnapshot)->bytes).value_or(Lesson());
    }
    /// Of all analytics, whatever was tested.
    std::uint64_t tests_ever() {
        std::uint64_t out = 0;
        const auto standings = standings_of_json(snapshot(kStandingsSnapshot)->bytes);
        for (const detect::Standing& one : *standings) out += one.tests_ever;
        return out;
    }
    std::string kept(const std::string& name) {
        base::SystemFiles files;
        return *KeptLearned(files, data()).find(name);
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
        return exported();
    }

  private:
    tests::TemporaryFolder folder_;
    std::vector<journal::Offset> sent_;
    std::unique_ptr<Engine> engine_;
};

bool is_done(const std::string& status) {
    return status.find("\"state\":\"done\"") != std::string::npos;
}

std::uint64_t number_of(const std::string& status, const std::string& key) {
    const std::size_t at = status.find("\"" + key + "\":");
    return at == std::string::npos ? UINT64_MAX : std::stoull(status.substr(at + key.size() + 3));
}

EventIds ids_of(journal::Offset offset, std::size_t rows) {
    EventIds out;
    for (std::uint32_t row = 0; row < rows; ++row) out.push_back({offset, row});
    return out;
}

std::string learned_of(const std::vector<Logins>& chunks, std::int64_t days = kDays) {
    LearningServer server;
    if (!server.has(chunks)) return {};
    const std::string status = server.learn(LearningServer::request(days));
    EXPECT_TRUE(is_done(status)) << status;
    const Lesson lesson = server.lesson();
    return server.kept(lesson.state);
}

TEST(LearnedHistory, without_the_poison_is_what_a_server_learns_that_never_had_it) {
    std::vector<Logins> chunks = office(1);
    const std::string clean = learned_of(chunks);
    ASSERT_FALSE(clean.empty());

    LearningServer server;
    ASSERT_TRUE(server.start());
    server.stop();
    for (std::size_t i = 0; i < 7; ++i) server.send(chunks[i]);
    const journal::Offset at = server.send(poison());
    for (std::size_t i = 7; i < chunks.size(); ++i) server.send(chunks[i]);
    ASSERT_TRUE(server.start());
    EXPECT_EQ(server.subtracted(), EventIds());
    ASSERT_TRUE(is_done(server.learn(LearningServer::request())));
    const std::string poisoned = server.kept(server.lesson().state);
    EXPECT_NE(poisoned, clean);

    ASSERT_TRUE(server.start());
    const EventIds ids = ids_of(at, poison().size());
    const std::string status = server.learn(LearningServer::without(ids));
    ASSERT_TRUE(is_done(status)) << status;
    EXPECT_EQ(number_of(status, "subtracted"), ids.size());
    EXPECT_EQ(number_of(status, "not_there"), 0u);
    EXPECT_EQ(server.subtracted(), ids);
    EXPECT_EQ(server.kept(server.lesson().state), clean);

    // Whoever learns later learns without them as well, and a rollback does.
    ASSERT_TRUE(server.start());
    ASSERT_TRUE(is_done(server.learn(LearningServer::request())));
    EXPECT_EQ(server.kept(server.lesson().state), clean);
    ASSERT_TRUE(server.start());
    ASSERT_TRUE(is_done(server.learn(LearningServer::request(8))));
    EXPECT_EQ(server.kept(server.lesson().state), learned_of(chunks, 8));

    // Until they are restored.
    ASSERT_TRUE(server.start());
    LearnRequest restoring = LearningServer::without({});
    restoring.restore = ids;
    ASSERT_TRUE(is_done(server.learn(LearningServer::request())));
    ASSERT_TRUE(is_done(server.learn(restoring)));
    EXPECT_EQ(server.subtracted(), EventIds());
    EXPECT_EQ(server.kept(server.lesson().state), poisoned);

    ASSERT_TRUE(server.start(true));
    const std::string lived = server.exported();
    for (const std::uint32_t batch_rows : {1u, 7u, 4'096u}) {
        EXPECT_EQ(server.rebuilt(batch_rows), lived) << batch_rows;
    }
}

TEST(LearnedHistory, without_any_events_is_what_a_server_learns_that_never_had_them) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 2; ++round) {
        std::vector<Logins> with = office(10 + static_cast<std::uint32_t>(round)), fewer;
        LearningServer server;
        ASSERT_TRUE(server.start());
        server.stop();
        EventIds ids;
        for (const Logins& logins : with) {
            const journal::Offset at = server.send(logins);
            Logins left;
            for (std::uint32_t row = 0; row < logins.size(); ++row) {
                if (random() % 5 == 0) {
                    ids.push_back({at, row});
                } else {
                    left.push_back(logins[row]);
                }
            }
            fewer.push_back(std::move(left));
        }
        std::shuffle(ids.begin(), ids.end(), random);
        ASSERT_TRUE(server.start());
        const std::string status = server.learn(LearningServer::without(ids));
        ASSERT_TRUE(is_done(status)) << status;
        EXPECT_EQ(number_of(status, "not_there"), 0u);
        EXPECT_EQ(server.kept(server.lesson().state), learned_of(fewer));
    }
}

TEST(LearnedHistory, up_to_a_date_is_what_a_server_learns_whose_history_ends_there) {
    const std::vector<Logins> chunks = office(2);
    const std::string before = learned_of({chunks.begin(), chunks.begin() + 7}, 7);
    ASSERT_FALSE(before.empty());
    LearningServer server;
    ASSERT_TRUE(server.has(chunks));
    ASSERT_TRUE(is_done(server.learn(LearningServer::request(7))));
    EXPECT_EQ(server.kept(server.lesson().state), before);

    // What it forgot does not come back with the next subtraction; what came since does.
    ASSERT_TRUE(server.start());
    server.stop();
    Logins since = {{kBeginNs + (11 * 24 + 19) * kHourNs, "u1", "new-tool"}};
    server.send(since);
    ASSERT_TRUE(server.start());
    const std::string status = server.learn(
        LearningServer::without({{server.sent(0), 0}, {server.sent(3), 0}, {server.sent(9), 0}}));
    ASSERT_TRUE(is_done(status)) << status;
    EXPECT_EQ(number_of(status, "subtracted"), 3u);
    EXPECT_EQ(number_of(status, "not_there"), 1u) << "that one is forgotten anyway";
    std::vector<Logins> history(chunks.begin(), chunks.begin() + 7);
    history[0].erase(history[0].begin());
    history[3].erase(history[3].begin());
    history.push_back(since);
    EXPECT_EQ(server.kept(server.lesson().state), learned_of(history));
}

TEST(LearnedHistory, is_not_stopped_by_ids_of_no_event) {
    LearningServer server;
    ASSERT_TRUE(server.has(office(4)));
    std::string status = server.learn(LearningServer::without({{1'000'000, 0}, {0, 7}}));
    EXPECT_NE(status.find("no event has any of these ids"), std::string::npos) << status;
    EXPECT_EQ(server.subtracted(), EventIds()) << "or what comes would be left out one day";

    const journal::Offset at = server.sent(0);
    status =
        server.learn(LearningServer::without({{at, 0}, {at, 0}, {at, 99'999}, {1'000'000, 0}}));
    ASSERT_TRUE(is_done(status)) << status;
    EXPECT_EQ(number_of(status, "subtracted"), 2u);
    EXPECT_EQ(number_of(status, "repeated"), 1u);
    EXPECT_EQ(number_of(status, "not_there"), 1u);
    EXPECT_EQ(number_of(status, "not_taken"), 1u);

    LearnRequest restoring = LearningServer::without({});
    restoring.restore = {{at, 9}};
    status = server.learn(restoring);
    EXPECT_NE(status.find("none of these events is subtracted"), std::string::npos) << status;
    restoring.restore = {{at, 9}, {at, 99'999}};
    status = server.learn(restoring);
    ASSERT_TRUE(is_done(status)) << status;
    EXPECT_EQ(number_of(status, "not_listed"), 1u);
    EXPECT_EQ(server.subtracted(), (EventIds{{at, 0}}));

    LearnRequest told = LearningServer::without({{at, 0}});
    told.is_adopted = false;
    EXPECT_NE(server.learn(told).find("comes into force"), std::string::npos);
}

TEST(LearnedHistory, of_another_version_is_passed_over_and_learning_begins_anew) {
    LearningServer server;
    ASSERT_TRUE(server.has(office(5)));
    ASSERT_TRUE(is_done(server.learn(LearningServer::request())));
    EXPECT_GT(server.tests_ever(), 0u);
    std::string state = server.kept(server.lesson().state);
    state[0] = 99;
    base::SystemFiles files;
    Lesson lesson;
    lesson.state = *KeptLearned(files, server.data()).keep(state);
    server.append(journal::RecordKind::control, lesson_control(lesson));
    ASSERT_TRUE(server.start());
    EXPECT_EQ(server.lesson(), lesson);
    EXPECT_EQ(server.tests_ever(), 0u);

    // And it goes on from there: learns, and can be rebuilt.
    ASSERT_TRUE(server.start());
    ASSERT_TRUE(is_done(server.learn(LearningServer::request())));
    server.stop();
    ASSERT_TRUE(server.start(true));
    const std::string lived = server.exported();
    EXPECT_EQ(server.rebuilt(7), lived);
}

TEST(KeptLearned, stays_while_a_record_that_names_it_may_be_on_its_way) {
    tests::TemporaryFolder folder;
    base::SystemFiles files;
    KeptLearned kept(files, folder.path());
    const std::string first = *kept.keep("one"), second = *kept.keep("two");
    ASSERT_TRUE(kept.note(first, 5));
    ASSERT_TRUE(kept.note(second, 6));
    // The same is kept again for a record to come, and the server dies before it is noted.
    EXPECT_EQ(*kept.keep("one"), first);
    EXPECT_EQ(*kept.remove_unneeded(100), 1u);
    EXPECT_EQ(*kept.find(first), "one");
    EXPECT_FALSE(kept.find(second));
    ASSERT_TRUE(kept.note(first, 7));
    EXPECT_EQ(*kept.remove_unneeded(100), 1u);
}

}  // namespace
}  // namespace vedette::engine::learning
