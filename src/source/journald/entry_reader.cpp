// SPDX-License-Identifier: Apache-2.0
#include "source/journald/entry_reader.h"

#include <systemd/sd-journal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "event/limits.h"
#include "source/journald/limits.h"

namespace vedette::source::journald {

namespace {

using base::ErrorCode;
using base::Result;

auto failed(int result, std::string_view action) {
    const int error = -result;
    const ErrorCode code = error == EACCES || error == EPERM ? ErrorCode::denied
                           : error == ENOENT                 ? ErrorCode::not_found
                           : error == EBADMSG                ? ErrorCode::corrupt
                                                             : ErrorCode::io;
    const std::string hint =
        code == ErrorCode::denied ? "add the user to the group systemd-journal" : "";
    return base::fail(code, std::string(action) + ": " + std::strerror(error), "the journal", hint);
}

struct Free {
    void operator()(char* text) const { std::free(text); }
};

Result<std::string> cursor_of(sd_journal* journal) {
    char* text = nullptr;
    if (const int result = sd_journal_get_cursor(journal, &text); result < 0) {
        return failed(result, "cannot tell the place of an entry");
    }
    return std::string(std::unique_ptr<char, Free>(text).get());
}

/// A field as the export form has it: as a line, or with its size if it could not be told from one.
void add_field(std::string& out, std::string_view name, std::string_view value) {
    const bool is_line = std::none_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 32 && c != '\t';
    });
    out.append(name);
    if (is_line) {
        out.append("=").append(value).append("\n");
        return;
    }
    out.push_back('\n');
    base::put(out, static_cast<std::uint64_t>(value.size()));
    out.append(value).push_back('\n');
}

std::optional<std::string_view> part_of(std::string_view cursor, std::string_view name) {
    for (std::size_t at = 0; at < cursor.size();) {
        const std::size_t end = std::min(cursor.find(';', at), cursor.size());
        const std::string_view part = cursor.substr(at, end - at);
        if (part.starts_with(name)) return part.substr(name.size());
        at = end + 1;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> number_of(std::string_view cursor) {
    const auto text = part_of(cursor, "i=");
    std::uint64_t number = 0;
    if (!text) return std::nullopt;
    const auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), number, 16);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return number;
}

}  // namespace

std::optional<std::uint64_t> entries_between(std::string_view before, std::string_view after) {
    const auto journal = part_of(before, "s="), same = part_of(after, "s=");
    const auto first = number_of(before), second = number_of(after);
    if (!journal || journal != same || !first || !second || *second <= *first) return std::nullopt;
    return *second - *first - 1;
}

Result<std::unique_ptr<EntryReader>> EntryReader::open(const JournaldSettings& settings) {
    sd_journal* journal = nullptr;
    const int result = settings.directory.empty()
                           ? sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY)
                           : sd_journal_open_directory(&journal, settings.directory.c_str(), 0);
    if (result < 0) return failed(result, "cannot open " + settings.directory);
    std::unique_ptr<EntryReader> reader(new EntryReader(journal));
    sd_journal_set_data_threshold(journal, kValueBytesMax);
    VD_TRY_DO(reader->add_matches(settings));
    // From here on it is told of files that come and go.
    if (const int watched = sd_journal_get_fd(journal); watched < 0) {
        return failed(watched, "cannot watch the journal");
    }
    return reader;
}

EntryReader::~EntryReader() { sd_journal_close(journal_); }

/// What a unit logged, what systemd says of it, and what calls itself so: any of all that is asked
/// for. Matches of one field are alternatives by themselves.
Result<void> EntryReader::add_matches(const JournaldSettings& settings) {
    const auto add = [this](std::string_view field, const std::string& value) {
        const std::string match = std::string(field) + value;
        return sd_journal_add_match(journal_, match.data(), match.size());
    };
    int worst = 0;
    for (const std::string& unit : settings.units) {
        worst =
            std::min({worst, add("_SYSTEMD_UNIT=", unit), sd_journal_add_disjunction(journal_),
                      add("_PID=", "1"), add("UNIT=", unit), sd_journal_add_disjunction(journal_)});
    }
    for (const std::string& identifier : settings.identifiers) {
        worst = std::min(worst, add("SYSLOG_IDENTIFIER=", identifier));
    }
    return worst < 0 ? Result<void>(failed(worst, "cannot ask for units or identifiers"))
                     : Result<void>();
}

