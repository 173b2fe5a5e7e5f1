// SPDX-License-Identifier: Apache-2.0
// Rules replayed over a real store against the plain matcher on the same rows in memory: whatever
// is left to the store, however values are written, the same events are hit.

#include <set>

#include "engine/replay/replay.h"
#include "parse/parser.h"
#include "rule/sigma/matcher.h"
#include "store/promotion.h"
#include "tests/search_store.h"

namespace vedette {
namespace {

using engine::replay::ReplayOptions;
using engine::replay::ReplayResult;
using rule::sigma::Rule;

constexpr std::string_view kSources =
    "logsources:\n"
    "  - {product: any, match: {}}\n"
    "  - {product: sshd, match: {dataset: 'LINUX.*'}, fields: {Account: user.name, port: "
    "source.port}}\n"
    "  - {product: coded, any: [{match: {event.code: ['5', root]}}, {match: {dataset: text, bytes: "
    "'*'}, fields: {Account: message}}]}\n";

class ReplayStore : public SearchStore {
  protected:
    void SetUp() override {
        SearchStore::SetUp();
        if (IsSkipped()) return;
        ASSERT_TRUE(sources_.add("l.yml", kSources));
        from_ = {kNow.unix_ns - 86'400 * base::kNsPerSecond};
    }

    Rule rule_of(const std::string& logsource, const std::string& detection) {
        const std::string text = "title: T\nid: t\nlogsource: {product: " + logsource +
                                 "}\ndetection:\n" + detection + "\n";
        auto loaded = rule::sigma::load_rules("r.yml", text);
        EXPECT_TRUE(loaded.refusals.empty()) << text << loaded.refusals.front().error.message();
        return std::move(loaded.rules.at(0));
    }

    std::set<event::EventId> in_memory(const Rule& rule) {
        rule::sigma::Matcher matcher({rule}, sources_, fields_);
        std::vector<rule::sigma::Matcher::Hit> hits;
        matcher.match(batch_, hits);
        std::set<event::EventId> ids;
        for (const auto& hit : hits) ids.insert(batch_.rows()[hit.row].id);
        return ids;
    }

    base::Result<ReplayResult> replay(const Rule& rule, ReplayOptions options) {
        store::ClientOptions client;
        client.endpoint = store_.supervisor().endpoint();
        options.range = {from_, {kNow.unix_ns + 1}};
        options.ids_max = kRows;
        return engine::replay::replay(client, rule, sources_, options,
                                      [](const auto&) { return true; });
    }

    /// Rows of this test have records that are no rendering of their fields, so an event whose
    /// columns do not tell enough stays undecided and counts as it is read at first sight: the way
    /// these rows were made.
    void expect_same(const Rule& rule, const std::string& what, bool is_pushed_down) {
        ReplayOptions options;
        options.is_pushed_down = is_pushed_down;
        options.promoted = promoted_;
        options.is_compiled = ++replays_ % 3 != 0;
        options.half_events_min = replays_ % 2 == 0 ? 100 : kRows + 1;
        const auto result = replay(rule, options);
        ASSERT_TRUE(result) << what << ": " << result.error().message();
        const std::set<event::EventId> expected = in_memory(rule);
        const std::set<event::EventId> found(result->ids.begin(), result->ids.end());
        EXPECT_EQ(found.size(), result->hits) << what;
        EXPECT_TRUE(found == expected)
            << what << ": " << found.size() << " found, " << expected.size() << " expected";
        EXPECT_EQ(result->events, kRows);
        hits_ += result->hits;
    }

    std::string value() {
        const std::string text = any(kTexts);
        std::string quoted = "'";
        for (const char c : text) {
            if (c == '\'') quoted += '\'';
            quoted += c == '\n' || c == '\t' ? ' ' : c;
        }
        return quoted + "'";
    }

    std::string line() {
        static const std::vector<std::string> kNames = {
            "user.name", "source.ip",  "source.port", "message", "bytes",    "CommandLine",
            "odd name",  "event.code", "rare.key",    "Account", "url.path", "process.pid"};
        static const std::vector<std::string> kModifiers = {
            "",       "|contains",     "|startswith", "|endswith",
            "|cased", "|contains|all", "|neq",        "|contains|cased"};
        const std::string name = "'" + any(kNames);
        const double luck = std::uniform_real_distribution<double>(0, 1)(random_);
        if (luck < 0.06) return name + "': null";
        if (luck < 0.12) return name + "|exists': " + (is_luck(0.5) ? "true" : "false");
        if (luck < 0.18) return name + "|gte': " + any({"5", "1000", "-3", "0"});
        if (luck < 0.24) return name + "|cidr': " + any({"10.0.0.0/24", "::/0"});
        if (luck < 0.30) return name + "|re': '" + any({"^r..t", "o+", "^$", "[0-9]$"}) + "'";
        if (luck < 0.34) return name + "|fieldref': message";
        const std::string suffix = any(kModifiers) + "': ";
        if (is_luck(0.5)) return name + suffix + value();
        return name + suffix + "[" + value() + ", " + value() + ", " + any({"'r*t'", "'*5?0'"}) +
               "]";
    }

    void promote(const std::vector<std::string>& fields) {
        store::Client client = store_.client();
        auto columns = std::make_shared<rule::search::PromotedColumns>();
        for (const std::string& field : fields) {
            ASSERT_TRUE(store::promote_field(client, field));
            for (bool is_left = true; is_left;) {
                const auto filled = store::fill_promoted(client, field, [] { return true; });
                ASSERT_TRUE(filled) << filled.error().message();
                is_left = filled->has_value();
            }
            columns->emplace(field, store::promoted_column(field));
        }
        promoted_ = std::move(columns);
    }

    void expect_rules_made_at_random(int rules) {
        for (int i = 0; i < rules; ++i) {
            std::string detection;
            for (const char* name : {"s1", "s2", "t"}) {
                detection += std::string("  ") + name + ":\n    " + line() + "\n";
                if (is_luck(0.3)) detection += "    'event.action': " + value() + "\n";
            }
            const std::string condition =
                any({"s1", "s1 and s2", "s1 or s2", "not s1", "s1 and not t", "1 of s*",
                     "all of s* and not t", "not (s1 or t) and s2"});
            const std::string logsource = any({"any", "sshd", "coded"});
            const std::string what = logsource + ": " + condition + "\n" + detection;
            const Rule rule = rule_of(logsource, detection + "  condition: " + condition);
            expect_same(rule, what, true);
            if (is_luck(0.2)) expect_same(rule, what + " (read in full)", false);
            if (HasFailure()) return;
        }
    }

    rule::sigma::LogSourceMap sources_;
    std::shared_ptr<const rule::search::PromotedColumns> promoted_;
    base::Timestamp from_;
    std::uint64_t hits_ = 0, replays_ = 0;
};

TEST_F(ReplayStore, hits_what_the_plain_matcher_hits) {
    expect_rules_made_at_random(60);
    EXPECT_GT(hits_, 4'000u);
}

TEST_F(ReplayStore, hits_the_same_where_some_fields_of_the_map_have_columns) {
    // Some only: what columns tell stands before what the map tells.
    promote({"CommandLine", "Account", "bytes"});
    expect_rules_made_at_random(60);
    EXPECT_GT(hits_, 4'000u);
}

TEST_F(ReplayStore, finds_keywords_as_the_plain_matcher_does) {
    for (const std::string keyword :
         {"root", "'a.b'", "'failed*root'", "'J\xC3\x9CRGEN'", "nobody"}) {
        expect_same(rule_of("any", "  k: [" + keyword + "]\n  condition: k"), keyword, true);
    }
    EXPECT_GT(hits_, 1'000u);
}

TEST_F(ReplayStore, leaves_letters_that_fold_into_ascii_to_the_matcher) {
    // The row that has them is added to the store behind the others.
    raws_.emplace_back("x");
    event::Row& row = batch_.add_row();
    row.raw = raws_.back();
    row.id = {90'000, 0};
    row.time = row.arrival = {kNow.unix_ns - 1};
    row.dataset = batch_.dataset_index("text");
    batch_.add(*fields_.find("user.name"), "\xE2\x84\xAA\xC4\xB0ng");
    insert(kRows, kRows + 1);
    const Rule rule = rule_of("any", "  s: {user.name: king}\n  condition: s");
    EXPECT_EQ(in_memory(rule).size(), 1u);
    const auto result = replay(rule, {});
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->hits, 1u);
}

TEST_F(ReplayStore, reads_columns_of_promoted_fields_alike) {
    promote({"CommandLine"});
    ReplayOptions options;
    options.promoted = promoted_;
    for (const std::string line : {"CommandLine|contains: root", "CommandLine|neq: root",
                                   "CommandLine|exists: true", "CommandLine: ''"}) {
        const Rule rule = rule_of("any", "  s: {" + line + "}\n  condition: s");
        const auto result = replay(rule, options);
        ASSERT_TRUE(result) << line << ": " << result.error().message();
        EXPECT_TRUE(std::set<event::EventId>(result->ids.begin(), result->ids.end()) ==
                    in_memory(rule))
            << line;
    }
}

TEST_F(ReplayStore, tells_days_values_and_samples_and_reads_little) {
    const Rule rule = rule_of("sshd", "  s: {Account|contains: adm}\n  condition: s");
    const auto result = replay(rule, {});
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->hits, in_memory(rule).size());
    EXPECT_LT(result->candidates, kRows / 4) << "the store leaves out most";
    std::uint64_t by_day = 0;
    for (const auto& [day, counts] : result->days) by_day += counts.hits;
    EXPECT_EQ(by_day, result->hits);
    EXPECT_GT(result->values.at("user.name").at("admin"), 0u);
    EXPECT_TRUE(result->are_values_complete);
    EXPECT_FALSE(result->samples.empty());
    ReplayResult twice = *result;
    twice.add(*result);
    EXPECT_EQ(twice.hits, 2 * result->hits);
    EXPECT_EQ(twice.values.at("user.name").at("admin"),
              2 * result->values.at("user.name").at("admin"));
}

TEST_F(ReplayStore, stops_when_told_and_refuses_what_is_never_tried) {
    store::ClientOptions client;
    client.endpoint = store_.supervisor().endpoint();
    ReplayOptions options;
    options.range = {from_, kNow};
    const Rule rule = rule_of("any", "  s: {user.name|contains: o}\n  condition: s");
    const auto stopped =
        engine::replay::replay(client, rule, sources_, options, [](const auto&) { return false; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, base::ErrorCode::cancelled);
    const auto unplaced = replay(rule_of("nowhere", "  s: {a: b}\n  condition: s"), {});
    ASSERT_FALSE(unplaced);
    EXPECT_EQ(unplaced.error().code, base::ErrorCode::bad_input);
}

/// Where the store keeps one text for two things, the record decides.
class ReplayOfRecords : public store::StoreTest {
  protected:
    ReplayOfRecords() : batch_(fields_) {}

    void SetUp() override {
        StoreTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        parse::register_all(formats_);
        auto chunk = std::make_shared<event::Chunk>();
        for (const char* note : {"null", "\"null\"", "[]", "\"[]\"", "{}", "[1,2]", "\"[1,2]\"",
                                 "[\"a\",null]", "\"\"", "\"a\"", "{\"inner\":1}"}) {
            for (const char* port : {"80", "\"80\""}) {
                chunk->add_record(
                    std::string("{\"@timestamp\":\"2026-11-22T10:00:00Z\",\"note\":") + note +
                    ",\"source.port\":" + port + ",\"n\":" + std::to_string(chunk->record_count()) +
                    "}");
            }
        }
        chunk->envelope.format = "json";
        chunk->envelope.source = "test";
        chunk->envelope.arrival = kNow;
        parse::Parser parser(formats_, fields_);
        parser.parse(chunk, 7, batch_, SIZE_MAX, [](event::Batch&) {});
        parser.finish(batch_);
        store::Block block;
        store::BlockBuilder builder(1);
        builder.begin(block, kNow.day());
        builder.add(batch_, 0, batch_.row_count());
        base::StageCounters counters;
        store::StopSignal stop;
        options_.endpoint = store_.supervisor().endpoint();
        store::Inserter inserter(
            options_, 1, [](store::RefusedRow row) { FAIL() << row.why.message(); }, counters,
            stop);
        ASSERT_TRUE(inserter.insert(block, store::Inserter::Words::indexed_at_once));
        ASSERT_TRUE(sources_.add("l.yml", kSources));
    }

    parse::Registry formats_;
    event::FieldDictionary fields_;
    event::Batch batch_;
    store::ClientOptions options_;
    rule::sigma::LogSourceMap sources_;
};

TEST_F(ReplayOfRecords, are_judged_exactly_where_columns_do_not_tell) {
    std::uint64_t decoded = 0;
    for (const std::string line :
         {"note: null", "note: 'null'", "note: '[]'", "note: '[1,2]'", "note: 1", "note: a",
          "note: ''", "note|exists: true", "note|exists: false", "note|neq: a", "note|re: '^.'",
          "source.port: 80", "source.port: '080'", "source.port|startswith: '0'",
          "source.port|gte: 80", "source.port|contains: '80'"}) {
        for (const std::string condition : {"s", "not s"}) {
            auto loaded = rule::sigma::load_rules(
                "r.yml", "title: T\nid: t\nlogsource: {product: any}\ndetection:\n  s: {" + line +
                             "}\n  condition: " + condition + "\n");
            ASSERT_TRUE(loaded.refusals.empty()) << loaded.refusals.front().error.message();
            rule::sigma::Matcher matcher(loaded.rules, sources_, fields_);
            std::vector<rule::sigma::Matcher::Hit> hits;
            matcher.match(batch_, hits);
            std::set<event::EventId> expected;
            for (const auto& hit : hits) expected.insert(batch_.rows()[hit.row].id);
            ReplayOptions options;
            options.range = {{0}, {kNow.unix_ns + base::kNsPerDay}};
            options.ids_max = 1'000;
            const auto result = engine::replay::replay(options_, loaded.rules[0], sources_, options,
                                                       [](const auto&) { return true; });
            ASSERT_TRUE(result) << line << ": " << result.error().message();
            EXPECT_EQ(result->undecided, 0u) << line;
            EXPECT_TRUE(std::set<event::EventId>(result->ids.begin(), result->ids.end()) ==
                        expected)
                << condition << ", " << line << ": " << result->hits << " found, "
                << expected.size() << " expected";
            decoded += result->records_decoded;
        }
    }
    EXPECT_GT(decoded, 0u);
}

}  // namespace
}  // namespace vedette
