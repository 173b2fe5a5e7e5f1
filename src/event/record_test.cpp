// SPDX-License-Identifier: Apache-2.0
#include "event/record.h"

#include <gtest/gtest.h>

namespace vedette::event {
namespace {

Chunk sample() {
    Chunk chunk;
    chunk.envelope = {"files", "/var/log/auth.log", "syslog", 2, {1'700'000'000'000'000'000}, "ctx",
                      7};
    chunk.add_record("first");
    chunk.add_record("");
    chunk.add_record("third");
    chunk.keys = {"a", "", "c"};
    chunk.flags = {0, 8, 0};
    chunk.position = "inode 5 offset 10";
    return chunk;
}

TEST(Chunk, reads_back_what_was_written) {
    std::string bytes = encode(sample());
    const auto read = decode_chunk(bytes);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->record(0), "first");
    EXPECT_EQ(read->record(1), "");
    EXPECT_EQ(read->record(2), "third");
    EXPECT_EQ(read->keys, sample().keys);
    EXPECT_EQ(read->flags, sample().flags);
    EXPECT_EQ(read->position, "inode 5 offset 10");
    EXPECT_EQ(read->envelope.origin, "/var/log/auth.log");
    EXPECT_EQ(read->envelope.first_line, 7u);
    EXPECT_EQ(read->envelope.arrival.unix_ns, 1'700'000'000'000'000'000);
}

TEST(Chunk, refuses_every_truncation_of_itself) {
    Chunk enriched = sample();
    enriched.envelope.enrichment = "0123456789abcdef0123456789abcdef";
    for (const std::string& bytes : {encode(sample()), encode(enriched)}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            std::string cut = bytes.substr(0, size);
            EXPECT_FALSE(decode_chunk(cut)) << size;
            EXPECT_EQ(cut, bytes.substr(0, size)) << "what cannot be read is kept";
        }
    }
}

TEST(Chunk, names_its_enrichment_and_has_the_form_of_old_if_there_is_none) {
    Chunk chunk = sample();
    const std::string plain = encode(chunk);
    EXPECT_EQ(plain[0], 1) << "what was journalled before there were lists is read as it was";
    chunk.envelope.clock = "zone=+02:00";
    EXPECT_EQ(decode_chunk_head(encode(chunk))->envelope.clock, "zone=+02:00");
    EXPECT_EQ(decode_chunk_head(encode(chunk))->envelope.enrichment, "");
    chunk.envelope.enrichment = "0123456789abcdef0123456789abcdef";
    std::string bytes = encode(chunk);
    EXPECT_EQ(bytes[0], 2);
    EXPECT_EQ(decode_chunk_head(bytes)->envelope.enrichment, chunk.envelope.enrichment);
    EXPECT_EQ(decode_chunk(bytes)->envelope.enrichment, chunk.envelope.enrichment);
    std::string unknown = plain;
    unknown[0] = 3;
    EXPECT_FALSE(decode_chunk(unknown));
    EXPECT_FALSE(decode_chunk_head(unknown));
}

TEST(ChunkHead, knows_keys_and_position_without_the_records) {
    const auto head = decode_chunk_head(encode(sample()));
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->record_count, 3u);
    EXPECT_EQ(head->keys, sample().keys);
    EXPECT_EQ(head->position, "inode 5 offset 10");
}

}  // namespace
}  // namespace vedette::event
