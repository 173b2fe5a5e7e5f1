// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/found_event.h"

#include <gtest/gtest.h>

namespace vedette::engine::replay {
namespace {

using event::EventId;

TEST(FoundEventTest, ids_are_read_as_searches_replays_and_people_write_them) {
    for (const char* text : {"4711.3", "4711:3", "4711/3", "1/4711/3", "1/4711.3"}) {
        EXPECT_EQ(event_id_of(text), (EventId{4'711, 3})) << text;
    }
    for (const char* text :
         {"", "4711", ".", "4711.", ".3", "1.2.3", "1:4711.3", "4711.3.1.2", "-1.3", "4711 3",
          "4711.3x", "0x4.1", "4711.4294967296", "18446744073709551616.1", "{\"a\":1.3}"}) {
        EXPECT_FALSE(event_id_of(text)) << text;
    }
}

rule::search::Hit hit_of(std::string note) {
    rule::search::Hit hit;
    hit.offset = 7;
    hit.row = 3;
    hit.raw = R"({"@timestamp":"2026-11-22T10:00:00Z","note":null,"n":5})";
    EventTexts texts;
    const auto batch = texts.decode({hit.raw});
    hit.dataset = std::string((*batch)->dataset((*batch)->rows()[0].dataset));
    hit.fields = {{"note", std::move(note)}, {"n", "5"}};
    return hit;
}

TEST(FoundEventTest, is_the_record_where_that_gives_what_the_store_has) {
    EventTexts texts;
    event::Batch spare(texts.fields());
    const FoundEvent found = *found_event(hit_of("null"), {}, texts, spare);
    ASSERT_TRUE(found.is_of_record);
    const auto cells = found.batch->cells(*texts.fields().find("note"), found.row);
    ASSERT_EQ(cells.size(), 1u);
    EXPECT_EQ(cells[0].kind, event::ValueKind::null);
}

TEST(FoundEventTest, is_what_the_store_has_where_the_record_gives_something_else) {
    EventTexts texts;
    event::Batch spare(texts.fields());
    rule::search::Hit hit = hit_of("null");
    hit.fields.emplace_back("user.vip", "yes");  // as a look-up list adds it
    const FoundEvent found = *found_event(hit, {}, texts, spare);
    ASSERT_FALSE(found.is_of_record);
    EXPECT_EQ(found.batch->rows()[found.row].id, (EventId{7, 3}));
    EXPECT_EQ(found.batch->first(*texts.fields().find("user.vip"), found.row), "yes");
    EXPECT_EQ(found.batch->first(*texts.fields().find("n"), found.row), "5");
}

TEST(FoundEventTest, a_format_that_is_not_there_is_told) {
    EventTexts texts;
    event::Batch spare(texts.fields());
    const auto found = found_event(hit_of("null"), "no such format", texts, spare);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, base::ErrorCode::bad_input);
}

}  // namespace
}  // namespace vedette::engine::replay
