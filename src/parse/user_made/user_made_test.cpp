// SPDX-License-Identifier: Apache-2.0
// Definitions of cases/: what goes in, what rows come out. VEDETTE_UPDATE_GOLDENS=1 writes the
// outputs anew.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "parse/parser.h"
#include "parse/row_dump.h"
#include "parse/user_made/format.h"
#include "parse/user_made/program.h"

namespace vedette::parse::user_made {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(VEDETTE_SOURCE_DIR) / "src/parse/user_made/cases";

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

std::shared_ptr<event::Chunk> chunk_of(const std::vector<std::string>& lines,
                                       const std::string& format) {
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "golden";
    chunk->envelope.origin = "cases";
    chunk->envelope.format = format;
    chunk->envelope.arrival = *base::parse_rfc3339("2026-01-02T03:04:05Z");
    for (const std::string& line : lines) chunk->add_record(line);
    return chunk;
}

std::string rows_of(const Registry& registry, const std::shared_ptr<event::Chunk>& chunk,
                    std::size_t rows_max) {
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    std::string out;
    const auto dump = [&](event::Batch& full) {
        full.verify();
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            out += dump_row(full, row, chunk->record(full.rows()[row].line)) + "\n";
        }
    };
    parser.parse(chunk, 0, batch, rows_max, dump);
    parser.finish(batch);
    dump(batch);
    return out;
}