Result<bool> EntryReader::go_behind(const std::string& cursor) {
    is_read_ahead_ = false;
    if (const int result = sd_journal_seek_cursor(journal_, cursor.c_str()); result < 0) {
        return base::fail(ErrorCode::bad_input, "this is no place in a journal", cursor);
    }
    const int moved = sd_journal_next(journal_);
    if (moved < 0) return failed(moved, "cannot go to the place reached");
    if (moved == 0) return false;
    if (sd_journal_test_cursor(journal_, cursor.c_str()) > 0) return true;
    is_read_ahead_ = true;
    return false;
}

Result<std::string> EntryReader::go_to_end() {
    is_read_ahead_ = false;
    if (const int result = sd_journal_seek_tail(journal_); result < 0) {
        return failed(result, "cannot go to the end");
    }
    const int moved = sd_journal_previous(journal_);
    if (moved < 0) return failed(moved, "cannot go to the end");
    return moved == 0 ? Result<std::string>(std::string()) : cursor_of(journal_);
}

Result<std::optional<EntryReader::Entry>> EntryReader::next() {
    if (!std::exchange(is_read_ahead_, false)) {
        const int moved = sd_journal_next(journal_);
        if (moved < 0) return failed(moved, "cannot go on");
        if (moved == 0) return std::optional<Entry>();
    }
    VD_TRY(Entry entry, read_entry());
    return std::optional<Entry>(std::move(entry));
}

Result<EntryReader::Entry> EntryReader::read_entry() {
    Entry entry;
    VD_TRY(entry.cursor, cursor_of(journal_));
    std::uint64_t at_us = 0;
    if (const int result = sd_journal_get_realtime_usec(journal_, &at_us); result < 0) {
        return failed(result, "cannot read the time of an entry");
    }
    add_field(entry.text, "__CURSOR", entry.cursor);
    add_field(entry.text, "__REALTIME_TIMESTAMP", std::to_string(at_us));
    std::uint64_t monotonic_us = 0;
    sd_id128_t boot{};
    if (sd_journal_get_monotonic_usec(journal_, &monotonic_us, &boot) >= 0) {
        add_field(entry.text, "__MONOTONIC_TIMESTAMP", std::to_string(monotonic_us));
    }
    VD_TRY_DO(add_values(entry));
    entry.text.pop_back();  // the record ends before the line end of its last field
    return entry;
}

Result<void> EntryReader::add_values(Entry& entry) {
    const void* data = nullptr;
    std::size_t size = 0;
    sd_journal_restart_data(journal_);
    for (;;) {
        const int result = sd_journal_enumerate_available_data(journal_, &data, &size);
        if (result < 0) return failed(result, "cannot read an entry");
        if (result == 0) return {};
        const std::string_view field(static_cast<const char*>(data), size);
        const std::size_t equals = field.find('=');
        if (equals == std::string_view::npos) continue;
        // What is cut by the threshold comes with at least as many bytes.
        const std::string_view value = field.substr(equals + 1, kValueBytesMax);
        entry.is_truncated |= size >= kValueBytesMax;
        if (entry.text.size() + field.size() + 16 > event::kRecordBytesMax) {
            entry.is_truncated = true;
            continue;
        }
        add_field(entry.text, field.substr(0, equals), value);
    }
}

void EntryReader::wait(int timeout_ms) {
    constexpr std::uint64_t kUsPerMs = 1'000;
    static_cast<void>(sd_journal_wait(journal_, static_cast<std::uint64_t>(timeout_ms) * kUsPerMs));
}

}  // namespace vedette::source::journald
