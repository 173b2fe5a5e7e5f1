// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <cstdint>

#include "base/check.h"
#include "source/http/reception.h"

namespace {

using namespace vedette;

/// Takes two of three chunks and answers at once.
class Sink final : public source::ChunkSink {
  public:
    base::Result<void> offer(event::Chunk chunk,
                             std::function<void(source::Acceptance)> done) override {
        VD_CHECK(chunk.record_count() > 0);
        VD_CHECK(chunk.ends.back() == chunk.bytes.size());
        VD_CHECK(chunk.keys.empty() || chunk.keys.size() == chunk.record_count());
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
        if (response.content_type.find("json") == std::string::npos) return;
        simdjson::dom::parser parser;
        VD_CHECK(parser.parse(response.body).error() == simdjson::SUCCESS);
    }
    bool is_answered = false;
};

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
    Sink sink;
    const auto reception = std::make_shared<source::http::Reception>(
        source::SourceContext{"fuzz", sink, formats, clock, counters, {}}, source::Tokens());
    const auto target = std::make_shared<Target>();
    if (!reception->refuse(request)) {
        reception->handle(std::move(request), base::HttpResponder(target));
        VD_CHECK(target->is_answered);
    }
    return 0;
}
