// SPDX-License-Identifier: Apache-2.0
// Holds the quick decoder against the plain one, which is written to be read.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "base/compressed.h"
#include "parse/json/plain_decoder.h"
#include "parse/parser.h"
#include "parse/row_dump.h"

namespace vedette::parse {
namespace {

using json::plain_registry;
using json::quick_registry;

using Chunks = std::vector<std::shared_ptr<const event::Chunk>>;

std::shared_ptr<event::Chunk> chunk_of(const std::vector<std::string>& records) {
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.source = "test";
    chunk->envelope.format = "json";
    chunk->envelope.arrival = base::Timestamp{1'700'000'000'000'000'000};
    for (const std::string& record : records) chunk->add_record(record);
    return chunk;
}

/// Decodes chunks and gives out the rows as text.
class Rows {
  public:
    explicit Rows(Registry registry)
        : registry_(std::move(registry)), parser_(registry_, fields_), batch_(fields_) {}

    std::vector<std::string> of(const Chunks& chunks, std::size_t rows_max = event::kBatchRowsMax) {
        std::vector<std::string> out;
        const auto dump = [&](event::Batch& full) {
            full.verify();
            for (std::uint32_t row = 0; row < full.row_count(); ++row) {
                out.push_back(dump_row(full, row));
            }
        };
        for (const auto& chunk : chunks) parser_.parse(chunk, offset_++, batch_, rows_max, dump);
        parser_.finish(batch_);
        dump(batch_);
        batch_.clear();
        return out;
    }

    event::FieldDictionary& fields() { return fields_; }

  private:
    const Registry registry_;
    event::FieldDictionary fields_;
    Parser parser_;
    event::Batch batch_;
    std::uint64_t offset_ = 0;
};

/// Both decoders, kept over many comparisons so that what one record taught is used for the next.
class Both {
  public:
    /// The first difference, or nothing.
    std::string difference(const std::vector<std::string>& records, std::size_t rows_max) {
        const Chunks chunks{chunk_of(records)};
        const auto quick = quick_.of(chunks, rows_max);
        const auto plain = plain_.of(chunks);
        for (std::size_t i = 0; i < std::min(quick.size(), plain.size()); ++i) {
            if (quick[i] != plain[i]) return excerpts(quick[i], plain[i]);
        }
        if (quick.size() == plain.size()) return {};
        return "quick has " + std::to_string(quick.size()) + " rows, plain " +
               std::to_string(plain.size());
    }

  private:
    static std::string excerpts(const std::string& quick, const std::string& plain) {
        std::size_t at = 0;
        while (at < quick.size() && at < plain.size() && quick[at] == plain[at]) ++at;
        const std::size_t begin = at < 200 ? 0 : at - 200;
        const auto part = [&](const std::string& text) {
            return begin < text.size() ? text.substr(begin, 400) : std::string();
        };
        return "quick ..." + part(quick) + "\nplain ..." + part(plain);
    }

