// SPDX-License-Identifier: Apache-2.0
#include "base/http_response_reader.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"

namespace vedette::base {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

template <typename Number>
bool parse_number(std::string_view text, Number& out, int base = 10) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

tl::unexpected<Error> not_http(std::string_view what) {
    return fail(ErrorCode::bad_input, "the answer is not HTTP: " + std::string(what));
}

}  // namespace

std::string_view HttpResponseHead::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

Result<void> HttpResponseReader::feed(std::string_view bytes) {
    has_begun_ = has_begun_ || !bytes.empty();
    while (!bytes.empty()) {
        switch (state_) {
            case State::head: VD_TRY_DO(take_head(bytes)); break;
            case State::counted:
            case State::until_close:
            case State::chunk: VD_TRY_DO(take_body(bytes)); break;
            case State::chunk_size:
            case State::chunk_end:
            case State::trailer: {
                VD_TRY(const bool is_whole, take_line(bytes));
                if (!is_whole) break;
                if (state_ == State::chunk_size) {
                    VD_TRY_DO(take_chunk_size());
                } else if (state_ == State::chunk_end) {
                    VD_TRY_DO(take_chunk_end());
                } else {
                    VD_TRY_DO(take_trailer());
                }
                break;
            }
            case State::done: return not_http("bytes behind its end");
        }
    }
    return {};
}

Result<void> HttpResponseReader::end() {
    if (state_ == State::until_close) state_ = State::done;
    if (state_ == State::done) return {};
    return fail(ErrorCode::unavailable, "the connection ended before the answer was whole");
}

Result<void> HttpResponseReader::take_head(std::string_view& bytes) {
    // The end may straddle two feeds: look from a little before the join.
    const std::size_t old_size = line_.size();
    const std::size_t room = kHttpHeadBytesMax - std::min(kHttpHeadBytesMax, old_size);
    line_.append(bytes.substr(0, room));
    const std::size_t found = line_.find("\r\n\r\n", old_size < 3 ? 0 : old_size - 3);
    if (found == std::string::npos) {
        if (line_.size() >= kHttpHeadBytesMax) {
            return fail(ErrorCode::limit, "the head of the answer is too long");
        }
        bytes = {};
        return {};
    }
    bytes.remove_prefix(found + 4 - old_size);
    line_.resize(found);
    VD_TRY_DO(parse_head());
    line_.clear();
    if (head_.status >= 100 && head_.status < 200) {  // interim: the real one follows
        head_ = {};
        return {};
    }
    return choose_body();
}

Result<void> HttpResponseReader::parse_head() {
    std::string_view rest = line_;
    const auto next_line = [&rest] {
        const std::size_t end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
        return line;
    };
    const std::string_view status = next_line();
    if (status.size() < 12 || !status.starts_with("HTTP/1.") || status[8] != ' ' ||
        !parse_number(status.substr(9, 3), head_.status) || head_.status < 100) {
        return not_http("no status line");
    }
    keeps_alive_ = status[7] == '1';
    while (!rest.empty()) {
        const std::string_view line = next_line();
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0)
            return not_http("a header without colon");
        head_.headers.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    const std::string connection = lower(head_.header("connection"));
    if (connection == "close") keeps_alive_ = false;
    if (connection == "keep-alive") keeps_alive_ = true;
    return {};
}

Result<void> HttpResponseReader::choose_body() {
    if (head_.status == 204 || head_.status == 304) {
        state_ = State::done;
        return {};
    }
    const std::string_view coding = head_.header("transfer-encoding");
    if (!coding.empty()) {
        if (lower(coding) != "chunked") {
            return fail(ErrorCode::unsupported, "transfer encoding " + std::string(coding));
        }
        state_ = State::chunk_size;
        return {};
    }
    const std::string_view length = head_.header("content-length");
    if (length.empty()) {
        state_ = State::until_close;
        keeps_alive_ = false;
        return {};
    }
    if (!parse_number(length, left_bytes_)) return not_http("a bad content-length");
    state_ = left_bytes_ == 0 ? State::done : State::counted;
    return {};
}

Result<void> HttpResponseReader::take_body(std::string_view& bytes) {
    std::string_view piece = bytes;
    if (state_ != State::until_close) {
        piece = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), left_bytes_));
        left_bytes_ -= piece.size();
    }
    if (piece.size() > body_bytes_max_ - body_bytes_) {
        return fail(ErrorCode::limit,
                    "the answer is longer than " + std::to_string(body_bytes_max_) + " bytes", {},
                    "ask for less at once");
    }
    body_bytes_ += piece.size();
    bytes.remove_prefix(piece.size());
    VD_TRY_DO(sink_(head_, piece));
    if (left_bytes_ == 0 && state_ == State::counted) state_ = State::done;
    if (left_bytes_ == 0 && state_ == State::chunk) state_ = State::chunk_end;
    return {};
}

Result<bool> HttpResponseReader::take_line(std::string_view& bytes) {
    const std::size_t end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > kHttpHeadBytesMax)
        return fail(ErrorCode::limit, "a chunk's head is too long");
    if (end == std::string_view::npos) {
        bytes = {};
        return false;
    }
    bytes.remove_prefix(end + 1);
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    return true;
}

Result<void> HttpResponseReader::take_chunk_size() {
    const std::string_view size = trim(std::string_view(line_).substr(0, line_.find(';')));
    if (!parse_number(size, left_bytes_, 16)) return not_http("a bad chunk size");
    line_.clear();
    state_ = left_bytes_ == 0 ? State::trailer : State::chunk;
    return {};
}

Result<void> HttpResponseReader::take_chunk_end() {
    if (!line_.empty()) return not_http("a chunk longer than its size");
    state_ = State::chunk_size;
    return {};
}

Result<void> HttpResponseReader::take_trailer() {
    if (line_.empty()) state_ = State::done;  // an empty line ends the trailers, which we ignore
    line_.clear();
    return {};
}

}  // namespace vedette::base
