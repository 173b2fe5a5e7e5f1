// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/framer.h"

namespace vedette::tests {

/// The records that a framing cuts `bytes` into, fed in pieces of one size, and their flags. Holds
/// the framer to the position that it must have reached.
inline std::vector<std::string> cut_in_pieces(const event::Framing& framing, std::string_view bytes,
                                              std::size_t piece_bytes,
                                              std::vector<std::uint16_t>* flags = nullptr) {
    std::vector<std::string> records;
    const auto framer = event::make_framer(framing);
    event::Chunk chunk;
    const auto hand_on = [&] {
        for (std::size_t i = 0; i < chunk.record_count(); ++i) {
            records.emplace_back(chunk.record(i));
            if (flags != nullptr) flags->push_back(chunk.flags.empty() ? 0 : chunk.flags[i]);
        }
        chunk = {};
    };
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        std::string_view piece = bytes.substr(at, piece_bytes);
        while (!piece.empty()) {
            piece.remove_prefix(framer->feed(piece, chunk));
            if (!piece.empty()) hand_on();
        }
    }
    while (!framer->finish(chunk)) hand_on();
    hand_on();
    EXPECT_EQ(framer->state().position, bytes.size());
    return records;
}

}  // namespace vedette::tests