    Rows quick_{quick_registry()};
    Rows plain_{plain_registry()};
};

std::string fields_of(const std::string& record) {
    const auto rows = Rows(quick_registry()).of({chunk_of({record})});
    std::string out;
    for (const std::string& row : rows) {
        const std::size_t flags = row.find(",\"flags\":"), raw = row.find(",\"raw\":");
        if (flags != std::string::npos) out += row.substr(flags + 9, raw - flags - 9);
        const std::size_t fields = row.find("\"fields\":");
        out +=
            fields == std::string::npos ? "none" : row.substr(fields + 9, row.size() - fields - 10);
        out += '|';
    }
    return out;
}

TEST(Json, keeps_every_value_as_written) {
    EXPECT_EQ(fields_of(R"({"a":1.0,"b":-0,"c":1e400,"d":123456789012345678901234567890})"),
              "[\"time_guessed\"]{\"a\":1.0,\"b\":-0,\"c\":1e400,"
              "\"d\":123456789012345678901234567890}|");
    EXPECT_EQ(fields_of(R"({ "a" : [ true , null , "" , [ ] , { } , [[ 2 ]] ] } )"),
              "[\"time_guessed\"]{\"a\":[true,null,\"\",[],{},2]}|");
    EXPECT_EQ(fields_of(R"({"a.b":1,"a":{"b":2,"":3},"":4})"),
              "[\"time_guessed\"]{\"\":4,\"a.\":3,\"a.b\":[1,2]}|");
}

TEST(Json, resolves_escapes_and_mends_half_surrogates) {
    EXPECT_EQ(fields_of(R"({"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"})"),
              "[\"time_guessed\"]{\"a\":\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tA\xC3\xA9\xE2\x82\xAC"
              "\xF0\x9F\x98\x80\"}|");
    EXPECT_EQ(fields_of(R"({"a":"\ud800x\udc00\ud83d\u0041"})"),
              "[\"time_guessed\"]{\"a\":\"\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD"
              "A\"}|");
    EXPECT_EQ(fields_of(R"({"\u0061":1,"a":2})"),
              "[\"time_guessed\",\"repeated_key\"]{\"a\":[1,2]}|");
}

TEST(Json, keeps_as_a_message_what_is_not_json) {
    for (const std::string record : {"{\"a\":1} x",
                                     "{\"a\":1,}",
                                     "{\"a\" 1}",
                                     "{\"a\":01}",
                                     "{\"a\":1.}",
                                     "{\"a\":tru}",
                                     "{\"a\":\"\\x\"}",
                                     "{\"\\x\":1}",
                                     "{\"a\":\"\\u12g4\"}",
                                     "[1,]",
                                     "{",
                                     "\"open",
                                     "404 200",
                                     "{\"a\":\"tab\there\"}",
                                     "{'a':1}",
                                     "",
                                     " ",
                                     "nulll",
                                     "-",
                                     "{\"a\":1}}",
                                     "[1}",
                                     "\xEF\xBB"}) {
        const std::string fields = fields_of(record);
        EXPECT_NE(fields.find("\"not_decoded\""), std::string::npos) << record << " " << fields;
    }
}

TEST(Json, flags_invalid_utf8_and_replaces_it) {
    EXPECT_EQ(fields_of("{\"a\":\"x\xFFy\xC3\"}"),
              "[\"time_guessed\",\"invalid_utf8\"]{\"a\":\"x\xEF\xBF\xBDy\xEF\xBF\xBD\"}|");
}

TEST(Json, skips_a_byte_order_mark) {
    EXPECT_EQ(fields_of("\xEF\xBB\xBF{\"a\":1}"), "[\"time_guessed\"]{\"a\":1}|");
}

TEST(Json, bounds_depth_and_values) {
    const auto nested = [](std::size_t depth) {
        return std::string("{\"a\":") + std::string(depth - 1, '[') + "1" +
               std::string(depth - 1, ']') + ",\"b\":2}";
    };
    EXPECT_EQ(fields_of(nested(event::kDepthMax)), "[\"time_guessed\"]{\"a\":1,\"b\":2}|");
    EXPECT_EQ(fields_of(nested(event::kDepthMax + 1)),
              "[\"time_guessed\",\"truncated\"]{\"b\":2}|");
    EXPECT_EQ(fields_of(nested(json::kNestingMax)), "[\"time_guessed\",\"truncated\"]{\"b\":2}|");
    EXPECT_NE(fields_of(nested(json::kNestingMax + 1)).find("not_decoded"), std::string::npos);

    std::string many = "{\"a\":[0";
    for (std::size_t i = 1; i <= event::kValuesPerRowMax; ++i) many += ",0";
    const std::string fields = fields_of(many + "],\"b\":1}");
    EXPECT_NE(fields.find("truncated"), std::string::npos);
    EXPECT_EQ(fields.find("\"b\""), std::string::npos);
}

TEST(Json, a_sender_of_a_million_keys_stays_bounded) {
    Rows rows(quick_registry());
    std::size_t overflow_rows = 0;
    for (int i = 0; i < 20; ++i) {
        std::vector<std::string> records;
        for (int j = 0; j < 500; ++j) {
            std::string record = "{\"known\":1";
            for (int k = 0; k < 100; ++k) {
                record += ",\"k" + std::to_string((i * 500 + j) * 100 + k) + "\":1";
            }
            records.push_back(record + "}");
        }
        for (const std::string& row : rows.of({chunk_of(records)})) {
            if (row.find("\"overflow\":") != std::string::npos) ++overflow_rows;
        }
    }
    EXPECT_LE(rows.fields().size(), event::kFieldsPerSourceMax + 1'000);
    EXPECT_GT(overflow_rows, 9'900u);
    // Known names are columns for ever.
    EXPECT_EQ(rows.of({chunk_of({"{\"known\":2}"})})[0].find("overflow"), std::string::npos);
}

TEST(Json, long_overflow_names_do_not_multiply) {
    std::string record = "{\"" + std::string(600, 'k') + "\":{";
    for (int i = 0; i < 10'000; ++i) record += "\"a\":1,";
    record += "\"a\":1}}";
    const auto rows = Rows(quick_registry()).of({chunk_of({record})});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_NE(rows[0].find("truncated"), std::string::npos);
    EXPECT_LT(rows[0].size(), record.size() * 4);
}

// -- against the plain decoder
// ---------------------------------------------------------------------

/// Writes random JSON, and now and then something that is nearly JSON.
class Writer {
  public:
    explicit Writer(std::uint64_t seed) : random_(seed) {}

    std::string record() {
        std::string out = blank();
        const int kind = pick(20);
        if (kind == 0) {
            out += value(0);
        } else if (kind == 1) {
            out += list(0);
        } else if (kind == 2) {
            out += object(0) + blank() + object(0);
        } else if (kind == 3) {
            out += "{\"Records\":" + list(0, true) + "}";
        } else {
            out += object(0);
        }
        out += blank();
        if (pick(4) == 0) damage(out);
        return out;
    }

    std::uint32_t pick(std::uint32_t count) {
        return static_cast<std::uint32_t>(random_() % count);
    }

    void damage(std::string& text) {
        static constexpr std::string_view kBytes = "{}[]:,\"\\ \t\n\x01\x80\xC3\xA9\xFFx0-.eu/";
        for (std::uint32_t i = pick(3) + 1; i > 0 && !text.empty(); --i) {
            const std::size_t at = pick(static_cast<std::uint32_t>(text.size()));
            const char byte = kBytes[pick(kBytes.size())];
            switch (pick(4)) {
                case 0: text[at] = byte; break;
                case 1: text.insert(at, 1, byte); break;
                case 2: text.erase(at, pick(4)); break;
                default: text.resize(at); break;
            }
        }
    }

  private:
    std::string blank() {
        static const std::string kBlanks[] = {"", "", "", "", " ", "\t", "  ", "\r\n"};
        return kBlanks[pick(8)];
    }

    std::string key() {
        static const std::string kKeys[] = {"EventID",
                                            "Channel",
                                            "a",
                                            "b",
                                            "a.b",
                                            "",
                                            "Image",
                                            "user",
                                            "@timestamp",
                                            "Records",
                                            "message",
                                            "a_key_of_exactly_thirty_two_byte",
                                            "a_key_that_is_longer_than_the_short_ones",
                                            "\\u0061",
                                            "a\\\\b",
                                            "a\\b",
                                            "\xC3\xA9",
                                            "Hashes",
                                            "sixteen_byte_key",
                                            "winlog"};
        return "\"" + kKeys[pick(20)] + "\"";
    }

    std::string value(int depth) {
        switch (pick(depth > 5 ? 6 : 9)) {
            case 0: return number();
            case 1: return pick(2) == 0 ? "true" : "false";
            case 2: return "null";
            case 3:
            case 4:
            case 5: return string();
            case 6: return list(depth);
            default: return object(depth);
        }
    }

    std::string number() {
        static const std::string kNumbers[] = {
            "0", "-1",        "1.0", "4624", "1e5", "-0.5E-7", "1E+2", "12345678901234567890123",
            "3", "1700000000"};
        return kNumbers[pick(10)];
    }

    std::string string() {
        static const std::string kParts[] = {"plain",
                                             "C:\\\\Windows\\\\System32\\\\",
                                             "\\n",
                                             "\\u00e9",
                                             "\\ud83d\\ude00",
                                             "\\ud800",
                                             "\\udc00",
                                             "\xE2\x82\xAC",
                                             "\\\"",
                                             "some longer text without anything special in it ",
                                             "\\u0000",
                                             "\\/",
                                             "DOMAIN\\\\bob",
                                             "{[,:]}",
                                             "2026-01-01T00:00:00Z",
                                             " "};
        std::string out = "\"";
        for (std::uint32_t i = pick(5); i > 0; --i) out += kParts[pick(16)];
        return out + "\"";
    }

    std::string list(int depth, bool is_of_objects = false) {
        std::string out = "[" + blank();
        const std::uint32_t count = pick(4);
        for (std::uint32_t i = 0; i < count; ++i) {
            if (i > 0) out += "," + blank();
            out += (is_of_objects && pick(9) != 0 ? object(depth + 1) : value(depth + 1)) + blank();
        }
        return out + "]";
    }

    std::string object(int depth) {
        std::string out = "{" + blank();
        const std::uint32_t count = pick(7);
        for (std::uint32_t i = 0; i < count; ++i) {
            if (i > 0) out += "," + blank();
            out += key() + blank() + ":" + blank() + value(depth + 1) + blank();
        }
        return out + "}";
    }

    std::mt19937_64 random_;
};

TEST(Json, quick_and_plain_agree_on_generated_and_damaged_json) {
    auto both = std::make_unique<Both>();
    std::size_t records_seen = 0;
    for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
        // A damaged record may have spent some of the quick one's budget of names before it was
        // taken back, so start again before budgets end.
        if (seed % 100 == 0) both = std::make_unique<Both>();
        Writer writer(seed);
        std::vector<std::string> records;
        for (std::uint32_t i = writer.pick(12) + 1; i > 0; --i) records.push_back(writer.record());
        records_seen += records.size();
        const std::size_t rows_max = std::vector<std::size_t>{1, 2, 7, 4'096}[seed % 4];
        const std::string difference = both->difference(records, rows_max);
        ASSERT_EQ(difference, "") << "seed " << seed;
    }
    EXPECT_GT(records_seen, 5'000u);
}

TEST(Json, quick_and_plain_agree_across_windows_and_long_records) {
    Both both;
    Writer writer(99);
    for (int round = 0; round < 6; ++round) {
        std::vector<std::string> records;
        for (int i = 0; i < 300; ++i) {
            std::string record = "{\"pad\":\"" + std::string(writer.pick(900), 'p') +
                                 "\",\"x\":" + writer.record() + "}";
            if (writer.pick(100) == 0) {
                record = "{\"long\":\"" + std::string(json::kWindowBytes, 'l') + "\"}";
            }
            records.push_back(record);
        }
        ASSERT_EQ(both.difference(records, 4'096), "") << "round " << round;
    }
}

// -- the event files
// -------------------------------------------------------------------------------

std::optional<std::vector<std::string>> shared_lines(const std::string& name) {
    const char* const set = std::getenv("VEDETTE_SHARED");
    const std::string folder = set != nullptr ? set : VEDETTE_SOURCE_DIR "/../shared";
    std::ifstream in(folder + "/data/sigma/oracle/" + name, std::ios::binary);
    if (!in) return std::nullopt;
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::vector<std::string> lines(1);
    base::Decompressor decompressor;
    const auto fed = decompressor.feed(bytes, [&](std::string_view part) -> base::Result<void> {
        for (const char c : part) {
            if (c == '\n') {
                lines.emplace_back();
            } else {
                lines.back() += c;
            }
        }
        return {};
    });
    EXPECT_TRUE(fed.has_value());
    if (lines.back().empty()) lines.pop_back();
    return lines;
}

class JsonFiles : public testing::TestWithParam<const char*> {};

TEST_P(JsonFiles, quick_and_plain_agree_whole_and_damaged) {
    auto lines = shared_lines(GetParam());
    if (!lines) GTEST_SKIP() << "../shared/data/sigma/oracle is not there";
    // Every 5th line of the large file: sanitizers and the plain decoder take their time.
    const std::size_t step = lines->size() > 20'000 ? 5 : 1;
    Both both;
    Writer writer(7);
    for (std::size_t at = 0; at < lines->size();) {
        std::vector<std::string> records;
        for (; at < lines->size() && records.size() < 500; at += step) {
            records.push_back((*lines)[at]);
            if (writer.pick(50) == 0) writer.damage(records.back());
        }
        ASSERT_EQ(both.difference(records, 4'096), "") << "up to line " << at;
    }
}

INSTANTIATE_TEST_SUITE_P(Visible, JsonFiles,
                         testing::Values("evtx_visible.jsonl.zst", "otrf_visible.jsonl.zst",
                                         "aws_visible.jsonl.zst"));

}  // namespace
}  // namespace vedette::parse
