// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <functional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/http_server.h"
#include "source/source.h"

namespace vedette::tests {

/// A journal for fuzz targets: looks that chunks are whole, takes two of three and answers at once.
class FuzzSink final : public source::ChunkSink {
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

/// Whoever asked: wants one answer, and where it says that it is JSON (or `is_always_json`), JSON.
class FuzzAsker final : public base::HttpResponder::Target {
  public:
    explicit FuzzAsker(bool is_always_json) : is_always_json_(is_always_json) {}
    void answer(base::HttpResponse response) override {
        VD_CHECK(!is_answered);
        is_answered = true;
        const bool is_json = response.content_type.find("json") != std::string::npos;
        if (!is_json && !is_always_json_) return;
        simdjson::dom::parser parser;
        VD_CHECK(parser.parse(response.body).error() == simdjson::SUCCESS);
    }
    bool is_answered = false;

  private:
    const bool is_always_json_;
};

}  // namespace vedette::tests
