// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_sources.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "apps/vedette/keeping_client.h"
#include "apps/vedette/server_client.h"
#include "engine/disk_forecast.h"
#include "engine/judgement.h"
#include "engine/standings.h"
#include "source/file/position.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

namespace {

namespace fs = std::filesystem;
using base::Result;

/// A source is longer silent than usual beyond so many times its longest usual gap, and this.
constexpr std::uint64_t kUsualTimes = 4;
constexpr std::int64_t kQuietMinS = 3'600;
/// Times that are wrong by a zone are so by hours; a slow shipper is late by minutes.
constexpr std::uint64_t kLateWarnS = 3'600;
constexpr std::uint64_t kAheadPercentWarn = 1, kAheadEventsWarn = 10;
constexpr std::uint64_t kUnreadBytesWarn = 64u << 20;
constexpr std::uint64_t kLagWarn = 100'000;

std::string span(std::uint64_t seconds) {
    if (seconds >= 2 * 86'400) return std::to_string(seconds / 86'400) + " days";
    if (seconds >= 2 * 3'600) return std::to_string(seconds / 3'600) + " hours";
    if (seconds >= 2 * 60) return std::to_string(seconds / 60) + " minutes";
    return std::to_string(seconds) + " seconds";
}

CheckUp check_last_record(const std::string& source, const engine::Arrivals::Source* known,
                          bool is_server_running, base::Timestamp now) {
    const std::string name = "last record of " + source;
    if (known == nullptr) {
        return {
            name, is_server_running ? Health::warn : Health::ok, "none has ever come",
            is_server_running ? "check its paths or address, and whether its sender knows us" : ""};
    }
    const std::int64_t ago_s =
        std::max<std::int64_t>(0, now.unix_ns - known->last.unix_ns) / base::kNsPerSecond;
    const auto usual_s = engine::quantile_s(known->gaps, 99);
    std::string text = span(static_cast<std::uint64_t>(ago_s)) + " ago, of " +
                       std::to_string(known->events) + " events";
    if (usual_s) text += "; usually " + span(*usual_s) + " at most";
    const bool is_quiet = is_server_running && usual_s && ago_s > kQuietMinS &&
                          static_cast<std::uint64_t>(ago_s) > kUsualTimes * *usual_s;
    if (!is_quiet) return {name, Health::ok, text, {}};
    return {name, Health::warn, text,
            "look at the sender: does it run, does it reach us, has its configuration changed?"};
}

CheckUp check_source_clock(const std::string& source, const engine::Arrivals::Source& known) {
    const std::string name = "clock of " + source;
    const std::string hint =
        "its clock is wrong, or its times are local ones without a zone: docs/howto/times.md";
    const bool is_ahead =
        known.ahead >= kAheadEventsWarn && known.ahead * 100 >= known.events * kAheadPercentWarn;
    if (is_ahead) {
        return {name, Health::warn,
                std::to_string(known.ahead) + " of " + std::to_string(known.events) +
                    " events are dated after they came",
                hint};
    }
    const auto late_s = engine::quantile_s(known.late, 50);
    if (!late_s) return {name, Health::ok, "its events tell no time", {}};
    const std::string text = "half of its events come within " + span(*late_s);
    if (*late_s <= kLateWarnS) return {name, Health::ok, text, {}};
    return {name, Health::warn, text, hint + "; or it sends what is old"};
}

/// Bytes of plain files that lie behind the place reached.
CheckUp check_unread(const std::string& source, const std::map<std::string, std::string>& positions,
                     bool is_server_running) {
    std::uint64_t unread_bytes = 0;
    std::size_t files = 0, behind = 0;
    for (const auto& [path, bytes] : positions) {
        const auto states = source::file::decode_position(bytes);
        struct stat status {};
        if (!states || ::stat(path.c_str(), &status) != 0) continue;
        for (const source::file::FileState& state : *states) {
            if (state.is_finished || state.is_compressed || state.identity.inode != status.st_ino) {
                continue;
            }
            ++files;
            const auto size = static_cast<std::uint64_t>(status.st_size);
            if (size <= state.framer.position) continue;
            ++behind;
            unread_bytes += size - state.framer.position;
        }
    }
    const std::string name = "files of " + source;
    const std::string text = std::to_string(unread_bytes >> 10) + " KB in " +
                             std::to_string(behind) + " of " + std::to_string(files) +
                             " followed files are not journalled yet";
    if (unread_bytes < kUnreadBytesWarn) return {name, Health::ok, text, {}};
    if (!is_server_running) {
        return {name, Health::warn, text, "start the server: it goes on where it stopped"};
    }
    return {name, Health::warn, text,
            "it is behind: look at `vedette_` stages in /metrics for the slowest, and at the "
            "journal's quota"};
}

/// The sum of a metric's numbers for one source, in the Prometheus text; nothing if it is not
/// there.
std::optional<std::uint64_t> metric_of(const std::string& metrics, const std::string& name,
                                       const std::string& source) {
    std::istringstream lines(metrics);
    std::optional<std::uint64_t> sum;
    const std::string begin = name + "{source=\"" + source + "\"";
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.rfind(' ');
        if (!line.starts_with(begin) || space == std::string::npos) continue;
        std::uint64_t value = 0;
        std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
        sum = sum.value_or(0) + value;
    }
    return sum;
}

