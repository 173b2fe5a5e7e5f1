// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/compressed.h"

// The first byte chooses the cut: in pieces or at once, the same bytes must come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::base;
    if (size == 0) return 0;
    const std::size_t piece_bytes = data[0] + 1u;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const DecompressLimits limits{.total_bytes_max = 1u << 20};
    const auto open = [&](std::size_t step, std::string& out) {
        Decompressor opener(limits);
        const auto sink = [&](std::string_view block) {
            out.append(block);
            return Result<void>{};
        };
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            if (!opener.feed(bytes.substr(at, step), sink)) return false;
        }
        return opener.finish(sink).has_value();
    };
    std::string cut, whole;
    const bool is_cut_good = open(piece_bytes, cut);
    const bool is_whole_good = open(std::max<std::size_t>(bytes.size(), 1), whole);
    VD_CHECK(is_cut_good == is_whole_good);
    VD_CHECK(!is_whole_good || cut == whole);
    VD_CHECK(cut.size() <= limits.total_bytes_max);
    return 0;
}
