// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/server_client.h"

#include <simdjson.h>
#include <unistd.h>

#include "serve/admin.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;

constexpr int kConnectTimeoutMs = 2'000;
constexpr int kAnswerTimeoutMs = 600'000;  // a search over years
constexpr std::uint64_t kAnswerBytesMax = 4ull << 30;

std::string answer_text(simdjson::dom::element document, const char* key) {
    std::string_view text;
    return document[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

ErrorCode code_of(std::string_view word, int status) {
    for (const ErrorCode code :
         {ErrorCode::bad_input, ErrorCode::not_found, ErrorCode::io, ErrorCode::limit,
          ErrorCode::timeout, ErrorCode::unavailable, ErrorCode::corrupt, ErrorCode::denied,
          ErrorCode::unsupported, ErrorCode::cancelled}) {
        if (word == base::name(code)) return code;
    }
    return status == 503 ? ErrorCode::unavailable : ErrorCode::io;
}

// The server's error as it was there; what is not ours is shown as it came.
tl::unexpected<base::Error> server_error(const base::HttpClientResponse& answer) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::string_view text;
    const simdjson::padded_string padded(answer.body);
    if (parser.parse(padded).get(document) != simdjson::SUCCESS ||
        document["error"].get(text) != simdjson::SUCCESS) {
        return base::fail(code_of({}, answer.head.status), answer.body.substr(0, 500),
                          "the running server");
    }
    const std::string where = answer_text(document, "where");
    return base::fail(code_of(answer_text(document, "code"), answer.head.status), std::string(text),
                      where.empty() ? "the running server" : where, answer_text(document, "hint"));
}

}  // namespace

base::Result<std::optional<std::string>> ask_server(const std::string& data_folder,
                                                    const base::HttpClientRequest& request) {
    const std::string socket = data_folder + "/" + std::string(serve::kAdminSocketName);
    if (::access(socket.c_str(), F_OK) != 0) return std::nullopt;
    base::HttpClient client({socket, {}, 0},
                            {kConnectTimeoutMs, kAnswerTimeoutMs, kAnswerBytesMax});
    auto answer = client.send(request);
    if (!answer && answer.error().code == ErrorCode::unavailable) return std::nullopt;
    if (!answer) return tl::unexpected(std::move(answer).error());
    if (answer->head.status != 200) return server_error(*answer);
    return std::optional<std::string>(std::move(answer->body));
}

}  // namespace vedette::apps
