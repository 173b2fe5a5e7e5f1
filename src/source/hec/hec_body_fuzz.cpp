// SPDX-License-Identifier: Apache-2.0
// Bodies of every endpoint: the first byte picks it, the rest is the body. What is taken must be
// the body's own bytes in order, and every answer is JSON.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "source/hec/event_body.h"
#include "source/hec/reception.h"
#include "tests/sources_support/fuzz_target.h"

namespace {

using namespace vedette;

void check_events(std::string_view body) {
    const auto cut = source::hec::cut_events(body);
    const char* after = body.data();
    for (const auto& event : cut.events) {
        VD_CHECK(event.text.data() >= after && event.text.front() == '{');
        after = event.text.data() + event.text.size();
        VD_CHECK(event.text.back() == '}' && after <= body.data() + body.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    check_events(body);
    static const char* const kPaths[] = {"/services/collector", "/services/collector/raw",
                                         "/services/collector/ack"};
    static const base::SystemClock clock;
    static base::CounterRegistry counters;
    static const event::FormatDeclarations formats = [] {
        event::FormatDeclarations out(1);
        out[0].name = "text";
        return out;
    }();
    const bool has_acks = data[0] >= 0x80;
    tests::FuzzSink sink;
    const auto reception = std::make_shared<source::hec::Reception>(
        source::SourceContext{"fuzz", sink, formats, clock, counters, {}}, source::Tokens(),
        has_acks);
    base::HttpRequest request;
    request.method = "POST";
    request.path = kPaths[data[0] % 3];
    request.query = "channel=c&sourcetype=x";
    request.body = body;
    const auto target = std::make_shared<tests::FuzzAsker>(true);
    reception->handle(std::move(request), base::HttpResponder(target));
    VD_CHECK(target->is_answered);
    return 0;
}
