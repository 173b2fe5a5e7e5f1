// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "source/syslog/limits.h"
#include "source/syslog/message_framer.h"

// The first byte chooses the framing, the cut, and whether a long line stands before the input so
// that small inputs reach the bound of a message: in pieces or at once, the same records must come
// out, none longer than a message may be, and the position must be the input's end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using source::syslog::kMessageBytesMax;
    if (size == 0) return 0;
    const auto framing = static_cast<source::syslog::MessageFraming>(data[0] % 3);
    const std::size_t piece_bytes = data[0] / 6 + 1u;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    // Seldom, because it costs as much as a thousand small inputs.
    const std::string padding(data[0] / 3 % 8 == 7 ? kMessageBytesMax - bytes.size() / 2 : 0, 'a');
    const auto cut = [&](std::size_t step) {
        source::syslog::MessageFramer framer(framing);
        std::vector<std::string> records;
        event::Chunk chunk;
        const auto hand_on = [&] {
            VD_CHECK(chunk.flags.empty() || chunk.flags.size() == chunk.record_count());
            for (std::size_t i = 0; i < chunk.record_count(); ++i) {
                records.emplace_back(chunk.record(i));
                VD_CHECK(!records.back().empty() && records.back().size() <= kMessageBytesMax);
            }
            chunk = {};
        };
        const auto feed = [&](std::string_view rest) {
            while (!rest.empty()) {
                rest.remove_prefix(framer.feed(rest, chunk));
                if (!rest.empty()) hand_on();
            }
        };
        feed(padding);
        for (std::size_t at = 0; at < bytes.size(); at += step) feed(bytes.substr(at, step));
        while (!framer.finish(chunk)) hand_on();
        hand_on();
        VD_CHECK(framer.state().position == padding.size() + bytes.size());
        return records;
    };
    VD_CHECK(cut(piece_bytes) == cut(std::max<std::size_t>(bytes.size(), 1)));
    return 0;
}
