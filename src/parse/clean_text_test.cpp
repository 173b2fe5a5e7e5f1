// SPDX-License-Identifier: Apache-2.0
#include "parse/clean_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "parse/decoder.h"

namespace vedette::parse {
namespace {

/// Pieces of UTF-8, whole and broken, so that runs of each kind meet at every place.
std::string pieces() {
    const auto piece = rc::gen::element<std::string>(
        "a", "plain ascii of more than eight", "\xC3\xA4", "\xE4\xB8\x96", "\xF0\x9F\xA6\x8A",
        "\xFF", "\xC3", "\xE4\xB8", "\xED\xA0\x80", "\xC0\x80", std::string(1, '\0'), "\x7F");
    std::string out;
    for (const std::string& each : *rc::gen::container<std::vector<std::string>>(piece)) {
        out += each;
    }
    return out;
}

RC_GTEST_PROP(CleanText, is_what_the_plain_way_gives, ()) {
    const std::string record = pieces();
    std::string scratch, expected;
    const bool is_damaged = append_valid_utf8(expected, record);
    for (char& c : expected) c = c == '\0' ? ' ' : c;
    const CleanText clean = clean_text(record, scratch);
    RC_ASSERT(clean.text == expected);
    RC_ASSERT(clean.was_valid == !is_damaged);
}

RC_GTEST_PROP(CleanText, copies_nothing_that_is_clean, ()) {
    std::string scratch = "as it was";
    std::string record;
    append_valid_utf8(record, pieces());
    for (char& c : record) c = c == '\0' ? ' ' : c;
    const CleanText clean = clean_text(record, scratch);
    RC_ASSERT(clean.text.data() == record.data());
    RC_ASSERT(clean.text.size() == record.size());
    RC_ASSERT(clean.was_valid);
    RC_ASSERT(scratch == "as it was");
}

}  // namespace
}  // namespace vedette::parse
