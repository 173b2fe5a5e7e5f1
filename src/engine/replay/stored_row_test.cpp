// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/stored_row.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "store/encoder.h"

namespace vedette::engine::replay {
namespace {

using event::ValueKind;

TEST(StoredRow, takes_lists_apart_and_leaves_texts_that_look_like_them) {
    const auto texts = [](std::string_view text) {
        std::string out;
        for (const ListElement& element : list_elements(text)) out += element.text + ";";
        return out;
    };
    EXPECT_EQ(texts(R"(["a","b\"c\\","d,e]"])"), "a;b\"c\\;d,e];");
    EXPECT_EQ(texts("[1,2.50,true]"), "1;2.50;true;");
    EXPECT_EQ(list_elements("[null,[],{}]").at(1).kind, ValueKind::empty_list);
    for (const char* no_list : {"", "[", "[]", "[a,b]", "[\"a\"]", "[1]", "[1,2", "[1,2]x",
                                "x[1,2]", "[\"a\",\"b]", "[\"\\u00\",1]"}) {
        EXPECT_TRUE(list_elements(no_list).empty()) << no_list;
    }
}

RC_GTEST_PROP(StoredRow, is_made_again_from_what_the_store_keeps, ()) {
    // Cells of one field, as a decoder may give them.
    event::FieldDictionary fields;
    event::Batch before(fields);
    before.dataset_index("d");
    before.add_row().raw = "raw";
    const auto field = *fields.intern("some.field");
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
        const auto kind = *rc::gen::element(ValueKind::text, ValueKind::text, ValueKind::integer,
                                            ValueKind::null, ValueKind::empty_list);
        const std::string text =
            kind == ValueKind::text ? *rc::gen::element<std::string>("", "a", "null", "[]", "[1,2]",
                                                                     "q\"\\\n\x01", "\xC3\xA4")
            : kind == ValueKind::integer ? "12"
                                         : "";
        before.add(field, text, kind);
    }
    const std::string stored = stored_text(before, field, 0);
    StoredRow row;
    row.dataset = "d";
    row.raw = "raw";
    row.values = {{"some.field", stored, true}};
    const std::size_t open = ambiguous_values(row).size();
    RC_ASSERT(open <= 1u);
    bool is_found = false;
    for (unsigned reading = 0; reading < (1u << open); ++reading) {
        event::Batch after(fields);
        add_row(after, row, reading);
        RC_ASSERT(stored_text(after, field, 0) == stored || open > 0);
        const auto a = before.cells(field, 0), b = after.cells(field, 0);
        bool is_same = a.size() == b.size();
        for (std::size_t i = 0; is_same && i < a.size(); ++i) {
            const bool has_text = a[i].kind == ValueKind::text || a[i].kind == ValueKind::integer;
            const bool has_text_after =
                b[i].kind == ValueKind::text || b[i].kind == ValueKind::real;
            is_same = before.text(a[i]) == after.text(b[i]) && has_text == has_text_after &&
                      (has_text || a[i].kind == b[i].kind);
        }
        is_found = is_found || is_same;
    }
    RC_ASSERT(is_found);
}

}  // namespace
}  // namespace vedette::engine::replay
