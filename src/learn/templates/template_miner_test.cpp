// SPDX-License-Identifier: Apache-2.0
#include "learn/templates/template_miner.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "learn/random.h"
#include "learn/templates/test_plain_split.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

/// Lines of a made-up program: texts with places for values.
std::string made_line(Random& random) {
    static const std::vector<std::string> texts = {
        "connection from %h closed",
        "connection from %h opened by user %n",
        "session of user %n ended after %d s",
        "cache %w is full, dropped %d entries",
        "cache %w is empty",
        "state=%w code=%d",
        "reading %p failed: no such file",
        "reading %p failed: permission denied",
        "num=%d,flags=%d",
        "activity=%w{%d %w}",
        "worker %n started",
        "worker %n stopped",
        "retry",
        "%d of %d done",
    };
    static const std::vector<std::string> names = {"alice", "bob",  "carol", "dave", "erin",
                                                   "frank", "gina", "hans",  "ivo"};
    const std::string& text = texts[random.below(static_cast<std::uint32_t>(texts.size()))];
    std::string line;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            line += text[i];
            continue;
        }
        const std::string number = std::to_string(random.below(1'000));
        switch (text[++i]) {
            case 'h': line += "host.example" + number + ".org"; break;
            case 'n': line += names[random.below(9)]; break;
            case 'w': line += names[random.below(3)]; break;
            case 'p': line += "/var/spool/" + number; break;
            default: line += number;
        }
    }
    return line;
}

using Groups = std::set<std::set<std::size_t>>;

TEST(TemplateMiner, PartsTheTextsOfAProgram) {
    Random random(1);
    TemplateMiner miner;
    for (int i = 0; i < 3'000; ++i) miner.learn(made_line(random));
    miner.settle();
    const auto closed = miner.match("connection from host.example7.org closed");
    ASSERT_TRUE(closed);
    EXPECT_EQ(miner.text(*closed), "connection from <*> closed");
    EXPECT_EQ(miner.match("connection from a.b.c closed"), closed);
    EXPECT_EQ(miner.text(*miner.match("worker bob stopped")), "worker <*> stopped");
    EXPECT_EQ(miner.text(*miner.match("session of user zed ended after 7 s")),
              "session of user <*> ended after <*> s");
    EXPECT_EQ(miner.match("segmentation fault in thread main"), std::nullopt);
}

TEST(TemplateMiner, AfterSettlingItsGroupsAreThoseOfThePlainVersion) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Random random(seed);
        TemplateMiner miner({.lines_per_template_max = 10'000});
        std::vector<std::string> lines;
        for (std::uint32_t i = 0; i < 100 * seed; ++i) {
            lines.push_back(made_line(random));
            miner.learn(lines.back());
        }
        miner.settle();
        std::map<std::uint64_t, std::set<std::size_t>> ours;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const auto id = miner.match(lines[i]);
            ASSERT_TRUE(id) << lines[i];
            ours[*id].insert(i);
        }
        Groups found;
        for (auto& [id, group] : ours) found.insert(std::move(group));
        EXPECT_EQ(found, plain_groups(lines)) << "seed " << seed;
    }
}

TEST(TemplateMiner, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const TemplateLimits limits{9, 60, 8, 1 << 20};
        Random random(seed);
        TemplateMiner whole(limits), stopped(limits);
        const std::uint32_t stop = random.below(400);
        for (std::uint32_t i = 0; i < 400; ++i) {
            const std::string line = made_line(random);
            const auto a = whole.learn(line), b = stopped.learn(line);
            ASSERT_EQ(a.template_id, b.template_id);
            ASSERT_EQ(a.is_new, b.is_new);
            ASSERT_EQ(a.count, b.count);
            if (i != stop) continue;
            TemplateMiner other(limits);
            const auto restored = restore_sealed(other, save_sealed(stopped));
            ASSERT_TRUE(restored) << restored.error().message();
            stopped = std::move(other);
        }
        EXPECT_EQ(whole.checksum(), stopped.checksum());
        EXPECT_EQ(whole.memory_bytes(), stopped.memory_bytes());
        EXPECT_EQ(whole.ids(), stopped.ids());
    }
}

TEST(TemplateMiner, NoLineIsLostInTheCounts) {
    Random random(3);
    TemplateMiner miner;
    for (int i = 0; i < 2'000; ++i) miner.learn(made_line(random));
    std::uint64_t sum = 0;
    for (const std::uint64_t id : miner.ids()) sum += miner.count(id);
    EXPECT_EQ(sum, 2'000u);
    EXPECT_EQ(miner.forgotten_count(), 0u);
}

TEST(TemplateMiner, AnIdThatWentIntoAnotherIsForwarded) {
    TemplateMiner miner;
    const auto first = miner.learn("worker alice started up again now");
    for (const char* name : {"bob", "carol", "dave", "erin", "frank", "gina", "hans"}) {
        miner.learn("worker " + std::string(name) + " started up again now");
    }
    miner.settle();
    const auto now = miner.resolve(first.template_id);
    ASSERT_TRUE(now);
    EXPECT_EQ(miner.count(*now), 8u);
    EXPECT_EQ(miner.text(*now), "worker <*> started up again now");
}

TEST(TemplateMiner, StaysWithinItsLimitsWhateverComes) {
    Random random(5);
    TemplateMiner miner({200, 500, 16, 300'000});
    for (int i = 0; i < 6'000; ++i) {
        std::string line;
        for (std::uint32_t words = random.below(9); words > 0; --words) {
            for (std::uint32_t letters = random.below(5); letters > 0; --letters) {
                line += static_cast<char>('g' + random.below(12));
            }
            line += random.below(5) == 0 ? '=' : ' ';
        }
        miner.learn(line);
    }
    EXPECT_LE(miner.template_count(), 200u);
    EXPECT_LE(miner.memory_bytes(), 300'000u);
    EXPECT_GT(miner.forgotten_count(), 0u);
    const auto sound = miner.check_invariants();
    EXPECT_TRUE(sound) << sound.error().message();
}

TEST(TemplateMiner, ADamagedStateIsRefused) {
    Random random(7);
    TemplateMiner miner;
    for (int i = 0; i < 60; ++i) miner.learn(made_line(random));
    const auto make = [] { return TemplateMiner(); };
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(miner), 3));
    TemplateMiner smaller({.templates_max = 7});
    EXPECT_FALSE(restore_sealed(smaller, save_sealed(miner))) << "a state of other limits";
}

}  // namespace
}  // namespace vedette::learn
