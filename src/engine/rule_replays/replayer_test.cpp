// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/replayer.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "cases/retrospective.h"

namespace vedette::engine::rule_replays {
namespace {

using base::ErrorCode;

class FixedClock final : public base::Clock {
  public:
    base::Timestamp now() const override { return {1'800'000'000 * base::kNsPerSecond}; }
};

std::string rule_text(const std::string& id, const std::string& word,
                      const std::string& title = "A rule") {
    return "title: " + title + "\nid: " + id +
           "\nlogsource: {product: test}\ndetection:\n    k: [" + word +
           "]\n    condition: k\nlevel: low\n";
}

constexpr const char* kSources = "product: test\nlogsources:\n  - match: {dataset: '*'}\n";

RuleSet set_of(const std::map<std::string, std::string>& files, const char* sources = kSources) {
    RuleSet set;
    std::string all = sources;
    for (const auto& [name, text] : files) {
        set.inputs.rule_files.emplace_back(name, text);
        all += name + text;
    }
    set.inputs.logsource_files.emplace_back("sources.yml", sources);
    set.hash = base::hash128(all);
    return set;
}

/// A server of which only the journal outlives a kill. Its history has one event a rule.
class World {
  public:
    /// Puts a set in force, as a reload does.
    void use(const RuleSet& set) {
        sets_[set.hash.hex()] = set;
        journal_.push_back(ruleset_control(set));
    }

    /// Where the process is killed: before the n-th record is written, or right behind it.
    struct Kill {
        int record;
        bool is_written;
    };

    /// One life: reads the journal, then does what is to be done.
    base::Result<void> live() { return live(Kill{-1, false}); }
    base::Result<void> live(Kill kill) {
        book_ = ReplayBook();
        concluded_.clear();
        read_ = 0;
        int written = 0;
        Replayer replayer(ReplayerParts{clock_, counters_, days,
                                        [this](const std::string& name) -> base::Result<RuleSet> {
                                            const auto found = sets_.find(name);
                                            if (found == sets_.end())
                                                return base::fail(ErrorCode::not_found, "no set");
                                            return found->second;
                                        },
                                        [this](const ReplayedRule& rule, const HistoryRange& range,
                                               const HistoryWatcher&) { return look(rule, range); },
                                        [this] { return journal_.size(); },
                                        [this](const std::vector<cases::Finding>& findings) {
                                            std::set<std::string> known;
                                            for (const auto& one : findings) {
                                                if (concluded_.count(one.id) > 0)
                                                    known.insert(one.id);
                                            }
                                            return base::Result<std::set<std::string>>(known);
                                        },
                                        [&](std::string payload) -> base::Result<journal::Offset> {
                                            const bool is_killed = written++ == kill.record;
                                            if (!is_killed || kill.is_written)
                                                journal_.push_back(std::move(payload));
                                            if (is_killed)
                                                return base::fail(ErrorCode::cancelled, "killed");
                                            return journal_.size();
                                        }});
        for (;;) {
            read_on();
            replayer.offer(book_, journal_.size());
            VD_TRY(const bool is_done, replayer.do_next());
            if (!is_done) return {};
        }
    }

    const ReplayBook& book() const { return book_; }
    /// finding id -> how often it was concluded.
    const std::map<std::string, int>& concluded() const { return concluded_; }
    /// Rules in the order in which the history was asked for them.
    std::vector<std::string> looked_at;
    std::vector<journal::Offset> before;
    std::function<base::Result<HistoryFindings>(const ReplayedRule&)> history;
    int days = 7;
    std::vector<std::string>& journal() { return journal_; }

    /// As the pipeline does.
    void read_on() {
        for (; read_ < journal_.size(); ++read_) {
            const std::string& payload = journal_[read_];
            if (const auto seen = rules_seen_of_control(payload)) book_.observe_seen(*seen);
            if (const auto hash = ruleset_of_control(payload); !hash.empty()) {
                book_.observe_set(hash, read_ + 1);
            }
            const auto outcome = replay_outcome_of_control(payload);
            if (!outcome || !book_.observe_outcome(*outcome)) continue;
            for (const cases::Finding& finding : outcome->findings) ++concluded_[finding.id];
        }
        ReplayBook again;
        ASSERT_TRUE(again.restore(book_.save()));
        ASSERT_EQ(again.save(), book_.save());
    }

  private:
    base::Result<HistoryFindings> look(const ReplayedRule& rule, const HistoryRange& range) {
        looked_at.push_back(rule.id);
        before.push_back(range.before);
        if (history) return history(rule);
        HistoryFindings out;
        out.events = 10;
        out.hits = 1;
        cases::Finding finding;
        finding.id = "finding of " + rule.id;
        finding.rule_id = rule.id;
        cases::mark_retrospective(finding, "the rule");
        out.findings.push_back(finding);
        return out;
    }

    FixedClock clock_;
    base::CounterRegistry counters_;
    std::map<std::string, RuleSet> sets_;
    std::vector<std::string> journal_;
    std::size_t read_ = 0;
    ReplayBook book_;
    std::map<std::string, int> concluded_;
};

std::vector<std::string> states(const ReplayBook& book) {
    std::vector<std::string> out;
    for (const auto& entry : book.entries()) {
        out.push_back(entry.rule.id + " " + std::string(name(entry.outcome.state)));
    }
    return out;
}

using Texts = std::vector<std::string>;

TEST(Replayer, replays_what_was_added_or_changed_once_and_nothing_of_the_first_set) {
    World world;
    world.use(set_of({{"a", rule_text("a", "x")}}));
    ASSERT_TRUE(world.live());
    EXPECT_TRUE(world.looked_at.empty()) << "a server that begins has no history";
    world.use(set_of({{"a", rule_text("a", "x")}, {"b", rule_text("b", "y")}}));
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, Texts{"b"});
    world.use(set_of({{"a", rule_text("a", "other")}, {"b", rule_text("b", "y")}}));
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, (Texts{"b", "a"}));
    ASSERT_TRUE(world.live()) << "another start";
    EXPECT_EQ(world.looked_at, (Texts{"b", "a"}));
    EXPECT_EQ(states(world.book()), (Texts{"b done", "a done"}));
    EXPECT_EQ(world.before, (std::vector<journal::Offset>{3, 6}))
        << "up to the record that put it in force";
}

TEST(Replayer, asks_for_what_a_rule_means_and_not_for_how_it_is_written) {
    World world;
    world.use(set_of({{"a", rule_text("a", "x", "One title")}}));
    world.use(set_of({{"b", rule_text("a", "x", "Another") + "# and a remark\n"}}));
    ASSERT_TRUE(world.live());
    EXPECT_TRUE(world.looked_at.empty());
}

TEST(Replayer, replays_a_rule_whose_log_source_is_placed_otherwise) {
    World world;
    const std::map<std::string, std::string> files{{"a", rule_text("a", "x")}};
    world.use(set_of(files));
    world.use(set_of(files, "product: test\nlogsources:\n  - match: {dataset: 'linux.*'}\n"));
    world.use(set_of(files));
    ASSERT_TRUE(world.live());
    // Its turn comes when the first log source is back: that content was known from the beginning.
    EXPECT_TRUE(world.looked_at.empty());
    EXPECT_EQ(states(world.book()), Texts{"a skipped"});
    world.use(set_of(files, "product: test\nlogsources:\n  - match: {dataset: 'linux.*'}\n"));
    ASSERT_TRUE(world.live());
    EXPECT_EQ(states(world.book()), (Texts{"a skipped", "a done"}));
}

TEST(Replayer, does_not_replay_what_comes_back) {
    World world;
    const auto without = set_of({{"a", rule_text("a", "x")}});
    const auto with = set_of({{"a", rule_text("a", "x")}, {"b", rule_text("b", "y")}});
    world.use(without);
    world.use(with);
    ASSERT_TRUE(world.live());
    world.use(without);
    world.use(with);
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, Texts{"b"});
    EXPECT_EQ(world.concluded(), (std::map<std::string, int>{{"finding of b", 1}}));
}

TEST(Replayer, replays_what_was_gone_before_its_turn_when_it_comes_back) {
    World world;
    const auto without = set_of({{"a", rule_text("a", "x")}});
    const auto with = set_of({{"a", rule_text("a", "x")}, {"b", rule_text("b", "y")}});
    for (const RuleSet& set : {without, with, without}) world.use(set);
    ASSERT_TRUE(world.live());
    EXPECT_TRUE(world.looked_at.empty());
    world.use(with);
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, Texts{"b"});
    EXPECT_EQ(states(world.book()), (Texts{"b skipped", "b done"}));
}

