// SPDX-License-Identifier: Apache-2.0
#include "source/record_chunks.h"

#include <gtest/gtest.h>

#include "event/limits.h"

namespace vedette::source {
namespace {

TEST(RecordChunks, hold_as_many_rows_as_a_chunk_may_have) {
    RecordChunks chunks(event::Envelope{});
    const std::size_t half = event::kChunkRecordsMax / 2;
    EXPECT_EQ(chunks.add("a", "", "", half), 0u);
    EXPECT_EQ(chunks.add("b", "", "", half), 0u);
    EXPECT_EQ(chunks.add("c", "", "", 1), 1u) << "the first chunk is full of rows";
    EXPECT_EQ(chunks.add("d", "other", "", 1), 2u);
    EXPECT_EQ(chunks.add("e", "", "", event::kChunkRecordsMax * 2), 3u)
        << "what is too much for any chunk has one of its own";
    const auto taken = chunks.take();
    ASSERT_EQ(taken.size(), 4u);
    EXPECT_EQ(taken[0].record_count(), 2u);
    EXPECT_EQ(taken[2].envelope.context, "other");
}

}  // namespace
}  // namespace vedette::source
