// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vedette::base {

/// What an HTTP server answered, without its body.
struct HttpResponseHead {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case

    /// The value of a header (name in lower case), or empty.
    std::string_view header(std::string_view name) const;
};

/// Takes the bytes of one HTTP/1.1 response as they come and hands on its body: counted, chunked or
/// ended by the close of the connection. Does not decompress.
/// Source: RFC 9112 sections 4 to 7
class HttpResponseReader {
  public:
    /// Gets each piece of the body. Lives: the piece is good only during the call.
    using BodySink = std::function<Result<void>(const HttpResponseHead&, std::string_view)>;

    HttpResponseReader(BodySink sink, std::uint64_t body_bytes_max)
        : sink_(std::move(sink)), body_bytes_max_(body_bytes_max) {}

    /// Reads on. Bytes behind the end of the response are an error, because we never pipeline.
    /// Errors: bad_input if it is not HTTP; limit if head or body are too large; what the sink
    /// says.
    Result<void> feed(std::string_view bytes);

    /// Tells that the connection ended. Errors: unavailable if the response is not whole.
    Result<void> end();

    bool is_done() const { return state_ == State::done; }
    bool has_begun() const { return has_begun_; }
    /// Whether the server keeps the connection open after this response.
    bool keeps_alive() const { return keeps_alive_; }
    const HttpResponseHead& head() const { return head_; }

  private:
    enum class State { head, counted, until_close, chunk_size, chunk, chunk_end, trailer, done };

    Result<void> take_head(std::string_view& bytes);
    Result<void> parse_head();
    Result<void> choose_body();
    Result<void> take_body(std::string_view& bytes);
    /// Moves one line without its end from the bytes into line_; false if it is not whole yet.
    Result<bool> take_line(std::string_view& bytes);
    Result<void> take_chunk_size();
    Result<void> take_trailer();
    Result<void> take_chunk_end();

    BodySink sink_;
    std::uint64_t body_bytes_max_;
    State state_ = State::head;
    bool has_begun_ = false;
    bool keeps_alive_ = false;
    HttpResponseHead head_;
    std::string line_;              // head so far, or the line being collected
    std::uint64_t left_bytes_ = 0;  // of the counted body or of the chunk
    std::uint64_t body_bytes_ = 0;
};

}  // namespace vedette::base
