// SPDX-License-Identifier: Apache-2.0
#include "parse/syslog/header.h"

#include "parse/syslog/limits.h"
#include "parse/text_scan.h"

namespace vedette::parse::syslog {

namespace {

constexpr unsigned kPriorityMax = 191;  // RFC 5424 section 6.2.1

/// Eats "<34>".
std::optional<unsigned> read_priority(std::string_view& rest) {
    if (rest.size() < 3 || rest[0] != '<') return std::nullopt;
    const std::size_t end = rest.substr(0, 5).find('>');
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = to_number(rest.substr(1, end - 1));
    if (!value || *value > kPriorityMax) return std::nullopt;
    rest.remove_prefix(end + 1);
    return value;
}

std::string_view unless_nil(std::string_view value) {
    return value == "-" ? std::string_view() : value;
}

/// Length of "[...][...]" at the front of `text`, 0 if it is not whole. A ']' inside a quoted value
/// is escaped or not: only one outside quotes ends an element.
std::size_t structured_data_size(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && text[at] == '[') {
        bool is_quoted = false, is_closed = false;
        for (++at; at < text.size() && !is_closed; ++at) {
            if (is_quoted && text[at] == '\\') {
                ++at;
            } else if (text[at] == '"') {
                is_quoted = !is_quoted;
            } else if (!is_quoted && text[at] == ']') {
                is_closed = true;
            }
        }
        if (!is_closed) return 0;
    }
    return at;
}

/// RFC 5424 after the priority. False, and nothing is eaten, if the line is not of that form.
bool read_rfc5424(std::string_view rest, Header& header) {
    if (rest.size() < 2 || rest[0] != '1' || rest[1] != ' ') return false;
    TextScanner scanner(rest.substr(2));
    const std::string_view time = scanner.word();
    if (time != "-") {
        header.time = base::parse_rfc3339(time);
        if (!header.time) return false;
    }
    header.is_rfc5424 = true;
    header.host = unless_nil(scanner.word());
    header.program = unless_nil(scanner.word());
    header.process_id = unless_nil(scanner.word());
    header.message_id = unless_nil(scanner.word());
    if (scanner.skip("-")) {
        scanner.skip(" ");
    } else if (const std::size_t size = structured_data_size(scanner.rest()); size > 0) {
        header.structured_data = scanner.rest().substr(0, size);
        scanner = TextScanner(scanner.rest().substr(size));
        scanner.skip(" ");
    }  // else damaged structured data: it stays in the message, nothing is lost
    scanner.skip("\xEF\xBB\xBF");
    header.message = scanner.rest();
    return true;
}

/// A program's name and perhaps its process id, as far as they can be told from a message's words.
struct Tag {
    std::string_view program, process_id;
    std::size_t size = 0;  ///< what it takes of the line with its colon; 0: there is none
};

/// "sshd[123]:", "kernel:", "postfix/smtpd[9]:", "sshd(pam_unix)[19939]:", "launchd[1] (name):".
Tag read_tag(std::string_view text) {
    const std::string_view near = text.substr(0, kTagBytesMax + kProcessIdBytesMax + 3);
    std::size_t end = near.find_first_of(" [:");
    // A colon inside a name ("Foo::Bar[1]:", "a:b:") does not end it: only one before a blank does.
    while (end != std::string_view::npos && near[end] == ':' && end + 1 < near.size() &&
           near[end + 1] != ' ') {
        end = near.find_first_of(" [:", end + 1);
    }
    if (end == std::string_view::npos || end == 0 || end > kTagBytesMax) return {};
    Tag tag{near.substr(0, end), {}, 0};
    if (near[end] == ':') {
        tag.size = end + 1;
        return tag;
    }
    if (near[end] == ' ') return {};
    const std::size_t close = near.find(']', end);
    if (close == std::string_view::npos || close == end + 1) return {};
    tag.process_id = near.substr(end + 1, close - end - 1);
    if (tag.process_id.find(' ') != std::string_view::npos) return {};
    const bool has_colon = close + 1 < near.size() && near[close + 1] == ':';
    const bool is_end = close + 1 == near.size() || near[close + 1] == ' ';
    if (!has_colon && !is_end) return {};
    tag.size = close + (has_colon ? 2 : 1);
    return tag;
}

void take_tag(std::string_view text, const Tag& tag, Header& header) {
    header.program = tag.program;
    header.process_id = tag.process_id;
    text.remove_prefix(tag.size);
    if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    header.message = text;
}

/// Host, program and message of the older form, of which each may be missing.
void read_rfc3164_content(std::string_view rest, bool may_have_host, Header& header) {
    if (const Tag tag = read_tag(rest); tag.size > 0) return take_tag(rest, tag, header);
    const std::size_t blank = rest.substr(0, kHostBytesMax + 1).find(' ');
    const bool is_repeat = rest.starts_with("last message repeated ");
    if (!may_have_host || is_repeat || blank == std::string_view::npos || blank == 0) {
        header.message = rest;
        return;
    }
    header.host = rest.substr(0, blank);
    rest.remove_prefix(blank + 1);
    if (rest.starts_with(": ")) rest.remove_prefix(2);  // Cisco's "host : %ASA-6-302013: text"
    if (const Tag tag = read_tag(rest); tag.size > 0) return take_tag(rest, tag, header);
    header.message = rest;
}

/// "2026-11-22T16:03:00.123456+01:00", as rsyslog's file format and systemd's short-iso write it.
std::optional<base::Timestamp> read_iso_time(std::string_view& rest, const TimeHints& hints) {
    if (rest.size() < 20 || rest[4] != '-' || rest[7] != '-' || rest[10] != 'T')
        return std::nullopt;
    constexpr std::size_t kLongest = 36;
    const std::string_view word = rest.substr(0, rest.substr(0, kLongest).find(' '));
    auto time = base::parse_rfc3339(word);
    if (!time) return std::nullopt;
    const bool names_zone = word.back() == 'Z' || word.find_first_of("+-", 19) != word.npos;
    rest.remove_prefix(word.size());
    return names_zone ? time : to_utc(*time, hints.zone);
}

}  // namespace

Header read_header(std::string_view line, const TimeHints& hints) {
    Header header;
    std::string_view rest = line;
    header.priority = read_priority(rest);
    if (header.priority && read_rfc5424(rest, header)) return header;
    header.time = read_bsd_time(rest, hints);
    if (!header.time) header.time = read_iso_time(rest, hints);
    if (!header.time && !header.priority) {
        header.message = line;
        return header;
    }
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == ':')) rest.remove_prefix(1);
    // A sender that leaves out the time leaves out the host as well (RFC 3164 section 4.3.2).
    read_rfc3164_content(rest, header.time.has_value(), header);
    return header;
}

}  // namespace vedette::parse::syslog
