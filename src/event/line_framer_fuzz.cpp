// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "event/limits.h"
#include "event/line_framer.h"

// The first byte chooses the cut and how often the input is repeated behind a long line, so that
// small inputs reach the bound of a record as well: in pieces or at once, the same records must
// come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::event;
    if (size == 0) return 0;
    const std::size_t piece_bytes = data[0] / 2 + 1u;
    std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t padding = data[0] % 2 == 0 ? kRecordBytesMax - bytes.size() / 2 : 0;
    const auto cut = [&](std::size_t step) {
        LineFramer framer;
        std::vector<std::string> records;
        Chunk chunk;
        const auto hand_on = [&] {
            for (std::size_t i = 0; i < chunk.record_count(); ++i)
                records.emplace_back(chunk.record(i));
            chunk = {};
        };
        const auto feed = [&](std::string_view rest) {
            while (!rest.empty()) {
                const std::size_t taken = framer.feed(rest, chunk);
                rest.remove_prefix(taken);
                if (!rest.empty()) hand_on();
            }
        };
        feed(std::string(padding, 'a'));
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            feed(std::string_view(bytes).substr(at, step));
        }
        while (!framer.finish(chunk)) hand_on();
        hand_on();
        VD_CHECK(framer.state().position == padding + bytes.size());
        return records;
    };
    VD_CHECK(cut(piece_bytes) == cut(std::max<std::size_t>(bytes.size(), 1)));
    return 0;
}
