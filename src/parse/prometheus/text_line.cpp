// SPDX-License-Identifier: Apache-2.0
#include "parse/prometheus/text_line.h"

#include <algorithm>
#include <charconv>

#include "parse/prometheus/limits.h"
#include "parse/text_scan.h"

namespace vedette::parse::prometheus {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view line, std::size_t& at) {
    while (at < line.size() && is_blank(line[at])) ++at;
}

std::string_view word_at(std::string_view line, std::size_t& at) {
    skip_blanks(line, at);
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    return line.substr(begin, at - begin);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string_view plain_name_at(std::string_view line, std::size_t& at, bool may_have_colon) {
    const std::size_t begin = at;
    while (at < line.size() && (is_letter(line[at]) || (at > begin && is_digit(line[at])) ||
                                (may_have_colon && line[at] == ':'))) {
        ++at;
    }
    return line.substr(begin, at - begin);
}

bool is_value(std::string_view text) {
    if (text == kStaleText || text == "NaN") return true;
    std::string_view number = text;
    if (number.starts_with('+')) number.remove_prefix(1);
    if (number == "Inf" || number == "-Inf") return true;
    const bool may_begin = !number.empty() && (is_digit(number[0]) || number[0] == '.' ||
                                               (number[0] == '-' && text[0] != '+'));
    if (!may_begin) return false;
    double parsed = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), parsed);
    // Beyond what a double holds it is a number all the same.
    return error != std::errc::invalid_argument && end == number.data() + number.size();
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace

bool is_plain_name(std::string_view name, bool may_have_colon) {
    std::size_t at = 0;
    return !name.empty() && plain_name_at(name, at, may_have_colon) == name;
}

void append_series(std::string& out, std::string_view name,
                   const std::vector<MetricLabel>& labels) {
    const bool is_plain = is_plain_name(name, true);
    if (is_plain) out += name;
    if (is_plain && labels.empty()) return;
    out += '{';
    if (!is_plain && !name.empty()) append_quoted(out, name);
    for (const MetricLabel& label : labels) {
        if (out.back() != '{') out += ',';
        if (is_plain_name(label.name, false)) {
            out += label.name;
        } else {
            append_quoted(out, label.name);
        }
        out += '=';
        append_quoted(out, label.value);
    }
    out += '}';
}

bool TextLine::read_quoted(std::string_view line, std::size_t& at, std::string_view& out) {
    if (at >= line.size() || line[at] != '"') return false;
    const std::size_t begin = ++at;
    const std::size_t plain_end = line.find_first_of("\"\\", at);
    if (plain_end == line.npos) return false;
    if (line[plain_end] == '"') {
        out = line.substr(begin, plain_end - begin);
        at = plain_end + 1;
        return true;
    }
    const std::size_t first = unescaped_.size();
    while (at < line.size() && line[at] != '"') {
        if (line[at] == '\\' && at + 1 < line.size()) {
            ++at;
            unescaped_ += line[at] == 'n' ? '\n' : line[at];
        } else {
            unescaped_ += line[at];
        }
        ++at;
    }
    if (at >= line.size()) return false;
    ++at;
    out = std::string_view(unescaped_).substr(first);
    return true;
}

bool TextLine::read_labels(std::string_view line, std::size_t& at) {
    ++at;  // the bracket
    for (;;) {
        skip_blanks(line, at);
        if (at < line.size() && line[at] == '}') return ++at, true;
        std::string_view name, value;
        const bool is_quoted = at < line.size() && line[at] == '"';
        if (is_quoted) {
            if (!read_quoted(line, at, name)) return false;
        } else {
            name = plain_name_at(line, at, true);
            if (name.empty()) return false;
        }
        skip_blanks(line, at);
        if (at < line.size() && line[at] == '=') {
            ++at;
            skip_blanks(line, at);
            if (!read_quoted(line, at, value) || labels_.size() == kLabelsMax) return false;
            labels_.push_back({name, value});
        } else {
            // A quoted text without a value is the metric's name.
            if (!is_quoted || !name_.empty()) return false;
            name_ = name;
        }
        skip_blanks(line, at);
        if (at < line.size() && line[at] == ',') {
            ++at;
        } else if (at >= line.size() || line[at] != '}') {
            return false;
        }
    }
}

bool TextLine::read(std::string_view line) {
    labels_.clear();
    unescaped_.clear();
    unescaped_.reserve(line.size());  // views into it stay
    series_.clear();
    std::size_t at = 0;
    skip_blanks(line, at);
    name_ = plain_name_at(line, at, true);
    skip_blanks(line, at);
    const bool has_labels = at < line.size() && line[at] == '{';
    if (has_labels ? !read_labels(line, at) : name_.empty()) return false;
    value_ = word_at(line, at);
    time_ = word_at(line, at);
    // Behind a "#" stands an exemplar.
    const bool is_end = time_ == "#";
    if (is_end) time_ = {};
    const std::string_view rest = is_end ? std::string_view() : word_at(line, at);
    const bool is_time = time_.find_first_not_of("-.0123456789") == time_.npos;
    return is_value(value_) && is_time && (rest.empty() || rest == "#");
}

const std::string& TextLine::series() {
    if (!series_.empty()) return series_;
    std::vector<MetricLabel> sorted = labels_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const MetricLabel& a, const MetricLabel& b) { return a.name < b.name; });
    append_series(series_, name_, sorted);
    return series_;
}

}  // namespace vedette::parse::prometheus
