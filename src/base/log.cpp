// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <map>
#include <mutex>

#include "base/limits.h"
#include "base/time.h"

namespace vedette::base::log {

namespace {

std::atomic<Level> lowest_level = Level::info;

struct Rate {
    std::int64_t minute = 0;
    int lines = 0;
    std::uint64_t held_back = 0;
};

/// Whether a line may pass now; `held_back` gets the number of lines that did not since the last
/// one.
bool may_pass(std::string_view name, std::uint64_t& held_back) {
    static std::mutex mutex;
    static std::map<std::string, Rate, std::less<>> rates;
    const std::int64_t minute = SystemClock().now().unix_ns / (60 * kNsPerSecond);
    const std::lock_guard lock(mutex);
    auto found = rates.find(name);
    if (found == rates.end()) found = rates.emplace(std::string(name), Rate{}).first;
    Rate& rate = found->second;
    if (rate.minute != minute) {
        rate.minute = minute;
        rate.lines = 0;
    }
    if (rate.lines >= kLogLinesPerNameAndMinute) {
        ++rate.held_back;
        return false;
    }
    ++rate.lines;
    held_back = std::exchange(rate.held_back, 0);
    return true;
}

void append_value(std::string& line, std::string_view text) {
    const bool is_plain =
        !text.empty() && text.find_first_of(" \"=\n\t\r") == std::string_view::npos;
    if (is_plain) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') line += '\\';
        line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    line += '"';
}

void write(Level level, std::string_view level_name, std::string_view name, Fields fields) {
    if (level < lowest_level.load(std::memory_order_relaxed)) return;
    std::uint64_t held_back = 0;
    if (!may_pass(name, held_back)) return;
    std::string line = format_rfc3339(SystemClock().now()) + " " + std::string(level_name) + " ";
    line += name;
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        append_value(line, value.text);
    }
    if (held_back > 0) line += " held_back=" + std::to_string(held_back);
    static const auto logger = [] {
        auto made = spdlog::stderr_logger_mt("vedette");
        made->set_pattern("%v");
        return made;
    }();
    logger->info(line);
}

}  // namespace

void set_level(Level level) { lowest_level = level; }
void debug(std::string_view name, Fields fields) { write(Level::debug, "debug", name, fields); }
void info(std::string_view name, Fields fields) { write(Level::info, "info", name, fields); }
void warn(std::string_view name, Fields fields) { write(Level::warn, "warn", name, fields); }
void error(std::string_view name, Fields fields) { write(Level::error, "error", name, fields); }

}  // namespace vedette::base::log
