// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/feed_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>
#include <set>
#include <unordered_set>

#include "rule/intel/domain_name.h"
#include "rule/intel/indicator_index.h"
#include "rule/intel/limits.h"
#include "tests/support/faulty_files.h"
#include "tests/support/temporary_folder.h"

namespace vedette::rule::intel {
namespace {

using Typed = std::pair<IndicatorType, std::string>;

std::string key_of(IndicatorType type, std::string_view text) {
    std::string room;
    const auto key = make_key(type, text, room);
    EXPECT_TRUE(key) << text;
    return std::string(key.value_or(""));
}

FeedSet set_of(const std::vector<Typed>& values, const std::string& feed = "feed") {
    FeedSetBuilder builder(feed);
    for (const auto& [type, text] : values)
        builder.add(type, key_of(type, text), {0, 0, 50, "", {}});
    return builder.finish().set;
}

IndicatorIndex index_of(const std::vector<Typed>& values) {
    return IndicatorIndex({std::make_shared<const FeedSet>(set_of(values))});
}

std::vector<std::string> found(const IndicatorIndex& index, IndicatorType type,
                               std::string_view text) {
    std::vector<IndicatorIndex::Hit> hits;
    std::string room;
    index.find_value(type, text, room, hits);
    std::vector<std::string> out;
    for (const auto& hit : hits) out.push_back(value_text(hit.indicator.type, hit.indicator.key));
    return out;
}

TEST(FeedSet, finds_a_domain_in_all_names_below_it_and_in_no_other) {
    const auto index = index_of(
        {{IndicatorType::domain, "evil.example"}, {IndicatorType::domain, "a.b.evil.example"}});
    using Names = std::vector<std::string>;
    EXPECT_EQ(found(index, IndicatorType::domain, "evil.example"), Names{"evil.example"});
    EXPECT_EQ(found(index, IndicatorType::domain, "X.EVIL.example."), Names{"evil.example"});
    EXPECT_EQ(found(index, IndicatorType::domain, "x.a.b.evil.example"),
              (Names{"a.b.evil.example", "evil.example"}));
    EXPECT_EQ(found(index, IndicatorType::domain, "notevil.example"), Names{});
    EXPECT_EQ(found(index, IndicatorType::domain, "example"), Names{});
    EXPECT_EQ(found(index, IndicatorType::domain, "evil.example.com"), Names{});
}

TEST(FeedSet, finds_an_address_in_all_networks_that_hold_it) {
    const auto index = index_of({{IndicatorType::network, "192.0.2.0/24"},
                                 {IndicatorType::network, "192.0.2.7"},
                                 {IndicatorType::network, "2001:db8::/32"},
                                 {IndicatorType::network, "0.0.0.0/0"}});
    using Names = std::vector<std::string>;
    EXPECT_EQ(found(index, IndicatorType::network, "192.0.2.7"),
              (Names{"192.0.2.7", "192.0.2.0/24", "0.0.0.0/0"}));
    EXPECT_EQ(found(index, IndicatorType::network, "::ffff:192.0.2.8"),
              (Names{"192.0.2.0/24", "0.0.0.0/0"}));
    EXPECT_EQ(found(index, IndicatorType::network, "192.0.3.8"), Names{"0.0.0.0/0"});
    EXPECT_EQ(found(index, IndicatorType::network, "2001:db8:1::1"), Names{"2001:db8::/32"});
    EXPECT_EQ(found(index, IndicatorType::network, "2001:db9::1"), Names{})
        << "version 6 is not in 0.0.0.0/0";
}

TEST(FeedSet, keeps_types_apart) {
    const std::string digits(32, 'a');
    const auto index = index_of({{IndicatorType::ja3, digits}});
    EXPECT_EQ(found(index, IndicatorType::ja3, digits).size(), 1u);
    EXPECT_TRUE(found(index, IndicatorType::md5, digits).empty());
    EXPECT_TRUE(index.has(IndicatorType::ja3));
    EXPECT_FALSE(index.has(IndicatorType::md5));
}

TEST(FeedSet, of_several_entries_with_one_value_the_surest_stays) {
    FeedSetBuilder builder("feed");
    const std::string key = key_of(IndicatorType::domain, "evil.example");
    builder.add(IndicatorType::domain, key, {10, 20, 40, "early", {}});
    builder.add(IndicatorType::domain, key, {10, 20, 90, "sure", {"T1071"}});
    builder.add(IndicatorType::domain, key, {10, 0, 90, "sure and for ever", {"T1071", "T1105"}});
    const auto built = builder.finish();
    EXPECT_EQ(built.repeated, 2u);
    ASSERT_EQ(built.set.size(), 1u);
    const auto view =
        built.set.find(IndicatorType::domain, key, indicator_hash(IndicatorType::domain, key));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->label, "sure and for ever");
    EXPECT_EQ(view->attack, "T1071,T1105");
    EXPECT_EQ(view->confidence, 90);
    EXPECT_EQ(view->until_s, 0);
    EXPECT_TRUE(view->counts_at(INT64_MAX / 2));
}

using Random = std::mt19937_64;

/// Names that share endings, so that many lie below each other.
std::string any_name(Random& random) {
    std::string out;
    for (std::size_t i = 0, labels = 2 + random() % 4; i < labels; ++i) {
        out += (i > 0 ? "." : "") + std::string(1, static_cast<char>('a' + random() % 4));
    }
    return out;
}

std::string any_address(Random& random) {
    const auto part = [&] { return std::to_string(random() % 4); };
    if (random() % 2 == 0) return "10.0." + part() + "." + part();
    return "2001:db8::" + part() + ":" + part();
}

/// The networks of a plain set that hold an address.
std::set<std::string> holding(const std::set<std::string>& networks, const std::string& address) {
    std::set<std::string> out;
    const auto at = event::read_address(address);
    for (const std::string& known : networks) {
        const auto network = event::read_network(known);
        if (at->is_v4() == network->address.is_v4() &&
            at->masked(network->prefix_bits) == network->address) {
            out.insert(known);
        }
    }
    return out;
}

std::set<std::string> as_set(const std::vector<std::string>& values) {
    return {values.begin(), values.end()};
}

TEST(FeedSet, finds_what_a_plain_set_finds_and_nothing_else) {
    rc::check([](std::uint64_t seed) {
        Random random(seed);
        std::set<std::string> names, networks;
        std::vector<Typed> values;
        for (std::size_t i = 0, count = random() % 300; i < count; ++i) {
            if (random() % 2 == 0) {
                values.emplace_back(IndicatorType::domain, any_name(random));
                names.insert(values.back().second);
            } else {
                std::string text = any_address(random);
                const std::size_t width = text[0] == '1' ? 32 : 128;
                text += "/" + std::to_string(width - random() % 9);
                values.emplace_back(IndicatorType::network, text);
                networks.insert(event::read_network(text)->text());
            }
        }
        const auto index = index_of(values);
        RC_ASSERT(index.size() == names.size() + networks.size());
        for (int i = 0; i < 100; ++i) {
            const std::string name = any_name(random);
            std::set<std::string> expected;
            for (const std::string& known : names) {
                if (name == known || name.ends_with("." + known)) expected.insert(known);
            }
            const auto got = found(index, IndicatorType::domain, name);
            RC_ASSERT(as_set(got) == expected);
            RC_ASSERT(got.size() == expected.size());
            const std::string address = any_address(random);
            RC_ASSERT(as_set(found(index, IndicatorType::network, address)) ==
                      holding(networks, address));
        }
    });
}

TEST(FeedSet, of_many_values_has_no_false_hit) {
    FeedSetBuilder builder("feed");
    std::unordered_set<std::string> plain;
    constexpr int kCount = 200'000;
    for (int i = 0; i < kCount; ++i) {
        const std::string name = "n" + std::to_string(i * 7) + ".example";
        plain.insert(name);
        ASSERT_TRUE(builder.add(IndicatorType::domain, name, {0, 0, 50, "", {}}));
    }
    auto built = builder.finish();
    EXPECT_EQ(built.crowded, 0u);
    const IndicatorIndex index({std::make_shared<const FeedSet>(std::move(built.set))});
    std::vector<IndicatorIndex::Hit> hits;
    for (int i = 0; i < 2 * kCount; ++i) {
        const std::string name = "n" + std::to_string(i * 5) + ".example";
        hits.clear();
        index.find(IndicatorType::domain, name, hits);
        ASSERT_EQ(!hits.empty(), plain.contains(name)) << name;
    }
    EXPECT_LT(index.memory_bytes(), 90u * kCount);
}

class KeptFeedSet : public testing::Test {
  protected:
    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
};

TEST_F(KeptFeedSet, comes_back_as_it_was) {
    FeedSetBuilder builder("abuse");
    for (int i = 0; i < 100'000; ++i) {
        builder.add(IndicatorType::domain, "x" + std::to_string(i) + ".example",
                    {i % 3,
                     i % 5 + 10,
                     static_cast<std::uint8_t>(i % 101),
                     "label " + std::to_string(i % 7),
                     {"T1059"}});
    }
    const FeedSet set = builder.finish().set;
    ASSERT_TRUE(set.save(files_, folder_.path()));
    const auto back = FeedSet::load(files_, folder_.path(), set.hash().hex());
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->size(), set.size());
    EXPECT_EQ(back->feed(), "abuse");
    std::size_t same = 0;
    set.for_each([&](const IndicatorView& view) {
        const auto other = back->find(view.type, view.key, indicator_hash(view.type, view.key));
        same += other && other->confidence == view.confidence && other->from_s == view.from_s &&
                other->until_s == view.until_s && other->label == view.label &&
                other->attack == view.attack;
    });
    EXPECT_EQ(same, set.size());
}

