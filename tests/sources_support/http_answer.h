// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_server.h"
#include "tests/sources_support/fake_sink.h"

namespace vedette::tests {

/// Keeps the one answer to a request.
class HttpAnswer final : public base::HttpResponder::Target {
  public:
    void answer(base::HttpResponse response) override {
        const std::lock_guard lock(mutex_);
        ++count_;
        response_ = std::move(response);
    }
    int count() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }
    base::HttpResponse response() const {
        const std::lock_guard lock(mutex_);
        return response_;
    }

  private:
    mutable std::mutex mutex_;
    int count_ = 0;
    base::HttpResponse response_;
};

/// A request as the server would hand it on, and a reception's answer to it.
struct HttpAsked {
    std::string method = "POST", path, query, body;
    std::vector<std::pair<std::string, std::string>> headers = {};

    template <class Reception>
    std::shared_ptr<HttpAnswer> send(Reception& reception) const {
        base::HttpRequest request;
        request.method = method;
        request.path = path;
        request.query = query;
        request.headers = headers;
        request.peer = "192.0.2.7";
        auto answer = std::make_shared<HttpAnswer>();
        if (auto refusal = reception.refuse(request)) {
            answer->answer(std::move(*refusal));
            return answer;
        }
        request.body = body;
        reception.handle(std::move(request), base::HttpResponder(answer));
        return answer;
    }
    template <class Reception>
    base::HttpResponse ask(Reception& reception) const {
        const auto answer = send(reception);
        EXPECT_TRUE(wait_until([&] { return answer->count() > 0; }));
        EXPECT_EQ(answer->count(), 1);
        return answer->response();
    }
};

inline std::string header_of(const base::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

inline std::string gzipped(std::string_view text) {
    z_stream stream{};
    ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(::deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

}  // namespace vedette::tests
