// SPDX-License-Identifier: Apache-2.0
#include "event/element_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/batch.h"
#include "event/limits.h"
#include "tests/support/cut_in_pieces.h"

namespace vedette::event {
namespace {

using Records = std::vector<std::string>;

Records cut_elements(const std::string& bytes, std::size_t piece_bytes,
                     std::vector<std::uint16_t>* flags = nullptr) {
    Framing framing;
    framing.kind = Framing::Kind::element;
    framing.element = "Event";
    return tests::cut_in_pieces(framing, bytes, piece_bytes, flags);
}

const std::string kOneElement = "<Event xmlns='x'><EventData><Data>1</Data></EventData></Event>";
const std::string kTwo = "<Event><EventID>2</EventID>\n</Event >";

TEST(ElementFramer, gives_out_each_element_and_passes_over_what_encloses_them) {
    const std::string file = "\xEF\xBB\xBF<?xml version=\"1.0\"?>\r\n<!-- > --><Events>" +
                             kOneElement + "\n" + kTwo + "<Event/></Events>\n";
    for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{7}, file.size()}) {
        EXPECT_EQ(cut_elements(file, piece_bytes), (Records{kOneElement, kTwo, "<Event/>"}));
    }
}

TEST(ElementFramer, text_between_elements_is_kept_as_a_record) {
    EXPECT_EQ(cut_elements(kOneElement + " lost? " + kTwo + "rest", 3),
              (Records{kOneElement, "lost?", kTwo, "rest"}));
}

TEST(ElementFramer, an_element_without_an_end_is_given_out_at_the_end) {
    EXPECT_EQ(cut_elements(kOneElement + "<Event><EventData>", 5),
              (Records{kOneElement, "<Event><EventData>"}));
    EXPECT_EQ(cut_elements("<Eve", 1), Records{"<Eve"});
    EXPECT_EQ(cut_elements("<!-- no end", 4), Records{"<!-- no end"});
}

TEST(ElementFramer, a_longer_element_becomes_parts_that_say_so) {
    std::vector<std::uint16_t> flags;
    const std::string big = "<Event>" + std::string(3 * kRecordBytesMax, 'a') + "</Event>";
    const Records records = cut_elements(big + kOneElement, 60'000, &flags);
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records[0] + records[1] + records[2] + records[3], big);
    EXPECT_EQ(records[4], kOneElement);
    EXPECT_EQ(flags, (std::vector<std::uint16_t>{kRowPartOfLonger, kRowPartOfLonger,
                                                 kRowPartOfLonger, kRowPartOfLonger, 0}));
}

TEST(ElementFramer, more_elements_than_a_chunk_holds_lose_nothing) {
    std::string bytes;
    for (std::size_t i = 0; i < kChunkRecordsMax + 3; ++i) bytes += "<Event/>";
    EXPECT_EQ(cut_elements(bytes, bytes.size()).size(), kChunkRecordsMax + 3);
    EXPECT_EQ(cut_elements(bytes, 17).size(), kChunkRecordsMax + 3);
}

TEST(ElementFramer, pieces_do_not_matter) {
    rc::check([](const std::vector<std::uint8_t>& choice) {
        const std::string parts[] = {kOneElement, kTwo,    "<Event", ">",   "</Event>", "text",
                                     " ",         "</Eve", "<!--",   "-->", "<a/>",     "\n"};
        std::string bytes;
        for (const std::uint8_t byte : choice) bytes += parts[byte % std::size(parts)];
        const std::size_t piece_bytes = *rc::gen::inRange<std::size_t>(1, 50);
        RC_ASSERT(cut_elements(bytes, piece_bytes) == cut_elements(bytes, bytes.size() + 1));
    });
}

}  // namespace
}  // namespace vedette::event
