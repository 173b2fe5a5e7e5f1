// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/logsource.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace vedette::rule::sigma {
namespace {

LogSourceMap map_of(std::initializer_list<std::string_view> texts) {
    LogSourceMap map;
    for (const std::string_view text : texts) {
        const auto added = map.add("l.yml", text);
        EXPECT_TRUE(added) << added.error().message();
    }
    return map;
}

/// "Channel=a|b EventID=1 ; ..." of the ways of a source.
std::string ways(const LogSourceMap& map, const LogSource& source) {
    const auto found = map.find(source);
    if (!found) return "not placed";
    std::string out;
    for (const LogSourceWay& way : *found) {
        if (!out.empty()) out += " ; ";
        for (const LogSourceWay::Need& need : way.needs) {
            out += need.field + "=";
            for (const Wildcard& value : need.any_of) out += value.written() + "|";
        }
    }
    return out;
}

constexpr std::string_view kOurs =
    "product: windows\nlogsources:\n"
    "  - {category: process_creation, match: {Channel: Sysmon, EventID: [1]}}\n"
    "  - {service: sysmon, match: {Channel: Sysmon}}\n"
    "  - {product: linux, service: sshd, match: {dataset: 'linux.*'}}\n";

TEST(LogSourceMap, finds_the_entry_of_exactly_these_names) {
    const LogSourceMap map = map_of({kOurs});
    EXPECT_EQ(ways(map, {"process_creation", "windows", ""}), "Channel=sysmon|EventID=1|");
    EXPECT_EQ(ways(map, {"", "linux", "sshd"}), "dataset=linux.*|");
    EXPECT_EQ(ways(map, {"", "linux", "cron"}), "not placed");
    EXPECT_EQ(ways(map, {"process_creation", "linux", ""}), "not placed");
}

TEST(LogSourceMap, needs_both_where_a_rule_names_category_and_service) {
    const LogSourceMap map = map_of({kOurs});
    EXPECT_EQ(ways(map, {"process_creation", "windows", "sysmon"}),
              "Channel=sysmon|EventID=1|Channel=sysmon|");
    EXPECT_EQ(ways(map, {"process_creation", "windows", "security"}), "not placed");
}

TEST(LogSourceMap, joins_more_specific_entries_for_a_general_rule) {
    const LogSourceMap map = map_of({kOurs});
    EXPECT_EQ(ways(map, {"", "windows", ""}), "Channel=sysmon| ; Channel=sysmon|EventID=1|");
    EXPECT_EQ(ways(map, {"process_creation", "", ""}), "Channel=sysmon|EventID=1|");
}

TEST(LogSourceMap, lets_a_later_file_replace_single_entries) {
    const LogSourceMap map = map_of(
        {kOurs, "logsources: [{product: windows, service: sysmon, match: {Channel: Other}}]"});
    EXPECT_EQ(ways(map, {"", "windows", "sysmon"}), "Channel=other|");
    EXPECT_EQ(ways(map, {"process_creation", "windows", ""}), "Channel=sysmon|EventID=1|");
}

TEST(LogSourceMap, lets_a_channel_map_hold_alone_for_its_product) {
    const LogSourceMap map = map_of(
        {kOurs,
         R"({"product":"windows","category":{"dns_query":{"channel":["A","B"],"eventid":[22]}},)"
         R"("service":{"security":{"channel":["Security"]}}})"});
    EXPECT_EQ(ways(map, {"dns_query", "windows", ""}), "Channel=a|b|EventID=22|");
    EXPECT_EQ(ways(map, {"process_creation", "windows", ""}), "not placed");
    EXPECT_EQ(ways(map, {"", "windows", ""}), "") << "every event";
    EXPECT_EQ(ways(map, {"", "linux", "sshd"}), "dataset=linux.*|") << "other products stay";
}

TEST(LogSourceMap, says_what_is_wrong_and_adds_nothing) {
    LogSourceMap map;
    const auto error = [&](std::string_view text) {
        const auto added = map.add("l.yml", text);
        return added ? std::string("added") : added.error().message();
    };
    EXPECT_EQ(error("logsources: [{produkt: x, match: {}}]"),
              "l.yml:1:15: unknown key 'produkt' (did you mean 'product'?)");
    EXPECT_EQ(error("logsources: [{product: x}]"),
              "l.yml:1:14: 'match' should be a map of fields to values (write 'match: {}' for "
              "every event)");
    EXPECT_EQ(error("logsources: [{match: {}}]"),
              "l.yml:1:14: an entry names some of category, product and service");
    EXPECT_EQ(error("logsources: [{product: x, match: {}}, {product: x, match: {}}]"),
              "l.yml:1:39: the entry for product=x is there twice (write its ways under 'any')");
    EXPECT_EQ(error("- a"), "l.yml:1:1: a log-source file should be a map of keys");
    EXPECT_EQ(error("{}"), "l.yml:1:1: 'logsources' should be a list of entries");
    EXPECT_EQ(map.size(), 0u);
}

TEST(LogSourceMap, reads_every_file_we_ship) {
    base::SystemFiles files;
    const std::string folder = std::string(VEDETTE_SOURCE_DIR) + "/content/logsources";
    const auto names = files.list(folder);
    ASSERT_TRUE(names);
    LogSourceMap map;
    for (const std::string& name : *names) {
        const auto added = map.add(name, *base::read_file(folder + "/" + name, 1 << 20));
        EXPECT_TRUE(added) << added.error().message();
    }
    EXPECT_NE(ways(map, {"process_creation", "windows", ""}).find("4688"), std::string::npos);
    EXPECT_NE(ways(map, {"", "linux", "auth"}), "not placed");
    EXPECT_NE(ways(map, {"webserver", "", ""}), "not placed");
}

}  // namespace
}  // namespace vedette::rule::sigma
