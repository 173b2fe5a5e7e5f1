// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/manifest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/sha256.h"

namespace vedette::engine::backup {
namespace {

Manifest sample() {
    Manifest manifest;
    manifest.program = "0.1.0";
    manifest.taken = base::parse_rfc3339("2026-11-28T13:00:00.123456789Z").value();
    manifest.journal_first = 3;
    manifest.journal_end = 4'711;
    manifest.judged_to = 4'700;
    manifest.stored_to = 4'680;
    manifest.state_schema = 2;
    manifest.state_digest = base::sha256_hex("state");
    manifest.store = StorePart{1, 123'456};
    manifest.files = {{"data/lists/a list.yml", 12, base::sha256_hex("a")},
                      {"journal/00000000000000000003.seg", 4'096, base::sha256_hex("b")},
                      {"state.sqlite", 8'192, base::sha256_hex("c")}};
    return manifest;
}

/// The text with its last line made right again.
std::string sealed(std::string text) {
    text.erase(text.rfind("end "));
    return text + "end " + base::sha256_hex(text) + "\n";
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return sealed(text);
}

base::ErrorCode refusal(const std::string& text) {
    const auto manifest = decode_manifest(text);
    EXPECT_FALSE(manifest) << text;
    return manifest ? base::ErrorCode::cancelled : manifest.error().code;
}

TEST(ManifestTest, comes_back_as_it_was_written) {
    const auto again = decode_manifest(encode(sample()));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(sample(), *again);
    Manifest without_store = sample();
    without_store.store.reset();
    EXPECT_EQ(without_store, decode_manifest(encode(without_store)).value());
}

TEST(ManifestTest, cut_off_anywhere_is_none) {
    const std::string text = encode(sample());
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_FALSE(decode_manifest(text.substr(0, size))) << size;
    }
}

TEST(ManifestTest, with_any_byte_changed_is_none) {
    const std::string text = encode(sample());
    rc::check([&](std::uint8_t flip) {
        RC_PRE(flip != 0);
        std::string changed = text;
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        changed[at] = static_cast<char>(changed[at] ^ flip);
        RC_ASSERT(!decode_manifest(changed));
    });
}

TEST(ManifestTest, of_a_newer_form_is_not_understood) {
    EXPECT_EQ(base::ErrorCode::unsupported,
              refusal(with(encode(sample()), "vedette backup 1", "vedette backup 2")));
}

TEST(ManifestTest, names_no_file_that_leads_out_or_comes_twice) {
    const std::string text = encode(sample());
    for (const char* name : {"/etc/passwd", "../state.sqlite", "data/../../x", "data//x",
                             "data/./x", "", "data/", "data/\x1b[31m", "manifest"}) {
        EXPECT_EQ(base::ErrorCode::corrupt, refusal(with(text, "data/lists/a list.yml", name)))
            << name;
    }
    EXPECT_EQ(base::ErrorCode::corrupt,
              refusal(with(text, "data/lists/a list.yml", "state.sqlite")));
}

TEST(ManifestTest, with_sizes_that_are_none_is_refused) {
    const std::string text = encode(sample());
    for (const char* size : {"-1", "1e3", "99999999999999999999", "2000000000000000", "0x10", ""}) {
        EXPECT_FALSE(decode_manifest(with(text, "file 12 ", std::string("file ") + size + " ")))
            << size;
    }
}

TEST(ManifestTest, whose_views_are_ahead_of_its_journal_is_refused) {
    EXPECT_EQ(base::ErrorCode::corrupt,
              refusal(with(encode(sample()), "judged 4700", "judged 4712")));
}

}  // namespace
}  // namespace vedette::engine::backup
