// SPDX-License-Identifier: Apache-2.0
#include "parse/postgresql/line.h"

#include <algorithm>
#include <array>

#include "parse/log_stamp.h"
#include "parse/text_scan.h"

namespace vedette::parse::postgresql {

namespace {

/// A record takes no further lines beyond this. Statements may be long; a log that stops being one
/// must not become one record.
constexpr std::size_t kJoinedBytesMax = 256u << 10;
constexpr std::size_t kPrefixBytesMax = 512;

constexpr std::array<std::string_view, 13> kMessages = {
    "LOG",    "ERROR",  "FATAL",  "PANIC",  "WARNING", "NOTICE", "INFO",
    "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5",  "DEBUG"};
constexpr std::array<std::string_view, 6> kAdditions = {"DETAIL",  "HINT",     "QUERY",
                                                        "CONTEXT", "LOCATION", "STATEMENT"};

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// One message: time, what log_line_prefix says, "LEVEL:  text" up to the next message.
struct Message {
    base::Timestamp time;
    std::string_view prefix, level, text;
};

/// "LEVEL:  " is the first word of capitals before a colon and two blanks.
bool read_message(std::string_view line, const TimeHints& hints, Message& out) {
    const auto time = read_log_stamp(line, hints);
    if (!time) return false;
    const std::string_view head = line.substr(0, kPrefixBytesMax);
    const std::size_t colon = head.find(":  ");
    if (colon == head.npos) return false;
    const std::size_t blank = head.substr(0, colon).rfind(' ');
    if (blank == head.npos) return false;
    out.time = *time;
    out.level = head.substr(blank + 1, colon - blank - 1);
    out.prefix = trimmed(head.substr(0, blank));
    out.text = line.substr(colon + 3);
    return is_one_of(out.level, kMessages) || is_one_of(out.level, kAdditions);
}

/// "user=alice,db=shop,app=psql,client=192.0.2.7" and "alice@shop".
void read_who(std::string_view word, Line& out) {
    if (word.find('=') == word.npos) {
        const std::size_t at = word.rfind('@');
        if (at == word.npos || at == 0) return;
        out.user = word.substr(0, at);
        out.database = word.substr(at + 1);
        return;
    }
    TextScanner scanner(word);
    while (!scanner.is_at_end()) {
        const auto part = scanner.until(",");
        TextScanner pair(part ? *part : scanner.take_all());
        const auto key = pair.until("=");
        if (!key) continue;
        if (*key == "user") out.user = pair.rest();
        if (*key == "db" || *key == "database") out.database = pair.rest();
        if (*key == "app") out.application = pair.rest();
        if (*key == "client" || *key == "host") out.client = pair.rest();
    }
}

/// "[1234]", "[1234]:", "[3-1]", then who.
void read_prefix(std::string_view prefix, Line& out) {
    TextScanner scanner(prefix);
    while (!scanner.is_at_end()) {
        scanner.skip_blanks();
        std::string_view word = scanner.word();
        if (word.ends_with(':')) word.remove_suffix(1);
        if (word.starts_with('[') && word.ends_with(']')) {
            const std::string_view inside = word.substr(1, word.size() - 2);
            if (out.process_id.empty() && is_digits(inside, 10)) out.process_id = inside;
        } else {
            read_who(word, out);
        }
    }
}

/// The value behind `key` up to a blank: "host=192.0.2.7 port=4711".
std::string_view value_of(std::string_view text, std::string_view key) {
    const std::size_t at = text.find(key);
    if (at == text.npos) return {};
    const std::string_view rest = text.substr(at + key.size());
    return rest.substr(0, rest.find_first_of(" \n"));
}

/// The text in double quotes behind `start`; it may hold any character.
std::string_view quoted(std::string_view text, std::string_view start) {
    if (!text.starts_with(start)) return {};
    const std::string_view rest = text.substr(start.size());
    const std::size_t end = rest.substr(0, rest.find('\n')).rfind('"');
    return end == rest.npos ? std::string_view() : rest.substr(0, end);
}

void read_meaning(Line& out) {
    const std::string_view text = out.message;
    if (text.starts_with("connection received: ")) {
        out.client = value_of(text, "host=");
        out.client_port = value_of(text, "port=");
        return;
    }
    if (text.starts_with("connection authorized: ")) {
        out.action = Action::login;
        out.user = value_of(text, "user=");
        out.database = value_of(text, "database=");
        return;
    }
    constexpr std::string_view kMethods[] = {"password", "Peer", "Ident",  "MD5",         "SCRAM",
                                             "LDAP",     "PAM",  "GSSAPI", "certificate", "RADIUS"};
    for (const std::string_view method : kMethods) {
        if (!text.starts_with(method)) continue;
        const std::string_view rest = text.substr(method.size());
        const std::string_view user = quoted(rest, " authentication failed for user \"");
        if (user.empty()) continue;
        out.action = Action::login;
        out.user = user;
        return;
    }
    if (text.starts_with("role \"") || text.starts_with("no pg_hba.conf entry for host ")) {
        out.action = Action::login;
        return;
    }
    if (text.starts_with("statement: ") || text.starts_with("execute ")) {
        out.action = Action::statement;
        const std::size_t colon = text.find(": ");
        if (colon != text.npos) out.query = text.substr(colon + 2);
    }
}

/// Splits a record into its messages: each line that does not begin with a tab begins one.
template <class Each>
void each_message(std::string_view record, Each each) {
    while (!record.empty()) {
        std::size_t end = record.find('\n');
        while (end != record.npos && end + 1 < record.size() && record[end + 1] == '\t') {
            end = record.find('\n', end + 1);
        }
        each(record.substr(0, end));
        record.remove_prefix(end == record.npos ? record.size() : end + 1);
    }
}

void take_addition(const Message& message, Line& out) {
    if (message.level == "DETAIL") out.detail = message.text;
    if (message.level == "HINT") out.hint = message.text;
    if (message.level == "CONTEXT") out.context = message.text;
    if (message.level == "STATEMENT" || (message.level == "QUERY" && out.query.empty())) {
        out.query = message.text;
    }
}

}  // namespace

std::string_view name(Action action) {
    switch (action) {
        case Action::login: return "login";
        case Action::statement: return "statement";
        case Action::other: break;
    }
    return {};
}

bool read_record(std::string_view record, const TimeHints& hints, Line& out) {
    bool is_first = true, is_known = false;
    each_message(record, [&](std::string_view text) {
        Message message;
        const bool is_message = read_message(text, hints, message);
        if (is_first) {
            is_known = is_message;
            out.time = message.time;
            out.level = message.level;
            out.message = message.text;
            read_prefix(message.prefix, out);
        } else if (is_message) {
            take_addition(message, out);
        }
        is_first = false;
    });
    if (is_known) read_meaning(out);
    return is_known;
}

bool goes_on(std::string_view record, std::string_view line) {
    if (record.size() >= kJoinedBytesMax) return false;
    if (line.starts_with('\t')) return true;
    Message first, next;
    return read_message(line, {}, next) && is_one_of(next.level, kAdditions) &&
           read_message(record.substr(0, record.find('\n')), {}, first) &&
           first.prefix == next.prefix;
}

}  // namespace vedette::parse::postgresql
