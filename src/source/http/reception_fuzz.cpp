// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "source/http/reception.h"
#include "tests/sources_support/fuzz_target.h"

namespace {

using namespace vedette;

std::string take_line(std::string_view& rest) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    return std::string(line);
}

}  // namespace

// Lines: method, path, query, Content-Encoding, Authorization or Accept; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    base::HttpRequest request;
    request.method = take_line(rest);
    request.path = take_line(rest);
    request.query = take_line(rest);
    request.headers.emplace_back("content-encoding", take_line(rest));
    request.headers.emplace_back("accept", take_line(rest));
    request.body = rest;

    static const base::SystemClock clock;
    static base::CounterRegistry counters;
    static const event::FormatDeclarations formats = [] {
        event::FormatDeclarations out(2);
        out[0].name = "json";
        out[1].name = "text";
        return out;
    }();
    tests::FuzzSink sink;
    const auto reception = std::make_shared<source::http::Reception>(
        source::SourceContext{"fuzz", sink, formats, clock, counters, {}}, source::Tokens());
    const auto target = std::make_shared<tests::FuzzAsker>(false);
    if (!reception->refuse(request)) {
        reception->handle(std::move(request), base::HttpResponder(target));
        VD_CHECK(target->is_answered);
    }
    return 0;
}
