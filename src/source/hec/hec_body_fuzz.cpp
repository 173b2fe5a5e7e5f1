// SPDX-License-Identifier: Apache-2.0
// Bodies of every endpoint: the first byte picks it, the rest is the body. What is taken must be
// the body's own bytes in order, and every answer is JSON.

#include <simdjson.h>

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "source/hec/event_body.h"
#include "source/hec/reception.h"

namespace {

using namespace vedette;

/// Takes two of three chunks and answers at once.
class Sink final : public source::ChunkSink {
  public:
    base::Result<void> offer(event::Chunk chunk,
                             std::function<void(source::Acceptance)> done) override {
        VD_CHECK(chunk.record_count() > 0);
        VD_CHECK(chunk.ends.back() == chunk.bytes.size());
        VD_CHECK(chunk.flags.empty() || chunk.flags.size() == chunk.record_count());
        if (++offers_ % 3 == 0) return base::fail(base::ErrorCode::limit, "no room");
        done(offers_ % 3 == 1 ? source::Acceptance::durable : source::Acceptance::refused);
        return {};
    }
    std::vector<bool> seen(const std::vector<std::string>& keys) override {
        return std::vector<bool>(keys.size(), false);
    }
    void forget(const std::vector<std::string>&) override {}
    void when_durable(std::function<void(source::Acceptance)> done) override {
        done(source::Acceptance::durable);
    }

  private:
    int offers_ = 0;
};

class Target final : public base::HttpResponder::Target {
  public:
    void answer(base::HttpResponse response) override {
        VD_CHECK(!is_answered);
        is_answered = true;
        simdjson::dom::parser parser;
        VD_CHECK(parser.parse(response.body).error() == simdjson::SUCCESS);
    }
    bool is_answered = false;
};

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
    Sink sink;
    const auto reception = std::make_shared<source::hec::Reception>(
        source::SourceContext{"fuzz", sink, formats, clock, counters, {}}, source::Tokens(),
        has_acks);
    base::HttpRequest request;
    request.method = "POST";
    request.path = kPaths[data[0] % 3];
    request.query = "channel=c&sourcetype=x";
    request.body = body;
    const auto target = std::make_shared<Target>();
    reception->handle(std::move(request), base::HttpResponder(target));
    VD_CHECK(target->is_answered);
    return 0;
}