TEST(Replayer, replays_nothing_when_it_is_turned_off_and_nothing_of_that_later) {
    World world;
    world.days = 0;
    world.use(set_of({{"a", rule_text("a", "x")}}));
    world.use(set_of({{"a", rule_text("a", "x")}, {"b", rule_text("b", "y")}}));
    ASSERT_TRUE(world.live());
    world.days = 7;
    world.use(set_of({{"b", rule_text("b", "y")}, {"c", rule_text("c", "z")}}));
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, Texts{"c"});
}

TEST(Replayer, has_every_finding_once_wherever_it_is_killed) {
    std::map<std::string, std::string> files;
    for (const char* id : {"a", "b", "c"}) files[id] = rule_text(id, id);
    // 2 records about sets, 3 about rules.
    for (int record = 0; record < 5; ++record) {
        for (const bool is_written : {false, true}) {
            World world;
            world.use(set_of({{"z", rule_text("z", "z")}}));
            world.use(set_of(files));
            EXPECT_FALSE(world.live({record, is_written}));
            ASSERT_TRUE(world.live());
            EXPECT_EQ(states(world.book()), (Texts{"a done", "b done", "c done"}));
            EXPECT_EQ(world.concluded(),
                      (std::map<std::string, int>{
                          {"finding of a", 1}, {"finding of b", 1}, {"finding of c", 1}}))
                << record << is_written;
        }
    }
}