std::vector<std::string> case_names() {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(kCases)) {
        if (entry.path().extension() == ".yml") out.push_back(entry.path().stem().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// The message of a definition that must not be taken.
std::string problem_of(const std::string& text) {
    const auto made = read_format_text(text, "x.yml", kCases.string());
    return made ? "no problem" : made.error().message();
}

MadeFormat made_of(const std::string& text) {
    auto made = read_format_text(text, "x.yml", kCases.string());
    EXPECT_TRUE(made.has_value()) << made.error().message();
    return std::move(*made);
}

/// Rows of records by a definition in a text.
std::string rows_of_text(const std::string& definition, const std::vector<std::string>& records) {
    Registry registry;
    registry.add(format_of(made_of(definition)));
    return rows_of(registry, chunk_of(records, registry.formats()[0].declaration.name), 100);
}

TEST(MadeFormats, every_case_gives_the_rows_that_lie_beside_it) {
    const bool is_update = std::getenv("VEDETTE_UPDATE_GOLDENS") != nullptr;
    ASSERT_GT(case_names().size(), 4u);
    for (const std::string& name : case_names()) {
        SCOPED_TRACE(name);
        const auto made = read_format((kCases / (name + ".yml")).string());
        ASSERT_TRUE(made.has_value()) << made.error().message();
        Registry registry;
        registry.add(format_of(*made));
        const auto lines = lines_of(read_whole(kCases / (name + ".in.txt")));
        const auto chunk = chunk_of(lines, name);
        const std::string rows = rows_of(registry, chunk, event::kBatchRowsMax);
        EXPECT_EQ(rows_of(registry, chunk, 1), rows) << "rows depend on the cut";
        EXPECT_EQ(rows_of(registry, chunk, 7), rows) << "rows depend on the cut";
        const fs::path expected = kCases / (name + ".out.jsonl");
        if (is_update) std::ofstream(expected, std::ios::binary) << rows;
        EXPECT_EQ(rows, read_whole(expected));
    }
}

TEST(MadeFormats, a_kept_definition_gives_the_same_rows_without_its_files) {
    for (const std::string& name : case_names()) {
        SCOPED_TRACE(name);
        const auto made = read_format((kCases / (name + ".yml")).string());
        ASSERT_TRUE(made.has_value());
        const std::string kept = encode(made->bundle);
        const auto bundle = decode_bundle(kept);
        ASSERT_TRUE(bundle.has_value());
        EXPECT_EQ(bundle->hash(), made->bundle.hash());
        const auto again = make_format(*bundle, "kept");
        ASSERT_TRUE(again.has_value()) << again.error().message();
        Registry first, second;
        first.add(format_of(*made));
        second.add(format_of(*again));
        const auto chunk = chunk_of(lines_of(read_whole(kCases / (name + ".in.txt"))), name);
        EXPECT_EQ(rows_of(first, chunk, 100), rows_of(second, chunk, 100));
        for (std::size_t size = 0; size < kept.size(); ++size) {
            EXPECT_FALSE(decode_bundle(std::string_view(kept).substr(0, size)).has_value());
        }
    }
}

TEST(MadeFormats, records_are_decoded_by_the_definition_they_name) {
    const std::string head = "format: shop\ntake: {dissect: '";
    const MadeFormat old = made_of(head + "%{a} %{b}'}\n"), now = made_of(head + "%{b} %{a}'}\n");
    ASSERT_NE(old.pinned_name(), now.pinned_name());
    Registry registry;
    register_all(registry);
    registry.find_pinned_with([&](std::string_view name) -> std::shared_ptr<const Format> {
        for (const MadeFormat* made : {&old, &now}) {
            if (made->pinned_name() == name) {
                return std::make_shared<const Format>(format_of(*made));
            }
        }
        return nullptr;
    });
    const auto fields_of = [&](const std::string& format) {
        return rows_of(registry, chunk_of({"1 2"}, format), 100);
    };
    EXPECT_NE(fields_of(old.pinned_name()).find(R"("a":"1","b":"2")"), std::string::npos);
    EXPECT_NE(fields_of(now.pinned_name()).find(R"("a":"2","b":"1")"), std::string::npos);
    const std::string lost = fields_of("shop@00000000000000000000000000000000");
    EXPECT_NE(lost.find("not_decoded"), std::string::npos) << lost;
    EXPECT_NE(lost.find(R"("message":"1 2")"), std::string::npos) << lost;
    EXPECT_TRUE(read_pinned_name(old.pinned_name()).has_value());
    EXPECT_FALSE(read_pinned_name("shop").has_value());
    EXPECT_FALSE(read_pinned_name("shop@../../etc/passwd").has_value());
}

TEST(MadeFormats, a_wrong_definition_is_told_with_its_place_and_what_was_meant) {
    const std::string shop = "format: shop\n";
    EXPECT_EQ(problem_of("formt: shop\n"),
              "x.yml:1:1: there is no 'formt' here (did you mean 'format'?)");
    EXPECT_EQ(
        problem_of("[1]"),
        "x.yml:1:1: a definition is one mapping (key: value) (see docs/howto/make-a-format.md)");
    EXPECT_EQ(problem_of(shop),
              "x.yml:1:1: `take` is missing (e.g. `take: {dissect: '%{a} %{b}'}`)");
    EXPECT_EQ(problem_of("format: a b\ntake: {json: }\n").substr(0, 40),
              "x.yml:1:9: 'a b' is no name of a format ");
    EXPECT_EQ(problem_of(shop + "take: {dissect: '%{a}%{b}'}\n"),
              "x.yml:2:17: the dissect pattern is wrong at byte 5: two keys touch: nothing says "
              "where the first one ends (put what stands between them)");
    EXPECT_EQ(problem_of(shop + "take: {dissect: '%{*a} %{&a}'}\n").substr(0, 90),
              "x.yml:2:17: the dissect pattern is wrong at byte 1: keys that are named by the text "
              "(%{*a}");
    EXPECT_EQ(problem_of(shop + "take: {regex: '(?<a>[)'}\n").substr(0, 47),
              "x.yml:2:15: the regular expression is wrong: mi");
    EXPECT_EQ(problem_of(shop + "take: {regex: 'a(b)'}\n"),
              "x.yml:2:15: no group of the expression has a name (e.g. (?<source.ip>\\S+))");
    const std::string take = shop + "take: {dissect: '%{user} %{host}'}\nsteps:\n";
    EXPECT_EQ(problem_of(take + "  - rename: {usr: user.name}\n"),
              "x.yml:4:14: there is no field 'usr' at this step (did you mean 'user'?)");
    EXPECT_EQ(problem_of(take + "  - drop: user\n  - rename: {user: user.name}\n"),
              "x.yml:5:14: there is no field 'user' at this step (a step before has renamed or "
              "dropped it)");
    EXPECT_EQ(
        problem_of(take + "  - rename: {user: host}\n"),
        "x.yml:4:20: there is a field 'host' already (drop it first, or choose another name)");
    EXPECT_EQ(problem_of(take + "  - convert: {user: integr}\n"),
              "x.yml:4:21: there is no conversion to 'integr' (did you mean 'integer'?)");
    EXPECT_EQ(problem_of(take + "  - time: {of: user, forms: '%Q'}\n").substr(0, 50),
              "x.yml:4:29: a time's form has no directive %Q (ISO");
    EXPECT_EQ(problem_of(take + "  - time: {of: user, forms: UNIX, zone: Mars/Base}\n"),
              "x.yml:4:41: this machine knows no time zone 'Mars/Base' (a name like Europe/Berlin, "
              "or an offset like +02:00)");
    EXPECT_EQ(problem_of(take + "  - lookup: {of: user, file: ../secret.csv}\n"),
              "x.yml:4:30: a table lies beside its definition, or below it (name it without '..' "
              "and without a leading '/')");
    EXPECT_EQ(problem_of(take + "  - renam: {user: a}\n"),
              "x.yml:4:5: there is no 'renam' here (did you mean 'rename'?)");
    EXPECT_EQ(problem_of(take + "  rename: {user: a}\n"),
              "x.yml:4:3: `steps` is a list, because their order counts (e.g. `- rename: {ip: "
              "source.ip}`)");
    EXPECT_EQ(problem_of(shop + "take: {csv: {columns: [a, a]}}\n").substr(0, 45),
              "x.yml:2:27: the column 'a' is there twice (an");
}

TEST(MadeFormats, a_folder_with_a_wrong_definition_still_gives_the_others) {
    const fs::path folder = fs::temp_directory_path() / "vedette_made_formats";
    fs::remove_all(folder);
    fs::create_directories(folder);
    const auto write = [&](const std::string& name, const std::string& text) {
        std::ofstream(folder / name) << text;
    };
    write("a.yml", "format: first\ntake: {json: }\n");
    write("b.yml", "format: second\ntake: {jsn: }\n");
    write("c.yaml", "format: first\ntake: {csv: }\n");
    write("d.yml", "format: json\ntake: {json: }\n");
    write("notes.txt", "not read");
    Registry built_in;
    register_all(built_in);
    std::vector<base::Error> problems;
    const auto made = read_folder(folder.string(), built_in, problems);
    ASSERT_TRUE(made.has_value());
    ASSERT_EQ(made->size(), 1u);
    EXPECT_EQ((*made)[0].name, "first");
    ASSERT_EQ(problems.size(), 3u);
    EXPECT_NE(problems[0].message().find("b.yml:2:8: there is no 'jsn' here"), std::string::npos);
    EXPECT_NE(problems[1].message().find("c.yaml:1:9: 'first' is defined in"), std::string::npos);
    EXPECT_NE(problems[2].message().find("there is a built-in format 'json'"), std::string::npos);
    fs::remove_all(folder);
}

TEST(MadeFormats, are_recognised_by_all_that_they_say_and_not_by_less) {
    Registry registry;
    register_all(registry);
    for (const std::string& name : case_names()) {
        const auto made = read_format((kCases / (name + ".yml")).string());
        ASSERT_TRUE(made.has_value());
        registry.add(format_of(*made));
    }
    const auto declarations = registry.declarations();
    const auto told = [&](const std::vector<std::string_view>& records) {
        return event::recognise(declarations, records).name;
    };
    EXPECT_EQ(told({R"({"svc":"a","user":{"id":1}})"}), "app_json");
    EXPECT_EQ(told({R"({"svc":"a","user.id":1})"}), "app_json");
    EXPECT_EQ(told({R"({"svc":"a","user":{"name":1}})"}), "json");
    EXPECT_EQ(told({R"(192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12)"}),
              "shop_regex");
    EXPECT_EQ(told({"17.05.2015 10:05:03 WARN PAY [t] 192.0.2.9:1 x y"}), "pay_dissect");
    EXPECT_EQ(told({"17.05.2015 10:05:03 WARN PAID [t] 192.0.2.9:1 x y"}), "text");
    EXPECT_EQ(told({"srcip=1 action=2 c=3"}), "fw_pairs");
    // hosts_csv says nothing: only a source can name it.
    EXPECT_NE(told({"Dec 31 23:59:59;db1;x;17;yes"}), "hosts_csv");
}

TEST(MadeFormats, a_table_with_a_header_has_its_columns_by_name) {
    const MadeFormat made = made_of(
        "format: t\ntake: {csv: {fields: {who: user.name}}}\nsteps: [{convert: {n: hex}}]\n");
    Registry registry;
    registry.add(format_of(made));
    EXPECT_EQ(registry.formats()[0].declaration.framing.header, event::Framing::Header::first);
    const auto chunk = chunk_of({"ada,ff,x", "bob,12"}, "t");
    chunk->envelope.context = "who,n,";
    const std::string rows = rows_of(registry, chunk, 100);
    EXPECT_NE(rows.find(R"("column3":"x","n":255,"user.name":"ada")"), std::string::npos) << rows;
    EXPECT_NE(rows.find("not_decoded"), std::string::npos) << rows;
}

TEST(MadeFormats, steps_run_in_their_order) {
    const std::string rows = rows_of_text(
        "format: t\ntake: {dissect: '%{a} %{b}'}\n"
        "steps:\n  - rename: {a: x}\n  - rename: {b: a}\n  - rename: {x: b}\n"
        "  - lookup: {of: a, to: c, table: {two: 2}}\n  - convert: {c: integer, b: [upper, "
        "lower]}\n"
        "  - set: {d: const}\n  - drop: d\n",
        {"ONE two"});
    EXPECT_NE(rows.find(R"("fields":{"a":"two","b":"one","c":2})"), std::string::npos) << rows;
}

TEST(MadeFormats, a_hostile_record_costs_its_bytes_and_no_more) {
    const std::string definition =
        "format: t\ntake: {json: {fields: {a: b}}}\nsteps: [{split: {of: l, by: ','}}]\n";
    std::string many = "{\"l\":\"";
    for (int i = 0; i < 100'000; ++i) many += "x,";
    many += "\",\"a\":[";
    for (int i = 0; i < 50'000; ++i) many += "1,";
    many += "1]}";
    std::string deep(5'000, '[');
    std::string names = "{";
    for (int i = 0; i < 20'000; ++i) names += "\"k" + std::to_string(i) + "\":1,";
    names += "\"z\":1}";
    const std::string rows =
        rows_of_text(definition, {many, "{\"a\":" + deep, names, "{\"a\":\"\\ud800\"}", "\xFF{}"});
    EXPECT_NE(rows.find("truncated"), std::string::npos);
    EXPECT_EQ(lines_of(rows).size(), 5u);
}

}  // namespace
}  // namespace vedette::parse::user_made
