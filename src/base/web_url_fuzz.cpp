// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/web_fetch.h"

// Where a server may lead us: no URL is taken that, written again, is another one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::base;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const WebUrl from{true, "feeds.example", 443, "/a/b?x"};
    for (const auto& made : {parse_web_url(text), resolve_web_url(from, text)}) {
        if (!made) continue;
        VD_CHECK(!made->host.empty() && made->port != 0 && made->target.starts_with('/'));
        VD_CHECK(made->target.find_first_of("\r\n ") == std::string::npos);
        VD_CHECK(made->host.find_first_of("\r\n /@") == std::string::npos);
        const auto again = parse_web_url(made->origin() + made->target);
        VD_CHECK(again && again->origin() == made->origin() && again->target == made->target);
    }
    return 0;
}
