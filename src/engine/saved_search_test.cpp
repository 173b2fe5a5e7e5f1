// SPDX-License-Identifier: Apache-2.0
#include "engine/saved_search.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine {
namespace {

constexpr const char* kGood =
    "search: many-failures\n"
    "title: Many failed logins from one address\n"
    "description: Somebody guesses.\n"
    "query: 'event.outcome:failure | count by source.ip | where count>=20'\n"
    "level: high\n"
    "attack: [T1110.001, TA0006]\n"
    "every: 5m\n"
    "over: 15m\n";

std::string wrong(const std::string& yaml) {
    const auto search = read_saved_search("f.yml", yaml);
    return search ? "good" : search.error().message();
}

TEST(SavedSearch, is_read_whole) {
    const auto search = read_saved_search("f.yml", kGood);
    ASSERT_TRUE(search) << search.error().message();
    EXPECT_EQ(search->name, "many-failures");
    EXPECT_EQ(search->title, "Many failed logins from one address");
    EXPECT_EQ(search->severity, cases::Severity::high);
    EXPECT_EQ(search->attack, (std::vector<std::string>{"T1110.001", "TA0006"}));
    EXPECT_EQ(search->every_ns, 300 * base::kNsPerSecond);
    EXPECT_EQ(search->over_ns, 900 * base::kNsPerSecond);
}

TEST(SavedSearch, is_read_back_from_what_is_written) {
    auto search = *read_saved_search("f.yml", kGood);
    search.query = "message:\"it's #1: \xC3\xBC\"";
    search.description = "two\nlines: {x}";
    const auto again = read_saved_search("f.yml", to_yaml(search));
    ASSERT_TRUE(again) << again.error().message() << to_yaml(search);
    EXPECT_EQ(*again, search);
    search.every_ns = search.over_ns = 0;
    EXPECT_EQ(*read_saved_search("f.yml", to_yaml(search)), search);
}

TEST(SavedSearch, that_is_wrong_is_told_with_its_place) {
    EXPECT_EQ(wrong("search: a b\nquery: x\n").substr(0, 46),
              "f.yml:1:9: 'a b' is no name of a search (lette");
    EXPECT_NE(wrong("search: a\nquery: 'user.name:('\n").find("f.yml:2:8: the query: column "),
              std::string::npos);
    EXPECT_NE(wrong("search: a\nquery: '* | count by x | sort y'\n").find("there is no column y"),
              std::string::npos);
    EXPECT_NE(wrong("search: a\n").find("query"), std::string::npos);
    EXPECT_NE(wrong("search: a\nquery: x\nlevel: bad\n").find("critical"), std::string::npos);
    EXPECT_NE(wrong("search: a\nquery: x\nevery: 5s\n").find("f.yml:3:8: '5s' cannot be used"),
              std::string::npos);
    EXPECT_NE(wrong("search: a\nquery: x\nevery: 5m\nover: 1m\n").find("events would be left out"),
              std::string::npos);
    EXPECT_NE(wrong("search: a\nquery: x\nover: 5m\n").find("`over` needs `every`"),
              std::string::npos);
    EXPECT_NE(wrong("search: a\nquery: x\ncolour: red\n").find("colour"), std::string::npos);
    EXPECT_EQ(wrong("search: a\nquery: 'user.name in @nobodys_list | count'\n"), "good")
        << "lists come and go";
}

TEST(SavedSearches, of_a_folder_are_read_in_order_and_wrong_files_are_told) {
    const tests::TemporaryFolder folder;
    base::SystemFiles files;
    ASSERT_TRUE(files.replace(folder.path() + "/b.yml", kGood));
    ASSERT_TRUE(files.replace(folder.path() + "/a.yaml", "search: first\nquery: x\n"));
    ASSERT_TRUE(files.replace(folder.path() + "/c.yml", kGood));
    ASSERT_TRUE(files.replace(folder.path() + "/d.yml", "search: [\n"));
    ASSERT_TRUE(files.replace(folder.path() + "/notes.txt", "no search"));
    const auto read = read_saved_searches(folder.path());
    ASSERT_TRUE(read);
    ASSERT_EQ(read->entries.size(), 2u);
    EXPECT_EQ(read->entries[0].search.name, "first");
    EXPECT_EQ(read->entries[1].search.name, "many-failures");
    ASSERT_EQ(read->problems.size(), 2u);
    EXPECT_NE(read->problems[0].message().find("there is another search"), std::string::npos);
    EXPECT_TRUE(read_saved_searches(folder.path() + "/nothing")->entries.empty());
}

}  // namespace
}  // namespace vedette::engine
