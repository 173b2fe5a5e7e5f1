// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/http_response_reader.h"

namespace {

using namespace vedette::base;

struct Outcome {
    bool is_good = false;
    bool keeps_alive = false;
    int status = 0;
    std::string body;
    bool operator==(const Outcome&) const = default;
};

constexpr std::uint64_t kBodyBytesMax = 4'096;

Outcome read_in_pieces(std::string_view bytes, std::size_t step) {
    Outcome out;
    HttpResponseReader reader(
        [&](const HttpResponseHead& head, std::string_view piece) -> Result<void> {
            VD_CHECK(head.status >= 100);
            out.body.append(piece);
            return {};
        },
        kBodyBytesMax);
    out.is_good = true;
    for (std::size_t at = 0; at < bytes.size() && out.is_good; at += step) {
        out.is_good = reader.feed(bytes.substr(at, step)).has_value();
    }
    out.is_good = out.is_good && reader.end().has_value();
    VD_CHECK(out.body.size() <= kBodyBytesMax);
    VD_CHECK(!out.is_good || reader.is_done());
    if (!out.is_good) return {};  // how far it came depends on the cut
    out.keeps_alive = reader.keeps_alive();
    out.status = reader.head().status;
    return out;
}

}  // namespace

// The first byte chooses the cut: in pieces or at once, the same answer must come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    VD_CHECK(read_in_pieces(bytes, data[0] % 64 + 1u) ==
             read_in_pieces(bytes, std::max<std::size_t>(bytes.size(), 1)));
    return 0;
}
