// SPDX-License-Identifier: Apache-2.0
#include "source/relp/frame_reader.h"

#include <algorithm>
#include <charconv>

#include "source/relp/limits.h"

namespace vedette::source::relp {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::uint32_t number_of(const std::string& digits) {
    std::uint32_t number = 0;  // nine digits fit
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

FrameReader::Event FrameReader::broken(std::string_view reason) {
    step_ = Step::broken;
    reason_ = reason;
    return Event::broken;
}

FrameReader::Event FrameReader::next(std::string_view& bytes, std::size_t data_bytes_max) {
    while (!bytes.empty()) {
        if (step_ == Step::broken) return Event::broken;
        if (step_ == Step::data) {
            const std::size_t size =
                std::min({bytes.size(), std::size_t{left_bytes_}, data_bytes_max});
            data_ = bytes.substr(0, size);
            bytes.remove_prefix(size);
            left_bytes_ -= static_cast<std::uint32_t>(size);
            if (left_bytes_ == 0) step_ = Step::end;
            return Event::data;
        }
        const char c = bytes.front();
        if (step_ == Step::end) {
            if (c != '\n') return broken("a frame does not end where its length says");
            bytes.remove_prefix(1);
            step_ = Step::transaction;
            return Event::end;
        }
        // The line end of a frame without data is left for the step `end`.
        if (!(step_ == Step::size && c == '\n')) bytes.remove_prefix(1);
        const Event event = take_header_byte(c);
        if (event != Event::more) return event;
    }
    return Event::more;
}

FrameReader::Event FrameReader::take_header_byte(char c) {
    if (c == ' ' || (c == '\n' && step_ == Step::size)) return end_word(c);
    const bool fits = step_ == Step::command ? is_letter(c) : is_digit(c);
    if (!fits) return broken("a byte is not one of a frame's header");
    const std::size_t most = step_ == Step::command ? kCommandBytesMax : kNumberDigitsMax;
    if (text_.size() >= most) return broken("a word of a frame's header is too long");
    text_ += c;
    return Event::more;
}

FrameReader::Event FrameReader::end_word(char separator) {
    if (text_.empty()) return broken("a word of a frame's header is missing");
    if (step_ == Step::transaction) {
        head_.transaction = number_of(text_);
        step_ = Step::command;
    } else if (step_ == Step::command) {
        head_.command = text_;
        step_ = Step::size;
    } else {
        head_.data_bytes = left_bytes_ = number_of(text_);
        if (separator == '\n' && left_bytes_ > 0) return broken("a frame's data is missing");
        step_ = left_bytes_ > 0 ? Step::data : Step::end;
    }
    text_.clear();
    return step_ == Step::data || step_ == Step::end ? Event::head : Event::more;
}

}  // namespace vedette::source::relp