CheckUp check_kafka(const std::string& source, const std::string& metrics) {
    const std::string name = "partitions of " + source;
    const auto partitions = metric_of(metrics, "vedette_kafka_partitions", source);
    if (partitions.value_or(0) == 0) {
        return {name, Health::warn, "no partition is read",
                "check brokers, topics and rights; the log tells what the brokers say"};
    }
    const std::uint64_t lag = metric_of(metrics, "vedette_kafka_lag", source).value_or(0);
    const std::string text =
        std::to_string(lag) + " messages behind in " + std::to_string(*partitions) + " partitions";
    if (lag < kLagWarn) return {name, Health::ok, text, {}};
    return {name, Health::warn, text,
            "if it does not shrink: look for the slowest stage in /metrics, or add a member to the "
            "group"};
}

std::uint64_t bytes_below(const fs::path& folder) {
    std::error_code error;
    std::uint64_t bytes = 0;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

/// Parts of the table of events are named by their day: 20260517_1_5_1.
std::optional<std::int32_t> day_of_part(const std::string& name) {
    constexpr std::size_t kDateDigits = 8;
    if (name.size() < kDateDigits + 2 || name[kDateDigits] != '_' ||
        name.find_first_not_of("0123456789_") != std::string::npos) {
        return std::nullopt;
    }
    const auto begin = base::parse_rfc3339(name.substr(0, 4) + "-" + name.substr(4, 2) + "-" +
                                           name.substr(6, 2) + "T00:00:00Z");
    if (!begin) return std::nullopt;
    return begin->day();
}

/// What lies in the store's folder, all data sets together, by days of arrival.
std::vector<engine::StoredDay> days_on_disk(const std::string& folder) {
    std::map<std::int32_t, std::uint64_t> bytes;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto day = day_of_part(entry->path().filename().string());
        std::error_code gone;
        if (!day || !entry->is_directory(gone) || gone) continue;
        bytes[*day] += bytes_below(entry->path());
        entry.disable_recursion_pending();
    }
    std::vector<engine::StoredDay> days;
    for (const auto& [day, size] : bytes) days.push_back({"all", day, 0, size, 0});
    return days;
}

engine::DiskForecast forecast_from_files(const engine::Config& config, std::uint64_t free_bytes,
                                         base::Timestamp now) {
    engine::ForecastInput input;
    input.stored = days_on_disk(config.data_folder + "/store");
    input.today = now.day();
    input.hours_of_today = static_cast<double>(now.unix_ns - input.today * base::kNsPerDay) /
                           (3'600.0 * static_cast<double>(base::kNsPerSecond));
    input.disk_free_bytes = free_bytes;
    input.journal_bytes = bytes_below(config.data_folder + "/journal");
    input.journal_quota_bytes = config.journal_quota_bytes;
    if (!input.stored.empty()) {
        const double days =
            std::max(1.0, input.today - input.stored.front().day + input.hours_of_today / 24);
        input.journal_bytes_per_day = static_cast<double>(input.journal_bytes) / days;
    }
    engine::RetentionConfig retention = config.retention;
    retention.rules.clear();
    return engine::forecast_disk(retention, input);
}

/// The lines of /api/retention that the check needs.   Errors: corrupt.
Result<engine::DiskForecast> read_forecast(const std::string& lines) {
    engine::DiskForecast forecast;
    bool has_forecast = false;
    const auto read = for_each_line(lines, [&](std::string_view is, simdjson::dom::object line) {
        const auto day = [&](const char* key) -> std::optional<int> {
            std::int64_t value = 0;
            if (line[key].get(value) != simdjson::SUCCESS) return std::nullopt;
            return static_cast<int>(value);
        };
        if (is == "forecast") {
            forecast.full = {day("full_in_days_low"), day("full_in_days"),
                             day("full_in_days_high")};
            forecast.steady = day("steady_in_days");
            forecast.bytes_at_rest = static_cast<double>(number_in(line, "bytes_at_rest"));
            has_forecast = true;
        } else if (is == "data_set") {
            engine::DataSetForecast set;
            set.rate.bytes = static_cast<double>(number_in(line, "bytes_per_day"));
            forecast.data_sets.push_back(std::move(set));
        }
    });
    if (!read) return tl::unexpected(read.error());
    if (has_forecast) return forecast;
    return base::fail(base::ErrorCode::corrupt, "the server tells no forecast of the disk");
}

}  // namespace