TEST_F(KeptFeedSet, that_is_damaged_anywhere_is_refused) {
    const FeedSet set = set_of({{IndicatorType::domain, "evil.example"},
                                {IndicatorType::network, "192.0.2.0/24"},
                                {IndicatorType::md5, std::string(32, 'a')}});
    ASSERT_TRUE(set.save(files_, folder_.path()));
    const std::string path = folder_.path() + "/" + set.hash().hex();
    const auto size = files_.size_bytes(path);
    ASSERT_TRUE(size);
    const std::string whole = *files_.read(path, 0, *size);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string bad = whole;
        bad[i] = static_cast<char>(bad[i] ^ 0x21);
        ASSERT_TRUE(files_.replace(path, bad));
        EXPECT_FALSE(FeedSet::load(files_, folder_.path(), set.hash().hex())) << "byte " << i;
        ASSERT_TRUE(files_.replace(path, whole.substr(0, i)));
        EXPECT_FALSE(FeedSet::load(files_, folder_.path(), set.hash().hex())) << "cut at " << i;
    }
    EXPECT_FALSE(FeedSet::load(files_, folder_.path(), "../x"));
}

TEST_F(KeptFeedSet, is_there_whole_or_not_at_all_when_writing_fails) {
    const FeedSet set = set_of({{IndicatorType::domain, "evil.example"}});
    tests::FaultyFiles faulty;
    for (int call = 0;; ++call) {
        faulty.fail_from(call, 1, ENOSPC);
        const bool is_saved = set.save(faulty, folder_.path()).has_value();
        const bool is_there =
            files_.size_bytes(folder_.path() + "/" + set.hash().hex()).has_value();
        if (is_there) {
            EXPECT_TRUE(FeedSet::load(files_, folder_.path(), set.hash().hex()));
            ASSERT_TRUE(files_.remove(folder_.path() + "/" + set.hash().hex()));
        }
        if (is_saved) break;
        ASSERT_LT(call, 100);
    }
}

}  // namespace
}  // namespace vedette::rule::intel
