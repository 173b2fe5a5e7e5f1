// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "event/limits.h"
#include "source/relp/conversation.h"
#include "source/relp/limits.h"

// The first byte chooses the cut, and whether a long message stands before the input: in pieces or
// at once, the same records and answers must come out, and nothing may grow without bound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::source::relp;
    if (size == 0) return 0;
    const std::size_t piece_bytes = data[0] / 2 + 1u;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::string begin;
    if (data[0] % 8 == 7) {  // seldom, because it costs as much as a thousand small inputs
        begin = "1 open 14 relp_version=1\n2 syslog " + std::to_string(kMessageBytesMax + 1) + " " +
                std::string(kMessageBytesMax + 1, 'a') + "\n";
    }
    const auto talk = [&](std::size_t step) {
        std::atomic<std::uint64_t> longer{0}, broken{0};
        Conversation conversation(longer, broken);
        std::vector<std::string> heard;
        std::string answers;
        event::Chunk chunk;
        const auto hand_on = [&] {
            VD_CHECK(chunk.flags.empty() || chunk.flags.size() == chunk.record_count());
            if (chunk.record_count() > 0) {
                for (std::size_t i = 0; i < chunk.record_count(); ++i) {
                    heard.emplace_back(chunk.record(i));
                    VD_CHECK(!heard.back().empty() && heard.back().size() <= kMessageBytesMax);
                }
                chunk = {};
                conversation.on_offered();
                conversation.on_durable();
            }
            answers += conversation.take_answers();
        };
        const auto feed = [&](std::string_view rest) {
            while (!rest.empty()) {
                const std::size_t taken = conversation.feed(rest, chunk);
                VD_CHECK(chunk.record_count() <= event::kChunkRecordsMax);
                rest.remove_prefix(taken);
                if (!rest.empty()) hand_on();
            }
        };
        feed(begin);
        for (std::size_t at = 0; at < bytes.size(); at += step) feed(bytes.substr(at, step));
        hand_on();
        VD_CHECK(conversation.finish(chunk) && chunk.record_count() == 0);
        heard.push_back(answers);
        return heard;
    };
    VD_CHECK(talk(piece_bytes) == talk(std::max<std::size_t>(bytes.size(), 1)));
    return 0;
}
