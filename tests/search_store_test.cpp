// SPDX-License-Identifier: Apache-2.0
// The query language has two answers, the store's SQL and a predicate over batches. Here they are
// held against each other on a real engine: the same rows, the same queries, the same hits.

#include "tests/search_store.h"

#include "rule/search/hit.h"
#include "rule/search/match.h"
#include "rule/search/sql.h"

namespace vedette {
namespace {

const std::vector<std::string> kValues = {"root",
                                          "ROOT",
                                          "r*",
                                          "?oot",
                                          "*",
                                          "\"a b\"",
                                          "a?b",
                                          "*%*",
                                          "a_b",
                                          "J\xC3\x9CRGEN",
                                          "j\xC3\xBC*",
                                          "Root",
                                          "J\xC3\xBCrgen",
                                          "\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3",
                                          "\"failed password\"",
                                          "failed",
                                          "passw*",
                                          "*assword*",
                                          "5",
                                          "5.0",
                                          "-3",
                                          "1000.5",
                                          "\"5\"",
                                          "10.0.0.1",
                                          "10.0.0.0/24",
                                          "0.0.0.0/0",
                                          "::/0",
                                          "fe80::/10",
                                          "::1",
                                          "0:0:0:0:0:0:0:1",
                                          "/^r..t$/",
                                          "/o{2}/",
                                          "/(?-i)ROOT/",
                                          "/\\d+\\.\\d+/",
                                          "[1 TO 10}",
                                          "{5 TO *]",
                                          "[a TO m]",
                                          ">5",
                                          "<=5",
                                          ">=a",
                                          "C:\\\\Windows*",
                                          "\"a\\\"b\"",
                                          "null",
                                          "\"\"",
                                          "(root or admin)",
                                          "(a* and not *b)",
                                          "\xCE\xBF\xCE\xB4*",
                                          "/./",
                                          "\"tab\there\"",
                                          "*end"};

class SearchAnswers : public SearchStore {
  protected:
    /// The engine plans short lists in another way than long ones, and once gave other answers for
    /// it.
    void expect_same(const std::string& query) { expect_same(query, is_luck(0.5) ? kRows : 20); }

