// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>

#include "event/lookup_bundle.h"
#include "event/lookup_limits.h"
#include "event/lower_case.h"
#include "event/table_text.h"
#include "tests/support/temporary_folder.h"

namespace vedette::event {
namespace {

const base::Timestamp kNow = *base::parse_rfc3339("2026-05-17T10:00:00Z");

base::Result<LookupList> made(const std::string& text, const std::string& file = {}) {
    VD_TRY(ListDefinition definition, read_list_definition("l.yml", text));
    return build_list("l.yml", std::move(definition), "l.csv", file);
}

LookupList good(const std::string& text, const std::string& file = {}) {
    auto list = made(text, file);
    EXPECT_TRUE(list) << (list ? "" : list.error().message());
    return std::move(*list);
}

std::string problem(const std::string& text, const std::string& file = {}) {
    const auto list = made(text, file);
    return list ? "it is good" : list.error().message();
}

std::vector<std::vector<std::string>> table(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    TableReader reader(text, TableReader::separator_of(text));
    for (auto more = reader.next(); more && *more; more = reader.next()) {
        rows.emplace_back(reader.values().begin(), reader.values().end());
        rows.back().push_back(std::to_string(reader.line()));
    }
    return rows;
}

TEST(TableReader, reads_tables_as_spreadsheets_and_scripts_write_them) {
    using Rows = std::vector<std::vector<std::string>>;
    EXPECT_EQ(table("\xEF\xBB\xBF# who\r\n\r\nlogin; name\r\n ada ;\"Ada; \"\"the\"\" first\"\r\n"),
              (Rows{{"login", "name", "3"}, {"ada", "Ada; \"the\" first", "4"}}));
    EXPECT_EQ(table("a,b\n\"two\nlines\",2\n3,4"),
              (Rows{{"a", "b", "1"}, {"two\nlines", "2", "2"}, {"3", "4", "4"}}));
    EXPECT_EQ(table("a\tb\n1\t\n\t2\n"), (Rows{{"a", "b", "1"}, {"1", "", "2"}, {"", "2", "3"}}));
    EXPECT_EQ(table("\"a\"b,\"\"\n"), (Rows{{"ab", "", "1"}}));
    EXPECT_TRUE(table("# only\n \n").empty());
}

TEST(TableReader, gives_back_what_was_written_whatever_the_values_hold) {
    EXPECT_TRUE(rc::check([] {
        const auto cell = rc::gen::container<std::string>(
            rc::gen::element('a', 'b', '"', ';', ',', '\n', '#', '\t', ' '));
        const auto rows =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<std::vector<std::string>>>(
                rc::gen::container<std::vector<std::string>>(2, cell)));
        std::string text = "x,y\n";
        for (const auto& row : rows) {
            for (std::size_t i = 0; i < 2; ++i) {
                text += i == 0 ? "\"" : ",\"";
                for (const char c : row[i]) text += c == '"' ? "\"\"" : std::string(1, c);
                text += "\"";
            }
            text += "\n";
        }
        TableReader reader(text, ',');
        RC_ASSERT(*reader.next());
        for (const auto& row : rows) {
            RC_ASSERT(*reader.next());
            RC_ASSERT(reader.values().size() == 2u);
            RC_ASSERT(reader.values()[0] == trimmed(row[0]));
            RC_ASSERT(reader.values()[1] == trimmed(row[1]));
        }
        RC_ASSERT(!*reader.next());
    }));
}

TEST(LookupList, finds_people_in_any_case_with_what_is_known_of_them) {
    const LookupList vips = good(
        "list: vips\nfields: user.name\nfile: vips.csv\nkey: [login, mail]\n"
        "add: {department: department, boss: user.manager.name}\n"
        "values: [{login: ceo, department: board}, owner]\n",
        "# made by HR\nlogin,name,mail,department,boss\nAda,Ada L.,ada@x.example,research,ceo\n"
        "J\xC3\x9CRGEN,,,research,ada\n,nobody,,,\n");
    EXPECT_EQ(vips.row_count(), 4u);
    EXPECT_EQ(vips.key_count(), 5u);
    EXPECT_EQ(vips.keyless_count(), 1u);
    const auto ada = vips.find("aDA", kNow);
    ASSERT_TRUE(ada);
    EXPECT_EQ(vips.added(*ada, 0), "research");
    EXPECT_EQ(vips.added(*ada, 1), "ceo");
    EXPECT_EQ(vips.line(*ada), 3u);
    EXPECT_FALSE(vips.is_inline(*ada));
    EXPECT_EQ(vips.find("ADA@X.example", kNow), ada) << "one row, two keys";
    EXPECT_TRUE(vips.find("j\xC3\xBCrgen", kNow));
    const auto ceo = vips.find("CEO", kNow);
    ASSERT_TRUE(ceo);
    EXPECT_TRUE(vips.is_inline(*ceo));
    EXPECT_EQ(vips.added(*ceo, 0), "board");
    EXPECT_TRUE(vips.find("owner", kNow));
    for (const char* other : {"", "ad", "adaa", "research", "nobody"}) {
        EXPECT_FALSE(vips.find(other, kNow)) << other;
    }
    EXPECT_FALSE(vips.find(std::string(1 << 20, 'a'), kNow));
}

TEST(LookupList, that_is_exact_knows_cases_apart) {
    const LookupList list = good("list: keys\nmatch: exact\nvalues: [AKIA, '10']\n");
    EXPECT_TRUE(list.find("AKIA", kNow));
    EXPECT_TRUE(list.find("10", kNow));
    EXPECT_FALSE(list.find("akia", kNow));
}

TEST(LookupList, of_networks_gives_the_longest_prefix_of_either_version) {
    const LookupList own = good(
        "list: own\nmatch: network\nfile: own.csv\nkey: net\nadd: {zone: zone}\n",
        "net,zone\n10.0.0.0/8,office\n10.1.0.0/16,servers\n10.1.2.3,printer\n2001:db8::/32,six\n"
        "0.0.0.0/0,world\n::ffff:192.0.2.0/120,mapped\n");
    const auto zone = [&](std::string_view address) {
        const auto row = own.find(address, kNow);
        return row ? std::string(own.added(*row, 0)) : "none";
    };
    EXPECT_EQ(zone("10.200.0.1"), "office");
    EXPECT_EQ(zone("10.1.255.255"), "servers");
    EXPECT_EQ(zone("10.1.2.3"), "printer");
    EXPECT_EQ(zone("::ffff:10.1.2.3"), "printer") << "logs write IPv4 both ways";
    EXPECT_EQ(zone("192.0.2.7"), "mapped");
    EXPECT_EQ(zone("8.8.8.8"), "world");
    EXPECT_EQ(zone("2001:db8:1::1"), "six");
    EXPECT_EQ(zone("2001:db9::1"), "none") << "0.0.0.0/0 has no address of version 6";
    for (const char* other : {"", "10", "10.1.2.300", "010.1.2.3", "10.1.2.3 ", "fe80::1%eth0"}) {
        EXPECT_EQ(zone(other), "none") << other;
    }
    EXPECT_EQ(own.find_all("10.1.2.3").size(), 4u);
}

TEST(LookupList, of_domains_has_what_lies_below_them) {
    const LookupList bad =
        good("list: bad\nmatch: domain\nvalues: [Example.com, '*.evil.example.com', org.]\n");
    for (const char* in : {"example.com", "www.EXAMPLE.com.", "a.b.evil.example.com", "x.org"}) {
        EXPECT_TRUE(bad.find(in, kNow)) << in;
    }
    for (const char* out : {"", "com", "notexample.com", "example.com.au", ".example.com", "."}) {
        EXPECT_FALSE(bad.find(out, kNow)) << out;
    }
    const auto evil = bad.find("x.evil.example.com", kNow);
    EXPECT_EQ(*evil, 1u) << "the longest one";
}

TEST(LookupList, counts_entries_by_the_time_of_the_event) {
    const LookupList left =
        good("list: leavers\nfile: l.csv\nkey: login\nafter: last_day\nuntil: back\nadd: why\n",
             "login,last_day,back,why\nbob,2026-05-31,,left\neve,2026-01-31,2026-03-31,leave\n"
             "eve,2026-06-30,,left\nold,,,always\nnow,2026-05-17T12:00:00+02:00,,moment\n");
    const auto why = [&](std::string_view who, const char* when) {
        const auto row = left.find(who, *base::parse_rfc3339(when));
        return row ? std::string(left.added(*row, 0)) : "none";
    };
    EXPECT_EQ(why("bob", "2026-05-31T23:59:59.999999999Z"), "none") << "the last day is a day";
    EXPECT_EQ(why("bob", "2026-06-01T00:00:00Z"), "left");
    EXPECT_EQ(why("eve", "2026-01-31T12:00:00Z"), "none");
    EXPECT_EQ(why("eve", "2026-02-01T00:00:00Z"), "leave");
    EXPECT_EQ(why("eve", "2026-03-31T23:59:59Z"), "leave") << "until a day has the day in it";
    EXPECT_EQ(why("eve", "2026-04-01T00:00:00Z"), "none");
    EXPECT_EQ(why("eve", "2026-07-01T00:00:00Z"), "left") << "a second row of the same key";
    EXPECT_EQ(why("old", "1980-01-01T00:00:00Z"), "always");
    EXPECT_EQ(why("now", "2026-05-17T09:59:59Z"), "none");
    EXPECT_EQ(why("now", "2026-05-17T10:00:00Z"), "moment");
    EXPECT_TRUE(left.is_timed());
    const LookupList since =
        good("list: s\nkey: k\nsince: from\nvalues: [{k: a, from: 2026-05-17}, b]\n");
    EXPECT_TRUE(since.find("a", *base::parse_rfc3339("2026-05-17T00:00:00Z")));
    EXPECT_FALSE(since.find("a", *base::parse_rfc3339("2026-05-16T23:59:59Z")));
    EXPECT_TRUE(since.find("b", kNow));
}

TEST(LookupList, keeps_the_first_of_keys_that_are_repeated) {
    const LookupList list =
        good("list: a\nfile: f\nkey: k\nadd: v\n", "k,v\nx,first\nX,second\ny,third\n");
    EXPECT_EQ(list.added(*list.find("x", kNow), 0), "first");
    EXPECT_EQ(list.repeated_count(), 1u);
    EXPECT_EQ(list.key_count(), 2u);
    const LookupList lines = good("list: a\nfile: f\n", "one\n# none\n two  # a remark\n\nthree#3");
    EXPECT_TRUE(lines.find("two", kNow));
    EXPECT_TRUE(lines.find("three#3", kNow));
    EXPECT_EQ(lines.key_count(), 3u);
}

TEST(LookupList, tells_mistakes_with_their_place_and_what_was_meant) {
    const std::string file = "list: a\nfile: f\nkey: k\n";
    EXPECT_EQ(problem("list: a b\nvalues: []\n"),
              "l.yml:1:7: 'a b' is no name of a list (letters, digits and '_', at most 64)");
    EXPECT_EQ(problem("list: a\nmatsh: text\n"),
              "l.yml:2:1: there is no 'matsh' here (did you mean 'match'?)");
    EXPECT_EQ(problem("list: a\nmatch: networks\nvalues: []\n"),
              "l.yml:2:8: there is no way to match called 'networks' (did you mean 'network'?)");
    EXPECT_NE(problem("list: a\n").find("the list has no values"), std::string::npos);
    EXPECT_NE(problem("list: a\nadd: [x]\nvalues: []\n").find("l.yml:2:6: `add` names columns"),
              std::string::npos);
    EXPECT_NE(problem("list: a\nkey: k\nadd: {l: lists}\nvalues: []").find("`lists` is the field"),
              std::string::npos);
    EXPECT_EQ(problem("list: a\nkey: k\nvalues: [{k: b, j: c}]\n"),
              "l.yml:3:17: there is no 'j' here (did you mean 'k'?)");
    EXPECT_EQ(problem(file, "login,keys\na,b\n"),
              "l.csv:1: the header has no column 'k' (it has login, keys)");
    EXPECT_EQ(problem(file, "k,v\na,b,c\n"),
              "l.csv:2: the row has 3 values, the header 2 (a value with a separator in it stands "
              "in quotes)");
    EXPECT_EQ(problem(file, "k,v\n\"a,b\n"),
              "l.csv:2: a quote is never closed (a quote within quotes is written twice)");
    EXPECT_EQ(problem(file + "match: network\n", "k\n10.0.0.0/33\n"),
              "l.csv:2: '10.0.0.0/33' is no address and no network (e.g. 10.0.0.0/8, 192.0.2.7, "
              "2001:db8::/32)");
    EXPECT_EQ(problem(file + "match: domain\n", "k\nhttps://x.example/\n"),
              "l.csv:2: 'https://x.example/' is no domain (e.g. example.com, which has "
              "www.example.com in it)");
    EXPECT_NE(problem(file + "until: u\n", "k,u\na,31.05.2026\n")
                  .find("l.csv:2: '31.05.2026' in the column 'u' is no date"),
              std::string::npos);
    EXPECT_NE(problem(file + "since: s\nuntil: u\n", "k,s,u\na,2026-05-02,2026-05-01\n")
                  .find("the row ends before it begins"),
              std::string::npos);
    EXPECT_NE(problem(file, "k\n" + std::string(kListKeyBytesMax + 1, 'x')).find("1024 bytes"),
              std::string::npos);
    std::string same = "k,u\n";
    for (std::size_t i = 0; i <= kListRowsPerKeyMax; ++i) same += "a,2026-05-01\n";
    EXPECT_NE(problem(file + "until: u\n", same).find("more than 64 rows have the same key"),
              std::string::npos);
}

TEST(LookupList, answers_as_a_walk_over_its_entries_does) {
    EXPECT_TRUE(rc::check([] {
        const auto part = rc::gen::element<std::string>("a", "B", "b", "example", "com", "x1");
        const auto name = rc::gen::map(rc::gen::container<std::vector<std::string>>(part),
                                       [](const std::vector<std::string>& parts) {
                                           std::string out = "z";
                                           for (const auto& one : parts) out += "." + one;
                                           return out.substr(0, kDomainBytesMax - 1) + "z";
                                       });
        const auto keys = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(name));
        const auto asked = *rc::gen::container<std::vector<std::string>>(name);
        std::string file;
        for (const std::string& key : keys) file += key + "\n";
        const LookupList text = good("list: a\nfile: f\n", file);
        const LookupList domain = good("list: a\nmatch: domain\nfile: f\n", file);
        for (const std::string& value : asked) {
            const std::string low = lower_case(value);
            std::size_t longest = 0;
            bool is_there = false;
            for (const std::string& key : keys) {
                const std::string low_key = lower_case(key);
                is_there = is_there || low == low_key;
                if (low == low_key || low.ends_with("." + low_key)) {
                    longest = std::max(longest, low_key.size());
                }
            }
            RC_ASSERT(text.find(value, kNow).has_value() == is_there);
            const auto row = domain.find(value, kNow);
            RC_ASSERT(row.has_value() == (longest > 0));
            if (row) RC_ASSERT(keys[*row].size() == longest);
        }
    }));
}

