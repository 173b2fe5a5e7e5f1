// SPDX-License-Identifier: Apache-2.0
#include "parse/application_log/line.h"

#include <algorithm>
#include <array>

#include "parse/log_stamp.h"
#include "parse/text_scan.h"

namespace vedette::parse::application_log {

namespace {

/// More words than this before the message no layout has: time, process, thread, level, logger.
constexpr int kPrefixWordsMax = 8;
constexpr std::size_t kLoggerBytesMax = 200;

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same(std::string_view word, std::string_view lower) {
    return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return to_lower(a) == b; });
}

/// Names of classes, modules and programs: no blanks, at least a letter.
bool is_logger(std::string_view text) {
    const auto is_part = [](char c) {
        return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
               std::string_view("._$-/<>#@").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= kLoggerBytesMax && !is_digit(text[0]) &&
           std::all_of(text.begin(), text.end(), is_part);
}

/// What stands between the time and the message, word by word.
class Prefix {
  public:
    Prefix(std::string_view text, Line& out) : scanner_(text), out_(out) {}

    void read() {
        skip_separators();
        for (int i = 0; i < kPrefixWordsMax && read_word(); ++i) skip_separators();
        out_.message = trimmed(scanner_.rest());
    }

  private:
    void skip_separators() {
        for (;;) {
            scanner_.skip_blanks();
            const bool is_lone =
                scanner_.rest().starts_with("- ") || scanner_.rest().starts_with(": ") ||
                scanner_.rest().starts_with("| ") || scanner_.rest().starts_with(", ");
            if (!is_lone) return;
            scanner_ = TextScanner(scanner_.rest().substr(1));
        }
    }

    /// False: the message begins.
    bool read_word() {
        if (!out_.logger.empty() && !out_.level.empty()) return false;
        if (out_.logger.empty() && scanner_.rest().starts_with('[')) return read_brackets();
        const std::string_view rest = scanner_.rest();
        const std::size_t end = std::min(rest.find(' '), rest.size());
        std::string_view word = rest.substr(0, end);
        const bool has_colon = word.ends_with(':');
        if (has_colon || word.ends_with(',')) word.remove_suffix(1);
        if (out_.level.empty() && is_told_as_level(word, rest.substr(end), has_colon)) {
            out_.level = word;
        } else if (!out_.logger.empty()) {
            return false;
        } else if (!has_colon && out_.thread_id.empty() && is_digits(word, 10)) {
            (out_.process_id.empty() ? out_.process_id : out_.thread_id) = word;
        } else if (is_before_message(rest, end, has_colon) && is_logger(word)) {
            set_logger(word);
        } else {
            return false;
        }
        scanner_ = TextScanner(rest.substr(end));
        return true;
    }

    /// "logger: message", "logger - message"; before the level also "logger INFO message".
    bool is_before_message(std::string_view rest, std::size_t end, bool has_colon) const {
        const std::string_view behind = rest.substr(end);
        return has_colon || behind.starts_with(" - ") || behind.starts_with(" : ");
    }

    /// A message may begin with "error" too: a level is in capitals or set off. One letter is one
    /// only behind process and thread, as Android writes it.
    bool is_told_as_level(std::string_view word, std::string_view behind, bool has_colon) const {
        if (!is_level(word)) return false;
        if (word.size() == 1) return !out_.thread_id.empty();
        const bool is_capital =
            std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
        const bool is_set_off = has_colon || behind.starts_with("  ") || behind.starts_with(" - ");
        // Behind the logger the message may begin with any word that is not set off.
        return out_.logger.empty() ? is_capital || is_set_off : is_set_off;
    }

    /// "production.ERROR" names a channel and a level.
    void set_logger(std::string_view word) {
        const std::size_t dot = word.rfind('.');
        if (out_.level.empty() && dot != word.npos && word.size() > dot + 2 &&
            is_level(word.substr(dot + 1))) {
            out_.level = word.substr(dot + 1);
            word = word.substr(0, dot);
        }
        out_.logger = word;
    }

    /// "[main]", "[INFO]", "[1234]"; a bracket that does not close belongs to the message.
    bool read_brackets() {
        const std::string_view rest = scanner_.rest();
        const std::size_t close = rest.find(']');
        if (close == rest.npos) return false;
        const std::string_view inside = trimmed(rest.substr(1, close - 1));
        if (out_.level.empty() && is_level(inside)) {
            out_.level = inside;
        } else if (out_.process_id.empty() && is_digits(inside, 10)) {
            out_.process_id = inside;
        } else if (out_.thread_name.empty() && !inside.empty()) {
            out_.thread_name = inside;
        } else {
            return false;
        }
        scanner_ = TextScanner(rest.substr(close + 1));
        return true;
    }

    TextScanner scanner_;
    Line& out_;
};

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string_view last_line(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    const std::size_t at = text.rfind('\n');
    return at == text.npos ? text : text.substr(at + 1);
}

/// "java.lang.IllegalStateException: why", "ValueError: why": the name of a type, then why.
bool read_exception(std::string_view line, Line& out) {
    TextScanner scanner(line);
    scanner.skip("Exception in thread \"main\" ");
    scanner.skip("Caused by: ");
    const std::string_view rest = scanner.rest();
    const std::size_t end = std::min(rest.find(": "), rest.size());
    const std::string_view type = rest.substr(0, end);
    const bool has_name = type.find("Exception") != type.npos || type.find("Error") != type.npos ||
                          type.find("Throwable") != type.npos;
    if (!has_name || !is_logger(type)) return false;
    out.error_type = type;
    out.error_message = end < rest.size() ? rest.substr(end + 2) : std::string_view();
    return true;
}

}  // namespace

bool is_level(std::string_view word) {
    static constexpr std::array<std::string_view, 26> kLevels = {
        "trace", "debug",    "dbug", "dbg",   "info",   "inf",   "information", "notice", "note",
        "warn",  "warning",  "wrn",  "error", "err",    "fail",  "fatal",       "ftl",    "crit",
        "alert", "critical", "crt",  "panic", "severe", "emerg", "verbose",     "config"};
    if (word.size() == 1) return std::string_view("VDIWEFT").find(word) != std::string_view::npos;
    return std::any_of(kLevels.begin(), kLevels.end(),
                       [&](std::string_view level) { return is_same(word, level); });
}

bool read_record(std::string_view record, const TimeHints& hints, Line& out) {
    std::string_view line = first_line(record);
    const std::size_t line_size = line.size();
    const auto time = read_log_stamp(line, hints);
    if (!time) return false;
    out.time = *time;
    Prefix(line, out).read();
    if (line_size < record.size()) out.rest = record.substr(line_size + 1);
    if (out.rest.empty()) return true;
    // Java names the exception first, Python last.
    if (!read_exception(first_line(out.rest), out)) read_exception(last_line(out.rest), out);
    return true;
}

}  // namespace vedette::parse::application_log
