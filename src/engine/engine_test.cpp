// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

constexpr const char* kRule = R"(title: {TITLE}
id: 7c1d6a52-5f0f-4a39-9d5e-0d9f5a0e1b11
status: test
description: A marker.
author: Vedette
logsource:
    product: linux
    service: syslog
detection:
    keywords:
        - {WORD}
    condition: keywords
level: high
)";

std::string with(std::string text, const std::string& name, const std::string& value) {
    text.replace(text.find(name), name.size(), value);
    return text;
}

/// The whole pipeline without a store, fed by one log file.
class EngineTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ / "rules");
        std::filesystem::create_directories(folder_ / "logs");
        write_rule("alarm");
    }
    void write_rule(const std::string& word) {
        std::ofstream(folder_ / "rules/marked.yml")
            << with(with(kRule, "{TITLE}", "Saw " + word), "{WORD}", word);
    }
    void log(const std::string& message) {
        std::ofstream(folder_ / "logs/app.log", std::ios::app)
            << "Nov 22 12:00:00 web-1 app[1]: " << message << "\n";
    }
    Config config(std::uint32_t batch_rows = 4'096) {
        Config made = default_config(folder_ / "data");
        made.has_store = false;
        made.rule_paths = {folder_ / "rules"};
        made.logsource_paths = {std::string(VEDETTE_SOURCE_DIR) + "/content/logsources"};
        made.batch_rows = batch_rows;
        made.clocks = clocks_;
        SourceConfig source;
        source.name = "logs";
        source.settings = {"files", "the test", {{"paths", folder_ / "logs/*.log"}}};
        made.sources = {source};
        return made;
    }
    std::unique_ptr<Engine> started(std::uint32_t batch_rows = 4'096) {
        auto engine = Engine::open(config(batch_rows));
        EXPECT_TRUE(engine.has_value()) << (engine ? "" : engine.error().message());
        const auto done = (*engine)->start();
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message());
        return std::move(*engine);
    }
    /// Titles of all findings once `count` of them are there.
    std::vector<std::string> findings(Engine& engine, std::size_t count) {
        std::vector<std::string> titles;
        for (int i = 0; i < 500 && titles.size() < count; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            auto state = store::StateReader::open(engine.state_path());
            if (!state) continue;
            const auto found = state->findings({});
            titles.clear();
            for (const cases::Finding& finding : *found) titles.push_back(finding.title);
        }
        std::sort(titles.begin(), titles.end());
        return titles;
    }
    std::string exported(Engine& engine) {
        std::string out;
        for (int i = 0; i < 500; ++i) {
            const Status status = engine.status();
            if (status.judged_to == status.journal_end) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        EXPECT_TRUE(engine.export_canonical(
            [&](std::string_view line) { out.append(line).push_back('\n'); }));
        return out;
    }

    /// Times of all findings, in order, once `count` of them are there.
    std::vector<std::string> times(Engine& engine, std::size_t count) {
        findings(engine, count);
        std::vector<std::string> out;
        auto state = store::StateReader::open(engine.state_path());
        const auto found = state->findings({});
        for (const cases::Finding& finding : *found) {
            out.push_back(base::format_rfc3339(finding.first_seen, 0).substr(5));
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    tests::TemporaryFolder folder_;
    std::vector<ClockSettings> clocks_;
};

TEST_F(EngineTest, judges_what_a_file_brings_and_groups_it) {
    log("all is well");
    log("alarm one");
    log("alarm two");
    const auto engine = started();
    EXPECT_EQ(findings(*engine, 2), (std::vector<std::string>{"Saw alarm", "Saw alarm"}));
    auto state = store::StateReader::open(engine->state_path());
    EXPECT_EQ(*state->incident_count(), 1u) << "same host, same hour";
}

TEST_F(EngineTest, takes_up_from_the_inbox_what_fits_another_format_once) {
    const std::string json = R"({"@timestamp":"2026-11-22T12:00:00Z","message":"an alarm"})";
    std::ofstream(folder_ / "logs/app.log") << json << "\nno JSON\n";
    Config made = config();
    made.sources[0].settings.values.emplace("format", "cef");
    const auto engine = Engine::open(std::move(made));
    ASSERT_TRUE(engine) << engine.error().message();
    ASSERT_TRUE((*engine)->start());
    const auto in_inbox = [&] {
        auto state = store::StateReader::open((*engine)->state_path());
        return state ? state->inbox_status("parse")->rows : 0;
    };
    for (int i = 0; i < 500 && in_inbox() < 2; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_EQ(in_inbox(), 2u);
    EXPECT_FALSE((*engine)->read_inbox_again("no such format", 100));
    const auto again = (*engine)->read_inbox_again("", 100);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->looked_at, 2u);
    EXPECT_EQ(again->fit, 1u);
    for (int i = 0; i < 500 && in_inbox() > 1; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(in_inbox(), 1u);
    EXPECT_EQ((*engine)->read_inbox_again("", 100)->fit, 0u);
    const std::string once = exported(**engine);
    EXPECT_NE(once.find("no JSON"), once.npos) << "what does not fit stays";
}

TEST_F(EngineTest, goes_on_after_a_restart_where_it_stood) {
    log("alarm one");
    {
        const auto engine = started();
        EXPECT_EQ(findings(*engine, 1).size(), 1u);
    }
    log("alarm two");
    const auto engine = started();
    EXPECT_EQ(findings(*engine, 2).size(), 2u);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_EQ(findings(*engine, 2).size(), 2u) << "nothing is judged twice";
}

TEST_F(EngineTest, judges_by_new_rules_from_the_reload_on) {
    log("alarm one");
    log("fire one");
    const auto engine = started();
    EXPECT_EQ(findings(*engine, 1), std::vector<std::string>{"Saw alarm"});
    write_rule("fire");
    ASSERT_TRUE(engine->reload_rules());
    log("alarm two");
    log("fire two");
    EXPECT_EQ(findings(*engine, 2), (std::vector<std::string>{"Saw alarm", "Saw fire"}));
}

TEST_F(EngineTest, rebuilds_the_same_views_whatever_the_batch_size_and_by_the_rules_of_the_time) {
    for (int i = 0; i < 50; ++i) log(i % 7 == 0 ? "alarm" : "fire");
    std::string first;
    {
        const auto engine = started();
        EXPECT_EQ(findings(*engine, 8).size(), 8u);
        write_rule("fire");
        ASSERT_TRUE(engine->reload_rules());
        for (int i = 0; i < 20; ++i) log(i % 7 == 0 ? "alarm" : "fire");
        EXPECT_EQ(findings(*engine, 25).size(), 25u);
        first = exported(*engine);
    }
    for (const std::uint32_t batch_rows : {1u, 7u, 4'096u}) {
        for (const char* name :
             {"data/state.sqlite", "data/state.sqlite-wal", "data/state.sqlite-shm"}) {
            std::filesystem::remove(folder_ / name);
        }
        auto engine = Engine::open(config(batch_rows));
        ASSERT_TRUE(engine.has_value());
        ASSERT_TRUE((*engine)->start_views());
        EXPECT_EQ(exported(**engine), first) << batch_rows;
    }
}

TEST_F(EngineTest, records_of_a_user_made_format_keep_the_definition_of_their_time) {
    std::ofstream(folder_ / "rules/marked.yml")
        << with(with(kRule, "{TITLE}", "Saw it"), "keywords:\n        - {WORD}",
                "keywords:\n        shop.word: alarm");
    const auto define = [&](const std::string& name, const std::string& text) {
        std::filesystem::create_directories(folder_ / "data/formats");
        std::ofstream(folder_ / ("data/formats/" + name)) << text;
    };
    const auto shop = [](const std::string& pattern) {
        return "format: shop\ndataset: linux.syslog\nrecognise: {marks: [' shop ']}\n"
               "take: {dissect: '" +
               pattern + "'}\n";
    };
    const auto log_words = [&](const std::string& line) {
        std::ofstream(folder_ / "logs/shop.log", std::ios::app) << line << "\n";
    };
    define("shop.yml", shop("%{shop.word} shop %{other}"));
    define("wrong.yml", "format: wrong\ntake: {disect: '%{a}'}\n");
    log_words("alarm shop calm");
    log_words("calm shop alarm");
    log_words("something else");
    std::string first;
    {
        const auto engine = started();
        EXPECT_EQ(findings(*engine, 1).size(), 1u);
        define("shop.yml", shop("%{other} shop %{shop.word}"));
        ASSERT_TRUE(engine->reload());
        for (int i = 0; i < 3; ++i) log_words("calm shop alarm");
        log_words("alarm shop calm");
        EXPECT_EQ(findings(*engine, 4).size(), 4u);
        define("shop.yml", "format: shop\ntake: {dissect: }\n");
        ASSERT_TRUE(engine->reload()) << "a definition gone wrong stays as it was";
        log_words("calm shop alarm");
        EXPECT_EQ(findings(*engine, 5).size(), 5u);
        define("shop.yml", shop("%{shop.word} else%{other}"));
        ASSERT_TRUE(engine->reload());
        const auto again = engine->read_inbox_again("shop", 100);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->fit, 1u) << "the inbox is read by the definition in force";
        first = exported(*engine);
    }
    // A replay asks nobody but the kept definitions.
    std::filesystem::remove_all(folder_ / "data/formats");
    for (const std::uint32_t batch_rows : {1u, 4'096u}) {
        for (const char* name :
             {"data/state.sqlite", "data/state.sqlite-wal", "data/state.sqlite-shm"}) {
            std::filesystem::remove(folder_ / name);
        }
        auto engine = Engine::open(config(batch_rows));
        ASSERT_TRUE(engine.has_value());
        ASSERT_TRUE((*engine)->start_views());
        EXPECT_EQ(exported(**engine), first) << batch_rows;
    }
}

TEST_F(EngineTest, rows_are_enriched_by_the_lists_of_their_time_in_every_replay) {
    std::ofstream(folder_ / "rules/marked.yml")
        << "title: Important host\nid: 5f0a2a3c-0000-4000-8000-0000000000b1\n"
           "logsource: {product: linux, service: syslog}\n"
           "detection:\n  selection: {host.lists: important, host.role: db}\n"
           "  condition: selection\nlevel: high\n";
    const auto define = [&](const std::string& hosts, const std::string& rest = "") {
        std::filesystem::create_directories(folder_ / "data/lists");
        std::ofstream(folder_ / "data/lists/important.yml")
            << "list: important\nfields: host.name\nfile: hosts.csv\nkey: name\nadd: [role]\n" +
                   rest;
        std::ofstream(folder_ / "data/lists/hosts.csv") << "name,role\n" + hosts;
    };
    define("web-2,db\n");
    std::ofstream(folder_ / "data/lists/wrong.yml") << "list: wrong\nvalues: []\nfeilds: x\n";
    for (int i = 0; i < 3; ++i) log("not important yet");
    std::string first;
    {
        const auto engine = started();
        EXPECT_EQ(engine->lists()->lists().size(), 1u) << "a wrong one does not stop the others";
        exported(*engine);
        define("WEB-1,db\n");
        ASSERT_TRUE(engine->reload());
        for (int i = 0; i < 2; ++i) log("important");
        EXPECT_EQ(findings(*engine, 2).size(), 2u);
        define("web-2,db\n", "match: regex\n");
        ASSERT_TRUE(engine->reload()) << "a list gone wrong stays as it was";
        log("important still");
        EXPECT_EQ(findings(*engine, 3).size(), 3u);
        exported(*engine);
    }
    {
        const auto engine = started();
        EXPECT_TRUE(engine->lists()->find("important")) << "also after a restart";
        log("important after the restart");
        EXPECT_EQ(findings(*engine, 4).size(), 4u);
        std::filesystem::remove_all(folder_ / "data/lists");
        ASSERT_TRUE(engine->reload());
        EXPECT_TRUE(engine->lists()->lists().empty()) << "what is taken away is gone";
        log("no longer important");
        first = exported(*engine);
        EXPECT_EQ(findings(*engine, 4).size(), 4u);
    }
    // A replay asks nobody but the kept lists.
    for (const std::uint32_t batch_rows : {1u, 7u, 4'096u}) {
        for (const char* name :
             {"data/state.sqlite", "data/state.sqlite-wal", "data/state.sqlite-shm"}) {
            std::filesystem::remove(folder_ / name);
        }
        auto engine = Engine::open(config(batch_rows));
        ASSERT_TRUE(engine.has_value());
        ASSERT_TRUE((*engine)->start_views());
        EXPECT_EQ(exported(**engine), first) << batch_rows;
    }
}

TEST_F(EngineTest, rows_whose_lists_are_gone_are_judged_without_them) {
    std::filesystem::create_directories(folder_ / "data/lists");
    std::ofstream(folder_ / "data/lists/a.yml") << "list: a\nfields: host.name\nvalues: [web-1]\n";
    log("alarm one");
    {
        const auto engine = started();
        EXPECT_EQ(findings(*engine, 1).size(), 1u);
    }
    std::filesystem::remove_all(folder_ / "data/kept_lists");
    for (const char* name :
         {"data/state.sqlite", "data/state.sqlite-wal", "data/state.sqlite-shm"}) {
        std::filesystem::remove(folder_ / name);
    }
    auto engine = Engine::open(config());
    ASSERT_TRUE((*engine)->start_views());
    EXPECT_EQ(findings(**engine, 1), std::vector<std::string>{"Saw alarm"});
}

TEST_F(EngineTest, lists_are_placeholders_of_rules_and_a_changed_one_makes_another_rule_set) {
    std::ofstream(folder_ / "rules/marked.yml")
        << "title: Word of a list\nid: 5f0a2a3c-0000-4000-8000-0000000000c1\n"
           "logsource: {product: linux, service: syslog}\n"
           "detection:\n  selection:\n    message|contains|expand: '%words%'\n"
           "  condition: selection\nlevel: low\n";
    const auto define = [&](const std::string& name, const std::string& values) {
        std::filesystem::create_directories(folder_ / "data/lists");
        std::ofstream(folder_ / ("data/lists/" + name + ".yml"))
            << "list: " + name + "\nvalues: " + values + "\n";
    };
    define("words", "[siren]");
    define("unused", "[siren]");
    log("alarm one");
    log("siren one");
    const auto engine = started();
    EXPECT_EQ(findings(*engine, 1).size(), 1u);
    exported(*engine);
    const std::string before = engine->status().ruleset;
    define("unused", "[alarm]");
    ASSERT_TRUE(engine->reload());
    EXPECT_EQ(engine->status().ruleset, before) << "no rule has to do with it";
    define("words", "[siren, alarm]");
    ASSERT_TRUE(engine->reload());
    EXPECT_NE(engine->status().ruleset, before);
    log("alarm two");
    log("siren two");
    EXPECT_EQ(findings(*engine, 3).size(), 3u);
}

TEST_F(EngineTest,
       judges_again_after_a_kill_what_lay_behind_the_checkpoint_and_concludes_the_same) {
    for (int i = 0; i < 20; ++i) log("alarm");
    const auto engine = started();
    EXPECT_EQ(findings(*engine, 20).size(), 20u);
    const std::string expected = exported(*engine);
    // What a kill would leave: the first checkpoint has not come, so all of it is behind.
    std::filesystem::copy(folder_ / "data", folder_ / "killed",
                          std::filesystem::copy_options::recursive);
    Config config = this->config();
    config.data_folder = folder_ / "killed";
    auto again = Engine::open(std::move(config));
    ASSERT_TRUE(again.has_value());
    ASSERT_TRUE((*again)->start_views());
    EXPECT_EQ(exported(**again), expected);
}

TEST_F(EngineTest, judges_by_placeholders_and_counts_what_an_expression_gave_up_on) {
    std::ofstream(folder_ / "rules/marked.yml")
        << "title: Placeholder\nid: 5f0a2a3c-0000-4000-8000-0000000000a1\nlogsource: {product: "
           "linux, service: syslog}\n"
           "detection:\n  selection:\n    message|contains|expand: '%words%'\n"
           "  condition: selection\nlevel: low\n---\n"
           "title: Hostile\nid: 5f0a2a3c-0000-4000-8000-0000000000a2\nlogsource: {product: linux, "
           "service: syslog}\n"
           "detection:\n  selection:\n    message|re: '(?=a)(a+)+$'\n"
           "  condition: selection\nlevel: low\n";
    log("alarm one");
    log(std::string(5'000, 'a') + "b");
    Config wanted = config();
    wanted.placeholders["words"] = {"siren", "alarm"};
    auto engine = Engine::open(std::move(wanted));
    ASSERT_TRUE(engine.has_value());
    ASSERT_TRUE((*engine)->start().has_value());
    EXPECT_EQ(findings(**engine, 1), (std::vector<std::string>{"Placeholder"}));
    exported(**engine);
    EXPECT_NE((*engine)->counters().prometheus().find("vedette_detect_gave_up_total 1\n"),
              std::string::npos);
}

TEST_F(EngineTest, times_are_read_by_what_was_told_of_the_clock_when_they_came) {
    std::error_code error;
    if (!std::filesystem::exists("/usr/share/zoneinfo/Europe/Berlin", error)) {
        GTEST_SKIP() << "no zone database here";
    }
    clocks_.resize(1);
    clocks_[0].source = "lo?s";
    clocks_[0].origin = "*/app.log";
    clocks_[0].zone = "Europe/Berlin";
    log("alarm");
    std::string first;
    {
        const auto engine = started();
        EXPECT_EQ(times(*engine, 1), std::vector<std::string>{"11-22T11:00:00Z"});
    }
    clocks_ = {ClockSettings()};
    clocks_[0].zone = "-05:00";
    clocks_[0].ahead_ms = 60'000;
    log("alarm again");
    {
        const auto engine = started();
        EXPECT_EQ(times(*engine, 2),
                  (std::vector<std::string>{"11-22T11:00:00Z", "11-22T16:59:00Z"}));
        first = exported(*engine);
    }
    for (const char* name :
         {"data/state.sqlite", "data/state.sqlite-wal", "data/state.sqlite-shm"}) {
        std::filesystem::remove(folder_ / name);
    }
    clocks_.clear();
    auto engine = Engine::open(config());
    ASSERT_TRUE(engine.has_value());
    ASSERT_TRUE((*engine)->start_views());
    EXPECT_EQ(exported(**engine), first) << "a replay reads them as they were read";
}

TEST_F(EngineTest, a_zone_that_this_machine_does_not_know_is_said_at_its_place) {
    clocks_.resize(1);
    clocks_[0].zone = "Mars/Phobos";
    clocks_[0].where = "vedette.yml:3:5";
    const auto engine = Engine::open(config());
    ASSERT_FALSE(engine.has_value());
    EXPECT_EQ(engine.error().message(),
              "vedette.yml:3:5: this machine knows no time zone 'Mars/Phobos' (a name like "
              "Europe/Berlin, or an offset like +02:00)");
}

TEST_F(EngineTest, counts_events_that_are_dated_ahead_of_their_arrival) {
    clocks_.resize(1);
    clocks_[0].year = 2200;
    for (int i = 0; i < 12; ++i) log("alarm");
    const auto engine = started();
    findings(*engine, 12);
    const std::string metrics = engine->counters().prometheus();
    EXPECT_NE(metrics.find("vedette_events_ahead_total{source=\"logs\"} 12"), std::string::npos);
    EXPECT_NE(metrics.find("vedette_events_ahead_seconds{source=\"logs\"}"), std::string::npos);
}

TEST_F(EngineTest, says_which_source_cannot_be_made) {
    Config wrong = config();
    wrong.sources[0].settings.kind = "flies";
    auto engine = Engine::open(std::move(wrong));
    ASSERT_TRUE(engine.has_value());
    const auto started = (*engine)->start();
    ASSERT_FALSE(started.has_value());
    EXPECT_NE(started.error().message().find("no kind of source 'flies'"), std::string::npos);
}

}  // namespace
}  // namespace vedette::engine