TEST(LookupList, of_networks_answers_as_a_walk_over_them_does) {
    EXPECT_TRUE(rc::check([] {
        const auto address = rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [](auto bits) {
            const bool is_v6 = (bits & 1) != 0;
            const auto byte = [&](int i) { return std::to_string((bits >> (i * 2 + 1)) & 3); };
            return is_v6 ? "::" + byte(0) + ":" + byte(1)
                         : byte(0) + "." + byte(1) + "." + byte(2) + "." + byte(3);
        });
        const auto network = rc::gen::apply(
            [](const std::string& text, int bits) {
                const int most = text.find(':') == std::string::npos ? 32 : 128;
                return text + "/" + std::to_string(most - bits);
            },
            address, rc::gen::inRange(0, 32));
        const auto networks =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(network));
        std::string file;
        for (const std::string& one : networks) file += one + "\n";
        const LookupList list = good("list: a\nmatch: network\nfile: f\n", file);
        for (const std::string& asked : *rc::gen::container<std::vector<std::string>>(address)) {
            int longest = -1;
            for (const std::string& one : networks) {
                const auto known = read_network(one);
                const auto value = read_address(asked);
                RC_ASSERT(known && value);
                const bool is_same = known->address.is_v4() == value->is_v4();
                const bool is_in = value->masked(known->prefix_bits) == known->address;
                if (is_same && is_in) longest = std::max(longest, known->prefix_bits);
            }
            const auto row = list.find(asked, kNow);
            RC_ASSERT(row.has_value() == (longest >= 0));
            if (row) RC_ASSERT(read_network(networks[*row])->prefix_bits == longest);
        }
    }));
}