    void expect_same(const std::string& query, std::size_t limit) {
        rule::search::SqlOptions options{kNow};
        options.limit = limit;
        options.lists = lists_;
        if (is_luck(0.7)) options.mapped_fields = mapped_;
        const auto sql = rule::search::search_sql(query, options);
        ASSERT_TRUE(sql) << query << ": " << sql.error().message();
        store::Client client = store_.client();
        store::QueryOptions as_binary;
        as_binary.format = sql->format;
        const auto answer = client.query(sql->sql, sql->params, as_binary);
        ASSERT_TRUE(answer) << query << ": " << answer.error().message() << '\n' << sql->sql;
        const auto hits = rule::search::decode_hits(*answer);
        ASSERT_TRUE(hits) << query;
        std::vector<event::EventId> found, expected;
        for (const auto& hit : *hits) found.push_back({hit.offset, hit.row});
        const auto matcher = rule::search::make_matcher(query, kNow, *lists_);
        ASSERT_TRUE(matcher);
        for (std::uint32_t row = 0; row < batch_.row_count() && expected.size() < limit; ++row) {
            if (matcher->matches(batch_, row)) expected.push_back(batch_.rows()[row].id);
        }
        // Rows were made newest first, so both are in the same order already.
        if (found == expected) return;
        std::string rows;
        for (std::uint32_t row = 0; row < batch_.row_count(); ++row) {
            const event::EventId id = batch_.rows()[row].id;
            const bool in_store = std::find(found.begin(), found.end(), id) != found.end();
            const bool in_memory =
                std::find(expected.begin(), expected.end(), id) != expected.end();
            if (in_store == in_memory || rows.size() > 2'000) continue;
            rows += in_store ? "\nonly in the store: " : "\nonly in memory: ";
            for (const auto& hit : *hits) {
                if (in_store && hit.offset == id.offset && hit.row == id.row) {
                    rule::search::append_json(rows, hit);
                }
            }
            if (in_memory)
                rows +=
                    std::to_string(id.offset) + '.' + std::to_string(id.row) + ' ' + describe(row);
        }
        ADD_FAILURE() << query << ": " << found.size() << " in the store, " << expected.size()
                      << " in memory" << rows << '\n'
                      << sql->sql;
    }

    std::string describe(std::uint32_t row) {
        std::string out(batch_.rows()[row].raw);
        for (const event::Column& column : batch_.columns()) {
            for (const event::Cell& cell : batch_.cells(column.field, row)) {
                out += " | " + std::string(fields_.name(column.field)) + '=' +
                       std::string(batch_.text(cell));
            }
        }
        return out;
    }
};

TEST_F(SearchAnswers, answers_as_the_predicate_does) {
    std::vector<std::string> queries = {"*",
                                        "time>=now-10m",
                                        "time<now-30m and line<2500",
                                        "source:files",
                                        "dataset:linux.*",
                                        "line:[10 TO 20}",
                                        "offset>=350 and row:3",
                                        "time:2026-11-22T16:2?",
                                        "origin:/^\\/var/",
                                        "not rare.key:*"};
    queries.erase(queries.begin() + 7);  // a time takes no wildcards: see plan tests
    for (const std::string& value : kValues) {
        if (value[0] != '[' && value[0] != '{' && value[0] != '<' && value[0] != '>' &&
            value != "\"\"") {
            queries.push_back(value);
        }
        std::vector<std::string> names = kFieldNames;
        names.insert(names.end(), kPlainFieldNames.begin(), kPlainFieldNames.end());
        for (const std::string& name : names) {
            const bool is_range = value.find_first_of("[{<>") == 0;
            if (is_range && name.find(".ip") != std::string::npos && name != "client.ip") continue;
            const bool is_number = name == "source.port" || name == "process.pid";
            if (is_number && (value == "[a TO m]" || value == ">=a")) continue;
            const std::string prefix = (name == "odd name" ? "\"odd name\"" : name) + ':';
            queries.push_back(prefix + value);
            if (is_luck(0.3)) queries.push_back("not " + prefix + value);
        }
        if (value.find_first_of("[{<>") != 0) queries.push_back("rare.key:" + value);
    }
    const std::vector<std::string> singles = queries;
    for (int i = 0; i < 60; ++i) {
        queries.push_back('(' + any(singles) + ") or not (" + any(singles) + ") and (" +
                          any(singles) + ')');
    }
    for (const std::string& query : queries) {
        expect_same(query);
        if (HasFatalFailure()) return;
    }
}

TEST_F(SearchAnswers, knows_look_up_lists_as_the_predicate_does) {
    const std::string times =
        "k,s,u\nroot,2026-11-22T16:10:00Z,2026-11-22T16:20:00Z\nroot,2026-11-22T16:25:00Z,\n"
        "admin,,2026-11-22T16:00:00Z\n\"J\xC3\xBCrgen\",,\n";
    const std::string timed_networks =
        "k,s,u\n10.0.0.0/24,2026-11-22T16:10:00Z,\n10.0.0.1,,2026-11-22T16:05:00Z\n"
        "::/0,2026-11-22T16:20:00Z,\n";
    const std::string keys = "file: f\nkey: k\nsince: s\nuntil: u\n";
    use_lists({
        {"list: words\nvalues: [ROOT, \"a b\", \"J\xC3\x9CRGEN\", \"a'b\", 'a\"b', "
         "'C:\\Windows\\x', "
         "\"tab\\there\", \"line\\nend\", '5', '1000', 'null', '[x]', 'r']\n",
         ""},
        {"list: exact\nmatch: exact\nvalues: [root, Root, '5.0', '::1']\n", ""},
        {"list: nets\nmatch: network\nvalues: [10.0.0.0/24, 192.168.0.0/16, '::1', 'fe80::/10']\n",
         ""},
        {"list: all4\nmatch: network\nvalues: [0.0.0.0/0]\n", ""},
        {"list: all6\nmatch: network\nvalues: ['::/0']\n", ""},
        {"list: names\nmatch: domain\nvalues: [b, '0.1', x, root, '*.5']\n", ""},
        {"list: empty\nvalues: []\n", ""},
        {"list: left\n" + keys, times},
        {"list: left_nets\nmatch: network\n" + keys, timed_networks},
        {"list: left_names\nmatch: domain\n" + keys, "k,s,u\nb,2026-11-22T16:10:00Z,\nroot,,\n"},
    });
    for (const auto& list : lists_->lists()) {
        for (const std::string& name : kFieldNames) {
            const std::string field = name == "odd name" ? "\"odd name\"" : name;
            expect_same(field + " in @" + list->name());
            if (HasFatalFailure()) return;
        }
        for (const char* field : {"rare.key", "source", "origin", "dataset"}) {
            expect_same(std::string(field) + " in @" + list->name());
        }
        expect_same("not user.name in @" + list->name() + " and host.ip in @" + list->name());
    }
    EXPECT_FALSE(rule::search::search_sql("user.name in @wards", {kNow}));
}

TEST_F(SearchAnswers, carries_lists_of_a_hundred_thousand_names_and_a_thousand_networks) {
    std::string names = "root\nadm1n\n", networks = "10.0.0.64/26\n";
    for (int i = 0; i < 100'000; ++i) names += "account-of-somebody-" + std::to_string(i) + "\n";
    for (int i = 0; i < 1'000; ++i) {
        networks += "172." + std::to_string(i / 250 + 16) + "." + std::to_string(i % 250) + "." +
                    std::to_string(i % 7 * 16) + "/" + std::to_string(22 + i % 11) + "\n";
    }
    std::string until = "k,u\n";
    for (int i = 0; i < 100'000; ++i) {
        until += (i == 7 ? "root" : "account-" + std::to_string(i)) + ",2026-11-22T16:10:00Z\n";
    }
    use_lists({{"list: many\nfile: f\n", names},
               {"list: nets\nmatch: network\nfile: f\n", networks},
               {"list: timed\nfile: f\nkey: k\nuntil: u\n", until}});
    expect_same("user.name in @many", kRows);
    expect_same("source.ip in @nets", kRows);
    expect_same("user.name in @timed and not host.ip in @nets", kRows);
}

TEST_F(SearchAnswers, gives_events_back_as_they_went_in) {
    const auto sql = rule::search::search_sql("*", {kNow, {}, 5});
    store::Client client = store_.client();
    store::QueryOptions as_binary;
    as_binary.format = sql->format;
    const auto answer = client.query(sql->sql, sql->params, as_binary);
    ASSERT_TRUE(answer) << answer.error().message();
    const auto hits = rule::search::decode_hits(*answer);
    ASSERT_TRUE(hits);
    ASSERT_EQ(hits->size(), 5u);
    for (std::uint32_t i = 0; i < 5; ++i) {
        const rule::search::Hit& hit = (*hits)[i];
        const event::Row& row = batch_.rows()[i];
        EXPECT_EQ(hit.offset, row.id.offset);
        EXPECT_EQ(hit.raw, row.raw);
        EXPECT_EQ(hit.time, row.time);
        EXPECT_EQ(hit.line, row.line);
        EXPECT_EQ(hit.dataset, batch_.dataset(row.dataset));
        const auto first = batch_.first(event::ecs::kUserName, i);
        if (first && batch_.cells(event::ecs::kUserName, i).size() == 1) {
            EXPECT_EQ(hit.field("user.name"), *first);
        }
    }
}

}  // namespace
}  // namespace vedette
