// SPDX-License-Identifier: Apache-2.0
#include "source/journal_upload/upload.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "source/journal_upload/limits.h"

namespace vedette::source::journal_upload {

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

event::Framing framing() {
    event::Framing framing;
    framing.kind = event::Framing::Kind::entries;
    return framing;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string answer(std::string_view status, std::string_view text, bool is_last) {
    return "HTTP/1.1 " + std::string(status) +
           "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(text.size() + 1) +
           (is_last ? "\r\nConnection: close" : "") + "\r\n\r\n" + std::string(text) + "\n";
}

std::string_view reason(int status) {
    switch (status) {
        case 404: return "404 Not Found";
        case 405: return "405 Method Not Allowed";
        case 411: return "411 Length Required";
        case 415: return "415 Unsupported Media Type";
        case 431: return "431 Request Header Fields Too Large";
        default: return "400 Bad Request";
    }
}

std::string_view what_is_wrong(int status) {
    switch (status) {
        case 404: return "journals are taken at /upload";
        case 405: return "journals are sent with POST";
        case 411: return "journals are sent with Transfer-Encoding: chunked";
        case 415: return "send application/vnd.fdo.journal, without a Content-Encoding";
        default: return "this is no request that can be read";
    }
}

}  // namespace

Upload::Upload(std::atomic<std::uint64_t>& broken) : broken_(broken) { begin(); }

void Upload::begin() {
    step_ = Step::request;
    head_bytes_ = 0;
    is_chunked_ = is_journal_ = wants_continue_ = false;
    refusal_ = 0;
    framer_ = event::make_framer(framing());
}

std::size_t Upload::feed(std::string_view bytes, event::Chunk& chunk) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !is_answer_due_ && !is_over_) {
        if (step_ != Step::data) {
            if (!take_line(bytes, taken, chunk)) return taken;
            continue;
        }
        const std::string_view rest = bytes.substr(taken);
        const std::string_view data = rest.substr(0, data_left_);
        const std::size_t fed = framer_->feed(data, chunk);
        has_records_ |= chunk.record_count() > 0;
        taken += fed;
        data_left_ -= fed;
        if (fed < data.size()) return taken;  // the chunk is full
        if (data_left_ == 0) step_ = Step::data_end;
    }
    return taken;
}

/// Takes bytes up to a line's end, and acts on the line if it is whole. False if its last byte has
/// to wait, because the chunk has no room for the last entry.
bool Upload::take_line(std::string_view bytes, std::size_t& taken, event::Chunk& chunk) {
    const std::size_t end = bytes.find('\n', taken);
    const std::size_t stop = std::min(end, bytes.size());
    line_.append(bytes.substr(taken, std::min(stop - taken, kLineBytesMax)));
    head_bytes_ += step_ == Step::size || step_ == Step::data_end ? 0 : stop - taken + 1;
    if (line_.size() >= kLineBytesMax || head_bytes_ > kHeadBytesMax) {
        refuse(431, "too long");
        return true;
    }
    taken = stop;
    if (end == std::string_view::npos) return true;
    const std::string_view line =
        std::string_view(line_).substr(0, line_.size() - (line_.ends_with('\r') ? 1 : 0));
    const bool is_last_chunk = step_ == Step::size && !line.empty() && line[0] == '0' &&
                               line.find_first_not_of('0') == std::string_view::npos;
    if (is_last_chunk && !framer_->finish(chunk)) return false;
    has_records_ |= chunk.record_count() > 0;
    ++taken;
    on_line(line);
    line_.clear();
    return true;
}

void Upload::on_line(std::string_view line) {
    switch (step_) {
        case Step::request: return on_request(line);
        case Step::header: return line.empty() ? on_head_end() : on_header(line);
        case Step::size: return on_size(line);
        case Step::data_end:
            if (!line.empty()) return refuse(400, "a chunk is longer than it says");
            step_ = Step::size;
            return;
        case Step::trailer:
            if (line.empty()) is_answer_due_ = true;
            return;
        case Step::data: return;
    }
}

void Upload::on_request(std::string_view line) {
    if (line.empty()) return;  // RFC 9112 section 2.2
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    const bool is_http = first != std::string_view::npos && first < last &&
                         line.substr(last + 1).starts_with("HTTP/1.");
    if (!is_http) return refuse(400, what_is_wrong(400));
    const std::string_view target = line.substr(first + 1, last - first - 1);
    if (target.substr(0, target.find('?')) != "/upload") {
        refusal_ = 404;
    } else if (line.substr(0, first) != "POST") {
        refusal_ = 405;
    }
    step_ = Step::header;
}

void Upload::on_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(400, what_is_wrong(400));
    const std::string name = lower(line.substr(0, colon));
    const std::string value = lower(trimmed(line.substr(colon + 1)));
    if (name == "transfer-encoding") {
        is_chunked_ = value == "chunked";
    } else if (name == "content-type") {
        is_journal_ = value == "application/vnd.fdo.journal";
    } else if (name == "content-encoding" && value != "identity") {
        refusal_ = 415;
    } else if (name == "expect" && value == "100-continue") {
        wants_continue_ = true;
    }
}

void Upload::on_head_end() {
    if (refusal_ == 0 && !is_journal_) refusal_ = 415;
    if (refusal_ == 0 && !is_chunked_) refusal_ = 411;
    if (refusal_ != 0) return refuse(refusal_, what_is_wrong(refusal_));
    if (wants_continue_) ready_ += kContinue;
    step_ = Step::size;
}

void Upload::on_size(std::string_view line) {
    const std::string_view digits = trimmed(line.substr(0, line.find(';')));
    std::uint64_t size = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    const bool is_size = error == std::errc() && end == digits.data() + digits.size() &&
                         !digits.empty() && size <= kHttpChunkBytesMax;
    if (!is_size) return refuse(400, "a chunk has no size");
    data_left_ = size;
    step_ = size == 0 ? Step::trailer : Step::data;
}

void Upload::refuse(int status, std::string_view text) {
    broken_.fetch_add(1, std::memory_order_relaxed);
    ready_ += answer(reason(status), text, true);
    is_over_ = true;
}

void Upload::on_offered() {
    has_flight_ = true;
    has_records_ = false;
}

std::string Upload::take_answers() {
    std::string out = std::exchange(ready_, {});
    if (is_answer_due_ && !has_records_ && !has_flight_) {
        out += answer("202 Accepted", "OK.", false);
        is_answer_due_ = false;
        begin();
    }
    return out;
}

}  // namespace vedette::source::journal_upload