TEST(ListBundle, comes_back_as_it_was_kept_and_is_named_by_all_it_holds) {
    tests::TemporaryFolder folder;
    std::ofstream(folder / "a.yml") << "list: a\nfile: a.csv\nkey: k\n";
    std::ofstream(folder / "a.csv") << "k\nx\n";
    const auto read = read_list(folder / "a.yml");
    ASSERT_TRUE(read) << read.error().message();
    const std::string bytes = encode(read->bundle);
    const auto back = decode_list_bundle(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->hash(), read->bundle.hash());
    const auto again = make_list(*back, "kept");
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(again->list->find("X", kNow));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_list_bundle(std::string_view(bytes).substr(0, size))) << size;
    }
    std::ofstream(folder / "a.csv") << "k\ny\n";
    EXPECT_NE(read_list(folder / "a.yml")->bundle.hash(), back->hash());
}

TEST(ListFolder, uses_what_is_right_and_tells_what_is_not) {
    tests::TemporaryFolder folder;
    std::ofstream(folder / "b.yml") << "list: b\nvalues: [x]\n";
    std::ofstream(folder / "a.yaml") << "list: a\nvalues: [x]\n";
    std::ofstream(folder / "again.yml") << "list: a\nvalues: [x]\n";
    std::ofstream(folder / "gone.yml") << "list: gone\nfile: no.csv\n";
    std::ofstream(folder / "out.yml") << "list: out\nfile: ../secret\n";
    std::ofstream(folder / "notes.txt") << "no list\n";
    const auto read = read_list_folder(folder.path());
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(read->lists.size(), 2u);
    EXPECT_EQ(read->lists[0].list->name(), "a");
    ASSERT_EQ(read->problems.size(), 3u);
    EXPECT_NE(read->problems[0].text.find("is defined in"), std::string::npos);
    EXPECT_EQ(read->problems[1].code, base::ErrorCode::not_found);
    EXPECT_NE(read->problems[2].where.find("out.yml:2:7"), std::string::npos);
    EXPECT_FALSE(read_list_folder(folder / "nowhere"));
}

TEST(LookupSet, finds_lists_by_name_and_says_what_was_meant) {
    const auto shared = [](const std::string& text) {
        return std::make_shared<const LookupList>(good(text));
    };
    const auto set = LookupSet::of(
        {shared("list: vips\nvalues: [a]\n"), shared("list: leavers\nvalues: [b]\n")});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->find("vips")->name(), "vips");
    EXPECT_EQ(set->find("none"), nullptr);
    EXPECT_EQ(set->hint_for("vip"), "did you mean 'vips'?");
    EXPECT_EQ(set->hint_for("assets"), "the lists are leavers, vips");
    EXPECT_FALSE(
        LookupSet::of({shared("list: a\nvalues: [a]\n"), shared("list: a\nvalues: []\n")}));
}

TEST(FieldBeside, lies_below_the_same_entity) {
    EXPECT_EQ(field_beside("source.user.name", "lists"), "source.user.lists");
    EXPECT_EQ(field_beside("Image", "lists"), "Image.lists");
}

}  // namespace
}  // namespace vedette::event
