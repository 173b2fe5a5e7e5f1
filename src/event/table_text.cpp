// SPDX-License-Identifier: Apache-2.0
#include "event/table_text.h"

#include <algorithm>

#include "event/lookup_limits.h"

namespace vedette::event {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_mark(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
}

std::string_view line_at(std::string_view text, std::size_t at) {
    return text.substr(at, std::min(text.find('\n', at), text.size()) - at);
}

bool is_passed_over(std::string_view line) {
    line = trimmed(line);
    return line.empty() || line[0] == '#';
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

TableReader::TableReader(std::string_view text, char separator)
    : text_(without_mark(text)), separator_(separator) {}

char TableReader::separator_of(std::string_view text) {
    text = without_mark(text);
    std::string_view line;
    for (std::size_t at = 0; at < text.size(); at += line.size() + 1) {
        line = line_at(text, at);
        if (!is_passed_over(line)) break;
    }
    char best = ',';
    for (const char candidate : {';', '\t'}) {
        if (std::count(line.begin(), line.end(), candidate) >
            std::count(line.begin(), line.end(), best)) {
            best = candidate;
        }
    }
    return best;
}

base::Result<bool> TableReader::next() {
    values_.clear();
    unquoted_.clear();
    while (at_ < text_.size()) {
        const std::string_view line = line_at(text_, at_);
        if (!is_passed_over(line)) break;
        at_ = std::min(at_ + line.size() + 1, text_.size());
        ++line_;
    }
    if (at_ >= text_.size()) return false;
    row_line_ = line_;
    for (;;) {
        if (values_.size() == kListColumnsMax) {
            return base::fail(base::ErrorCode::limit,
                              "a row has more than " + std::to_string(kListColumnsMax) + " values");
        }
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t') &&
               text_[at_] != separator_) {
            ++at_;
        }
        if (at_ < text_.size() && text_[at_] == '"') {
            VD_TRY(const std::string_view value, quoted());
            values_.push_back(trimmed(value));
        } else {
            const std::size_t begin = at_;
            while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
            values_.push_back(trimmed(text_.substr(begin, at_ - begin)));
        }
        if (at_ >= text_.size()) return true;
        if (text_[at_++] == '\n') {
            ++line_;
            return true;
        }
    }
}

/// From the opening quote to the separator or the line's end; what stands behind the closing quote
/// belongs to the value.
base::Result<std::string_view> TableReader::quoted() {
    const std::size_t begin = ++at_;
    std::string* room = nullptr;
    std::size_t copied = begin;
    for (;; ++at_) {
        at_ = text_.find('"', at_);
        if (at_ == std::string_view::npos) {
            at_ = text_.size();
            return base::fail(base::ErrorCode::bad_input, "a quote is never closed", {},
                              "a quote within quotes is written twice");
        }
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        if (room == nullptr) room = &unquoted_.emplace_back();
        room->append(text_.substr(copied, at_ + 1 - copied));
        copied = ++at_ + 1;
    }
    std::string_view inner = text_.substr(copied, at_ - copied);
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 '\n'));
    const std::size_t behind = ++at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
    const std::string_view rest = trimmed(text_.substr(behind, at_ - behind));
    if (room == nullptr && rest.empty()) return inner;
    if (room == nullptr) room = &unquoted_.emplace_back();
    room->append(inner).append(rest);
    return std::string_view(*room);
}

LineList::LineList(std::string_view text) : text_(without_mark(text)) {}

bool LineList::next() {
    while (!text_.empty()) {
        const std::string_view line = line_at(text_, 0);
        text_.remove_prefix(std::min(line.size() + 1, text_.size()));
        ++line_;
        if (is_passed_over(line)) continue;
        const std::size_t comment = line.find(" #");
        value_ = trimmed(line.substr(0, comment));
        return true;
    }
    return false;
}

}  // namespace vedette::event
