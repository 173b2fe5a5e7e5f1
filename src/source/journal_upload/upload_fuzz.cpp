// SPDX-License-Identifier: Apache-2.0
// The first byte chooses the cut: in pieces or at once, the same entries and answers must come out.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "event/limits.h"
#include "source/journal_upload/upload.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    if (size == 0) return 0;
    const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto talk = [&](std::size_t step) {
        std::atomic<std::uint64_t> broken{0};
        source::journal_upload::Upload upload(broken);
        std::vector<std::string> heard;
        std::string answers;
        event::Chunk chunk;
        const auto hand_on = [&] {
            VD_CHECK(chunk.record_count() <= event::kChunkRecordsMax);
            if (chunk.record_count() > 0) {
                for (std::size_t i = 0; i < chunk.record_count(); ++i) {
                    heard.emplace_back(chunk.record(i));
                }
                chunk = {};
                upload.on_offered();
                upload.on_durable();
            }
            answers += upload.take_answers();
        };
        for (std::size_t at = 0; at < all.size() && !upload.is_over(); at += step) {
            std::string_view piece = all.substr(at, step);
            while (!piece.empty() && !upload.is_over()) {
                piece.remove_prefix(upload.feed(piece, chunk));
                hand_on();
            }
        }
        hand_on();
        VD_CHECK(upload.is_over() == (broken == 1));
        heard.push_back(answers);
        return heard;
    };
    VD_CHECK(talk(data[0] + 1u) == talk(std::max<std::size_t>(all.size(), 1)));
    return 0;
}