Result<std::optional<KeptKnowledge>> read_knowledge(const std::string& data_folder) {
    std::error_code error;
    const std::string path = data_folder + "/state.sqlite";
    if (!fs::exists(path, error)) return std::optional<KeptKnowledge>();
    VD_TRY(auto reader, store::StateReader::open(path));
    KeptKnowledge known;
    VD_TRY(const auto arrivals, reader.snapshot(engine::kArrivalsSnapshot));
    VD_TRY(const auto coverage, reader.snapshot(engine::kCoverageSnapshot));
    if (!arrivals || !coverage) return std::optional<KeptKnowledge>();
    VD_TRY_DO(known.arrivals.restore(arrivals->bytes));
    VD_TRY_DO(known.coverage.restore(coverage->bytes));
    VD_TRY(const auto standings, reader.snapshot(engine::kStandingsSnapshot));
    if (standings) known.standings = standings->bytes;
    return std::optional<KeptKnowledge>(std::move(known));
}

std::vector<CheckUp> check_arrivals(const engine::Config& config, const KeptKnowledge& known,
                                    bool is_server_running, base::Timestamp now) {
    std::vector<CheckUp> out;
    auto reader = store::StateReader::open(config.data_folder + "/state.sqlite");
    std::string metrics;
    if (is_server_running) {
        auto answer = ask_server(config.data_folder, {"GET", "/metrics", {}, {}});
        if (answer && *answer) metrics = std::move(**answer);
    }
    for (const engine::SourceConfig& source : config.sources) {
        const auto& all = known.arrivals.sources();
        const auto found = all.find(source.name);
        const auto* const one = found == all.end() ? nullptr : &found->second;
        out.push_back(check_last_record(source.name, one, is_server_running, now));
        if (one != nullptr) out.push_back(check_source_clock(source.name, *one));
        if (source.settings.kind == "files" && reader) {
            if (const auto positions = reader->positions(source.name)) {
                out.push_back(check_unread(source.name, *positions, is_server_running));
            }
        }
        if (source.settings.kind == "kafka" && is_server_running) {
            out.push_back(check_kafka(source.name, metrics));
        }
    }
    return out;
}

CheckUp check_days_left(const engine::Config& config, bool is_server_running, base::Timestamp now) {
    const std::string name = "disk_days";
    engine::DiskForecast forecast;
    if (is_server_running) {
        const auto told = ask_keeping(config.data_folder, "/api/retention");
        const auto read = told ? read_forecast(*told) : tl::unexpected(told.error());
        if (!read) {
            return {name, Health::warn, "no forecast of the disk: " + read.error().message(),
                    "look at `vedette retention status`"};
        }
        forecast = *read;
    } else {
        struct statvfs status {};
        if (::statvfs(config.data_folder.c_str(), &status) != 0) {
            return {name, Health::fail, "the disk of " + config.data_folder + " tells nothing",
                    "check that the folder can be reached"};
        }
        forecast =
            forecast_from_files(config, std::uint64_t{status.f_bavail} * status.f_frsize, now);
    }
    if (forecast.data_sets.empty()) {
        return {name, Health::ok, "nothing is stored yet: no forecast of the disk", {}};
    }
    const std::string hint =
        "keep less (`retention:`), make room, or move --data to a larger disk; `vedette retention "
        "status` has the numbers";
    const std::string text = engine::text_of(forecast);
    switch (engine::urgency_of(forecast)) {
        case engine::DiskUrgency::none: return {name, Health::ok, text, {}};
        case engine::DiskUrgency::soon: return {name, Health::warn, text, hint};
        case engine::DiskUrgency::now: return {name, Health::fail, text, hint};
    }
    return {name, Health::fail, text, hint};
}

}  // namespace vedette::apps
