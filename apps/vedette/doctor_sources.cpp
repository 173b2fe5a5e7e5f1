// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_sources.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "apps/vedette/server_client.h"
#include "engine/judgement.h"
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
constexpr std::int64_t kRateSpanMinS = 3'600;
constexpr double kDaysFail = 2, kDaysWarn = 14;

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

/// When records came: of all sources together.
std::int64_t watched_s(const engine::Arrivals& arrivals) {
    std::int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
    for (const auto& [name, source] : arrivals.sources()) {
        first_ns = std::min(first_ns, source.first.unix_ns);
        last_ns = std::max(last_ns, source.last.unix_ns);
    }
    return last_ns <= first_ns ? 0 : (last_ns - first_ns) / base::kNsPerSecond;
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

CheckUp check_days_left(const engine::Config& config, const KeptKnowledge& known) {
    const std::int64_t seconds = watched_s(known.arrivals);
    if (seconds < kRateSpanMinS) {
        return {"disk_days", Health::ok, "too little has come to tell how fast the disk fills", {}};
    }
    struct statvfs status {};
    if (::statvfs(config.data_folder.c_str(), &status) != 0) {
        return {"disk_days", Health::fail, "the disk of " + config.data_folder + " tells nothing",
                "check that the folder can be reached"};
    }
    const double free_bytes =
        static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize);
    const std::uint64_t journal = bytes_below(config.data_folder + "/journal");
    const std::uint64_t store = bytes_below(config.data_folder + "/store");
    // A journal that has reached its quota grows no more.
    const bool is_journal_full =
        journal + config.journal_segment_bytes >= config.journal_quota_bytes;
    const double days = static_cast<double>(seconds) / 86'400.0;
    const double per_day = static_cast<double>(store + (is_journal_full ? 0 : journal)) / days;
    const double left = per_day < 1 ? 1e6 : free_bytes / per_day;
    const std::string text =
        std::to_string(static_cast<std::uint64_t>(per_day) >> 20) + " MB a day, mean of " +
        span(static_cast<std::uint64_t>(seconds)) +
        (left > 3'650 ? ": room for years"
                      : ": full in " + std::to_string(static_cast<int>(left)) + " days");
    const std::string hint = "make room, keep less, or move --data to a larger disk";
    if (left < kDaysFail) return {"disk_days", Health::fail, text, hint};
    if (left < kDaysWarn) return {"disk_days", Health::warn, text, hint};
    return {"disk_days", Health::ok, text, {}};
}

}  // namespace vedette::apps
