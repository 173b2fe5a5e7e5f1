// SPDX-License-Identifier: Apache-2.0
// Events made for each of SigmaHQ's rules, most of which no public sample meets, and near misses of
// them: the compiled matcher finds what the plain one finds.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/compressed.h"
#include "base/files.h"
#include "rule/sigma/rule_set.h"
#include "rule/sigma/test_samples.h"
#include "tests/shared_data.h"
#include "tests/support/meeting_text.h"
#include "tests/support/tar.h"

namespace vedette {
namespace {

using namespace rule::sigma;
using rule::sigma::samples::TestEvent;

constexpr std::uint64_t kSynthesisFileBytesMax = 1u << 30;
constexpr int kNearMissesPerRule = 6;
#ifdef __SANITIZE_ADDRESS__
// Sanitized builds make events for every n-th rule: all of them are for the release build.
constexpr std::size_t kSynthesisStride = 16;
#else
constexpr std::size_t kSynthesisStride = 1;
#endif

std::vector<Rule> sigmahq_rules() {
    const auto bytes = base::read_file(*tests::shared_path("data/sigma/sigmahq-rules.tar.zst"),
                                       kSynthesisFileBytesMax);
    std::string archive;
    base::Decompressor decompressor;
    const auto take = [&](std::string_view part) -> base::Result<void> {
        archive += part;
        return {};
    };
    EXPECT_TRUE(bytes && decompressor.feed(*bytes, take) && decompressor.finish(take));
    TextFiles files;
    for (auto& [name, text] : tests::tar_files(archive)) {
        const bool is_used = name.starts_with("rules/") || name.starts_with("rules-emerging") ||
                             name.starts_with("rules-threat");
        if (is_used && name.ends_with(".yml")) files.emplace_back(name, std::move(text));
    }
    return load_rule_set(files).rules;
}

/// Every log source of the rules, told by a field of its own making.
std::string source_mark(const LogSource& source) { return "source " + source.text(); }

LogSourceMap sources_of(const std::vector<Rule>& rules) {
    LogSourceMap sources;
    std::set<LogSource> known;
    for (const Rule& rule : rules) {
        if (!known.insert(rule.logsource).second) continue;
        std::string entry =
            "logsources: [{match: {SourceMark: '" + source_mark(rule.logsource) + "'}";
        const auto add = [&](const char* key, const std::string& value) {
            if (!value.empty()) entry += std::string(", ") + key + ": '" + value + "'";
        };
        add("category", rule.logsource.category);
        add("product", rule.logsource.product);
        add("service", rule.logsource.service);
        EXPECT_TRUE(sources.add("l.yml", entry + "}]"));
    }
    return sources;
}

/// Makes events that should meet a rule. Values that a field has to meet together become elements
/// of an array, or one text where `is_joined`.
class EventMaker {
  public:
    EventMaker(const Rule& rule, std::mt19937& random, bool is_joined)
        : rule_(rule), random_(random), is_joined_(is_joined) {}

    TestEvent make() {
        event_.values.push_back({"SourceMark", source_mark(rule_.logsource)});
        meet(one_of(rule_.conditions));
        if (is_joined_) join();
        for (const TestEvent::Value& value : event_.values) event_.raw += value.text + "\n";
        return event_;
    }

  private:
    template <typename T>
    const T& one_of(const std::vector<T>& all) {
        return all[random_() % all.size()];
    }

    void meet(const Condition& condition) {
        using Kind = Condition::Kind;
        std::vector<const Selection*> meant;
        for (const Selection& selection : rule_.selections) {
            const bool is_named = condition.kind == Kind::selection
                                      ? condition.name == selection.name
                                      : is_meant(condition.name, selection.name);
            if (is_named) meant.push_back(&selection);
        }
        switch (condition.kind) {
            case Kind::negation: return;  // fields that are not there meet nothing
            case Kind::both:
                for (const Condition& part : condition.parts) meet(part);
                return;
            case Kind::either: return meet(one_of(condition.parts));
            case Kind::selection:
            case Kind::some_of: return meet(*one_of(meant));
            case Kind::all_of:
                for (const Selection* selection : meant) meet(*selection);
                return;
        }
    }

    void meet(const Selection& selection) {
        for (const FieldTest& test : one_of(selection.any_of)) {
            if (test.is_negated) {
                add(test, "something else");
            } else if (test.needs_all) {
                for (const RuleValue& value : test.values) meet(test, one_of(value.any_of));
            } else {
                meet(test, one_of(one_of(test.values).any_of));
            }
        }
    }

    void meet(const FieldTest& test, const ValueTest& form) {
        if (const auto* text = std::get_if<TextTest>(&form)) {
            add(test, tests::text_meeting(text->pattern, random_));
        } else if (const auto* regex = std::get_if<RegexTest>(&form)) {
            add(test, tests::text_meeting(*regex->regex, random_).value_or("none"));
        } else if (const auto* network = std::get_if<NetworkTest>(&form)) {
            add(test, text_of(network->network.address));
        } else if (const auto* number = std::get_if<NumberTest>(&form)) {
            add(test, std::to_string(static_cast<long long>(number->number) +
                                     static_cast<long long>(random_() % 3) - 1));
        } else if (const auto* reference = std::get_if<ReferenceTest>(&form)) {
            add(test, "the same");
            event_.values.push_back({reference->field, "the same"});
        } else if (const auto* exists = std::get_if<ExistsTest>(&form)) {
            if (exists->is_wanted) add(test, "there");
        }
    }