TEST(Replayer, counts_a_record_that_was_written_twice_once) {
    World world;
    world.use(set_of({{"a", rule_text("a", "x")}}));
    world.use(set_of({{"b", rule_text("b", "y")}}));
    ASSERT_TRUE(world.live());
    const Texts whole = world.journal();
    for (const std::string& record : whole) world.journal().push_back(record);
    world.read_on();
    EXPECT_EQ(world.concluded(), (std::map<std::string, int>{{"finding of b", 1}}));
}

TEST(Replayer, tries_again_where_the_store_does_not_answer_and_tells_what_fails) {
    World world;
    world.use(set_of({{"a", rule_text("a", "x")}}));
    world.use(set_of({{"b", rule_text("b", "y")}, {"c", rule_text("c", "z")}}));
    world.history = [](const ReplayedRule&) -> base::Result<HistoryFindings> {
        return base::fail(ErrorCode::unavailable, "not up");
    };
    EXPECT_FALSE(world.live());
    EXPECT_EQ(states(world.book()), (Texts{"b waiting", "c waiting"}));
    world.history = [](const ReplayedRule& rule) -> base::Result<HistoryFindings> {
        if (rule.id == "b") return base::fail(ErrorCode::bad_input, "it cannot be asked");
        return HistoryFindings();
    };
    ASSERT_TRUE(world.live());
    EXPECT_EQ(states(world.book()), (Texts{"b failed", "c done"}));
    EXPECT_EQ(world.book().entries()[0].outcome.reason, "it cannot be asked");
}

TEST(Replayer, gives_a_correlation_its_rules_and_replays_it_when_one_of_them_changes) {
    const auto correlation = [](const std::string& word) {
        return set_of({{"c", rule_text("a", word) +
                                 "---\ntitle: Many\nid: many\ncorrelation:\n    type: event_count\n"
                                 "    rules: [a]\n    group-by: [user.name]\n    timespan: 1h\n"
                                 "    condition: {gte: 3}\nlevel: high\n"}});
    };
    World world;
    world.use(set_of({{"z", rule_text("z", "z")}}));
    world.use(correlation("x"));
    world.history = [](const ReplayedRule& rule) -> base::Result<HistoryFindings> {
        EXPECT_TRUE(rule.is_correlation());
        EXPECT_EQ(rule.loaded.rules.size(), 1u);
        EXPECT_TRUE(rule.loaded.rules[0].is_silent);
        EXPECT_FALSE(rule.loaded.correlations.back().is_silent);
        return HistoryFindings();
    };
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, Texts{"many"}) << "the rule raises nothing by itself";
    world.use(correlation("y"));
    ASSERT_TRUE(world.live());
    EXPECT_EQ(world.looked_at, (Texts{"many", "many"}));
}

}  // namespace
}  // namespace vedette::engine::rule_replays
