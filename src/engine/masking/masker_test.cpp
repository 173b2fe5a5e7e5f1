// SPDX-License-Identifier: Apache-2.0
#include "engine/masking/masker.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "base/json_text.h"
#include "base/protobuf_wire.h"
#include "parse/parser.h"
#include "tests/support/temporary_folder.h"

namespace vedette::engine::masking {
namespace {

/// What a record says: field -> values.
using Fields = std::map<std::string, std::vector<std::string>>;

class MaskerTest : public ::testing::Test {
  protected:
    void SetUp() override { parse::register_all(formats_); }

    std::unique_ptr<Masker> make(const std::vector<MaskSettings>& settings) {
        auto made =
            Masker::make(settings, files_, folder_.path(), formats_, fields_, workers_, counters_);
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return made ? std::move(*made) : nullptr;
    }
    static MaskSettings masking(std::vector<std::string> fields, Method method = Method::hash) {
        MaskSettings settings;
        settings.fields = std::move(fields);
        settings.method = method;
        return settings;
    }
    static event::Chunk chunk(const std::string& format, const std::vector<std::string>& records) {
        event::Chunk chunk;
        chunk.envelope.source = "app";
        chunk.envelope.origin = "/var/log/app.log";
        chunk.envelope.format = format;
        chunk.envelope.first_line = 1'000;
        for (const std::string& record : records) chunk.add_record(record);
        return chunk;
    }
    std::vector<Fields> decoded(const event::Chunk& chunk) {
        std::vector<Fields> rows;
        event::Batch batch(fields_);
        parse::Parser parser(formats_, fields_);
        const auto look = [&](event::Batch& full) {
            const std::size_t begin = rows.size();
            rows.resize(begin + full.row_count());
            for (const event::Column& column : full.columns()) {
                for (const event::Cell& cell : column.cells) {
                    rows[begin + cell.row][std::string(fields_.name(column.field))].emplace_back(
                        full.text(cell));
                }
            }
        };
        parser.parse(std::make_shared<const event::Chunk>(chunk), 1, batch, event::kBatchRowsMax,
                     [&](event::Batch& full) {
                         look(full);
                         full.clear();
                     });
        parser.finish(batch);
        look(batch);
        return rows;
    }
    std::string masked_record(Masker& masker, const std::string& format,
                              const std::string& record) {
        event::Chunk one = chunk(format, {record});
        masker.mask(one);
        return std::string(one.record(0));
    }
    std::uint64_t count(const std::string& name) { return counters_.number(name); }

    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
    parse::Registry formats_;
    event::FieldDictionary fields_;
    sandbox::Pool workers_;
    base::CounterRegistry counters_;
};

constexpr const char* kSshd =
    "Nov 22 03:12:09 web1 sshd[812]: Failed password for ada from 198.51.100.7 port 4022 ssh2";

TEST_F(MaskerTest, puts_pseudonyms_where_the_values_stood_and_changes_nothing_else) {
    const auto masker = make({masking({"user.name", "source.ip"})});
    const event::Chunk before = chunk("syslog", {kSshd, kSshd});
    event::Chunk after = before;
    masker->mask(after);
    EXPECT_EQ(std::string::npos, after.bytes.find("ada"));
    EXPECT_EQ(std::string::npos, after.bytes.find("198.51.100.7"));
    const auto was = decoded(before), is = decoded(after);
    ASSERT_EQ(2u, is.size());
    EXPECT_EQ(is[0], is[1]);
    for (const auto& [name, values] : was[0]) {
        const bool is_masked = values[0].find("ada") != std::string::npos ||
                               values[0].find("198.51.100.7") != std::string::npos;
        ASSERT_TRUE(is[0].contains(name)) << name;
        EXPECT_EQ(!is_masked, is[0].at(name) == values) << name;
    }
    EXPECT_EQ(masked("ada", Method::hash,
                     std::string(base::read_file(folder_ / "masking.key", 32).value())),
              is[0].at("user.name")[0]);
    EXPECT_EQ(2u, count("vedette_masked_records_total"));
    EXPECT_EQ(0u, count("vedette_masked_whole_total"));
}

/// A request in protobuf with log records of two people.
std::string otlp_request() {
    const auto message = [](std::uint32_t field, std::string_view bytes) {
        std::string out;
        base::append_protobuf_bytes(out, field, bytes);
        return out;
    };
    std::string scope_logs;
    for (const std::string name : {"ada.lovelace", "grace"}) {
        const std::string user = message(1, "user.name") + message(2, message(1, name));
        scope_logs += message(2, message(5, message(1, "order of " + name)) + message(6, user));
    }
    return message(1, message(2, scope_logs));
}

TEST_F(MaskerTest, takes_a_binary_request_apart_so_that_each_row_is_masked_by_itself) {
    const auto masker = make({masking({"user.name"})});
    const event::Chunk before = chunk("otlp", {otlp_request(), otlp_request()});
    event::Chunk after = before;
    masker->mask(after);
    EXPECT_EQ(std::string::npos, after.bytes.find("ada"));
    EXPECT_EQ(std::string::npos, after.bytes.find("grace"));
    EXPECT_EQ(4u, after.record_count()) << "a record for each row";
    const auto was = decoded(before), is = decoded(after);
    ASSERT_EQ(4u, is.size());
    EXPECT_EQ(is[0], is[2]);
    for (std::size_t row = 0; row < 4; ++row) {
        EXPECT_EQ("order of " + is[row].at("user.name")[0], is[row].at("message")[0]);
        EXPECT_EQ(was[row].size(), is[row].size());
    }
    EXPECT_EQ(0u, count("vedette_masked_whole_total"));
    MaskSettings by_pattern;
    by_pattern.patterns = {"ada\\.[a-z]+"};
    event::Chunk patterned = before;
    make({by_pattern})->mask(patterned);
    EXPECT_EQ(std::string::npos, patterned.bytes.find("lovelace"));
    EXPECT_EQ("grace", decoded(patterned)[1].at("user.name")[0]);
    event::Chunk untouched = chunk("syslog", {kSshd});
    make({by_pattern})->mask(untouched);
    EXPECT_EQ(kSshd, untouched.record(0));
}

TEST_F(MaskerTest, of_json_leaves_no_value_and_every_other_field) {
    const auto masker = make({masking({"user.name", "user.email", "card"}, Method::hash)});
    rc::check([&](const std::string& seed) {
        // Any text that JSON can hold, long enough to be somebody's.
        std::string name = "n" + seed + "-person";
        for (char& c : name) c = static_cast<char>(c & 0x7F);
        const auto number = *rc::gen::inRange<std::uint64_t>(100'000, 9'999'999'999);
        std::string record = "{\"user\":{\"name\":";
        base::append_json_string(record, name);
        record += ",\"email\":\"ada@example.com\"},\"card\":" + std::to_string(number) +
                  ",\"keep\":\"unchanged\",\"n\":17,\"message\":";
        base::append_json_string(record, "hello " + name + ", card " + std::to_string(number));
        record += "}";
        const event::Chunk before = chunk("json", {record});
        event::Chunk after = before;
        masker->mask(after);
        const auto was = decoded(before), is = decoded(after);
        RC_ASSERT(is.size() == 1u);
        RC_ASSERT(after.bytes.find("ada@example.com") == std::string::npos);
        RC_ASSERT(after.bytes.find(std::to_string(number)) == std::string::npos);
        for (const auto& [field, values] : is[0]) {
            for (const std::string& value : values) {
                RC_ASSERT(value.find(name) == std::string::npos);
            }
        }
        if (after.bytes == "[masked]") return;
        RC_ASSERT(was[0].size() == is[0].size());
        RC_ASSERT(is[0].at("keep") == was[0].at("keep"));
        RC_ASSERT(is[0].at("n") == was[0].at("n"));
        RC_ASSERT(is[0].at("user.name") != was[0].at("user.name"));
    });
}

TEST_F(MaskerTest, masks_whole_what_it_cannot_read_or_find) {
    const auto masker = make({masking({"user.name"})});
    EXPECT_EQ("[masked]", masked_record(*masker, "json", R"({"user":{"name":"ada")"));
    EXPECT_EQ(1u, count("vedette_masked_whole_total"));
    // Two entries that contradict each other: what one keeps the other hides.
    const auto both = make({masking({"user.email"}, Method::partial), masking({"mail.domain"})});
    EXPECT_EQ(
        "[masked]",
        masked_record(*both, "json",
                      R"({"user":{"email":"ada@example.com"},"mail":{"domain":"example.com"}})"));
}

TEST_F(MaskerTest, takes_patterns_in_any_record) {
    MaskSettings settings;
    settings.patterns = {R"(\b\d{4} ?\d{4} ?\d{4} ?\d{4}\b)"};
    settings.method = Method::redact;
    const auto masker = make({settings});
    EXPECT_EQ("card redacted ok", masked_record(*masker, "text", "card 4111 1111 1111 1111 ok"));
    EXPECT_EQ(R"({"card":0,"broken)",
              masked_record(*masker, "json", R"({"card":4111111111111111,"broken)"));
    EXPECT_EQ("nothing here", masked_record(*masker, "text", "nothing here"));
}

TEST_F(MaskerTest, knows_sources_and_fields_by_patterns) {
    MaskSettings settings = masking({"user.*"});
    settings.source = "shop-*";
    const auto masker = make({settings});
    EXPECT_TRUE(masker->applies_to("shop-1"));
    EXPECT_FALSE(masker->applies_to("app"));
    event::Chunk shop = chunk("json", {R"({"user":{"email":"ada@example.com","id":"4711"}})"});
    shop.envelope.source = "shop-1";
    masker->mask(shop);
    EXPECT_EQ(std::string::npos, shop.bytes.find("ada"));
    EXPECT_EQ(std::string::npos, shop.bytes.find("4711"));
}

TEST_F(MaskerTest, masks_a_key_that_holds_a_value) {
    const auto masker = make({masking({"user.name"})});
    event::Chunk keyed = chunk("json", {R"({"user":{"name":"adalove"}})", R"({"n":1})"});
    keyed.keys = {"login/adalove/17", "n/1"};
    masker->mask(keyed);
    EXPECT_EQ(std::string::npos, keyed.keys[0].find("adalove"));
    EXPECT_EQ("n/1", keyed.keys[1]);
}

TEST_F(MaskerTest, keeps_its_key_for_its_owner_and_uses_it_again) {
    const auto first = make({masking({"user.name"})});
    const std::string record = R"({"user":{"name":"ada.lovelace"}})";
    const std::string once = masked_record(*first, "json", record);
    struct stat info {};
    ASSERT_EQ(0, ::stat((folder_ / "masking.key").c_str(), &info));
    EXPECT_EQ(0600u, info.st_mode & 0777);
    EXPECT_EQ(once, masked_record(*make({masking({"user.name"})}), "json", record));
    ::chmod((folder_ / "masking.key").c_str(), 0640);
    const auto open = Masker::make({masking({"user.name"})}, files_, folder_.path(), formats_,
                                   fields_, workers_, counters_);
    ASSERT_FALSE(open);
    EXPECT_EQ(base::ErrorCode::denied, open.error().code);
}

TEST_F(MaskerTest, refuses_settings_that_mask_nothing_or_everything) {
    MaskSettings settings;
    EXPECT_FALSE(check(settings));
    for (const char* pattern : {"(", "x*", "", "(?P<a"}) {
        settings.patterns = {pattern};
        EXPECT_FALSE(check(settings)) << pattern;
    }
    settings.patterns = {"x+"};
    EXPECT_TRUE(check(settings));
}

}  // namespace
}  // namespace vedette::engine::masking