    static std::string text_of(const Address& address) {
        std::string out;
        char part[8];
        const std::size_t step = address.size_bytes == 4 ? 1 : 2;
        for (std::size_t i = 0; i < static_cast<std::size_t>(address.size_bytes); i += step) {
            const unsigned value =
                step == 1 ? address.bytes[i] : address.bytes[i] * 256U + address.bytes[i + 1];
            std::snprintf(part, sizeof part, step == 1 ? "%u" : "%x", value);
            out += (out.empty() ? "" : step == 1 ? "." : ":") + std::string(part);
        }
        return out;
    }

    void add(const FieldTest& test, std::string text) {
        event_.values.push_back({test.field.empty() ? "Message" : test.field, std::move(text)});
    }

    void join() {
        std::vector<TestEvent::Value> joined;
        for (const TestEvent::Value& value : event_.values) {
            const auto same = std::find_if(joined.begin(), joined.end(), [&](const auto& known) {
                return known.field == value.field;
            });
            if (same == joined.end()) {
                joined.push_back(value);
            } else {
                same->text += value.text;
            }
        }
        event_.values = std::move(joined);
    }

    const Rule& rule_;
    std::mt19937& random_;
    bool is_joined_;
    TestEvent event_;
};

/// The event with one thing changed: a character, the case, a part, a value, a field.
TestEvent near_miss(TestEvent event, std::mt19937& random) {
    if (event.values.size() < 2) return event;
    const std::size_t index = 1 + random() % (event.values.size() - 1);
    TestEvent::Value& value = event.values[index];
    const std::size_t at = value.text.empty() ? 0 : random() % value.text.size();
    switch (random() % 9) {
        case 0:
            event.values.erase(event.values.begin() + static_cast<std::ptrdiff_t>(index));
            break;
        case 1: value.text.insert(at, 1, static_cast<char>(random() % 256)); break;
        case 2: value.text.erase(at, 1); break;
        case 3: value.text = value.text.substr(at); break;
        case 4: value.text.resize(at); break;
        case 5:
            for (char& c : value.text) {
                if (random() % 2 == 0 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
            }
            break;
        case 6:
            for (std::size_t i = 0; i < value.text.size(); ++i) {
                if (value.text[i] == 'k') value.text.replace(i, 1, "\xE2\x84\xAA");
                if (value.text[i] == 's') value.text.replace(i, 1, "\xC5\xBF");
            }
            break;
        case 7:
            value.kind = event::ValueKind::null;
            value.text = "null";
            break;
        default: value.is_overflow = true;
    }
    return event;
}

TEST(SigmaSynthesis, events_made_for_each_rule_and_near_misses_give_the_plain_matchers_hits) {
    if (!tests::shared_path("data/sigma/sigmahq-rules.tar.zst")) {
        GTEST_SKIP() << "../shared/data/sigma is not here";
    }
    const std::vector<Rule> rules = sigmahq_rules();
    ASSERT_GT(rules.size(), 3'000u);
    const LogSourceMap sources = sources_of(rules);
    std::mt19937 random(20'261'128);
    std::vector<TestEvent> events;
    std::set<std::string> asked;
    for (std::size_t i = 0; i < rules.size(); i += kSynthesisStride) {
        asked.insert(rules[i].id);
        for (const bool is_joined : {false, true}) {
            events.push_back(EventMaker(rules[i], random, is_joined).make());
        }
        for (int j = 0; j < kNearMissesPerRule; ++j) {
            events.push_back(near_miss(events[events.size() - 1 - random() % 2], random));
        }
    }
    event::FieldDictionary fields;
    PatternSetCache cache;
    const auto program = Program::make(rules, sources, fields, cache);
    ASSERT_TRUE(program);
    CompiledMatcher compiled(*program);
    Matcher plain(rules, sources, fields);
    const std::vector<std::string> expected =
        rule::sigma::samples::all_hits(plain, events, 1'000, fields);
    for (const std::size_t rows_max : {std::size_t{1'000}, std::size_t{7}}) {
        const auto found = rule::sigma::samples::all_hits(compiled, events, rows_max, fields);
        EXPECT_EQ(rule::sigma::samples::difference(expected, found, ""), "");
    }
    std::set<std::string> hit;
    for (const std::string& line : expected) {
        const std::size_t name = line.find(" rule ") + 6;
        hit.insert(line.substr(name, line.find(' ', name) - name));
    }
    std::size_t met = 0;
    for (const std::string& id : asked) met += hit.count(id);
    std::printf("%zu events for %zu rules, %zu hits; %zu of the rules were met\n", events.size(),
                asked.size(), expected.size(), met);
    EXPECT_GT(met * 100, asked.size() * 97) << "the events meet too few of the rules";
}

}  // namespace
}  // namespace vedette
