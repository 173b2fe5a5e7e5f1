// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/incident_collector.h"
#include "engine/config.h"
#include "engine/scan.h"
#include "parse/clock_hints.h"
#include "report/html.h"
#include "report/terminal.h"

namespace vedette::apps {

namespace {

struct ScanSettings {
    engine::ScanOptions scan;
    std::string format = "table", severity_min = "informational", fail_on;
    std::string placeholders_path;
    double ahead_s = 0;
    bool is_quiet = false, is_without_yara = false;
};

constexpr double kAheadSecondsMax = parse::kAheadMsMax / 1'000.0;

/// One line on a terminal that is written over: what is read, how fast, how long still.
class ScanProgressLine {
  public:
    explicit ScanProgressLine(bool is_shown) : is_shown_(is_shown) {}
    ~ScanProgressLine() { clear(); }

    void show(const engine::ScanProgress& now) {
        if (!is_shown_) return;
        const double seconds = seconds_so_far();
        const double rate = seconds > 0 ? static_cast<double>(now.bytes) / seconds : 0;
        const double share = now.bytes_total == 0 ? 1
                                                  : static_cast<double>(now.bytes) /
                                                        static_cast<double>(now.bytes_total);
        const double left_s =
            rate > 0
                ? static_cast<double>(now.bytes_total - std::min(now.bytes, now.bytes_total)) / rate
                : 0;
        std::fprintf(stderr, "\r\033[K%3.0f %%  %s, %s/s, %s left, %s", share * 100,
                     report::count_text(now.events, "event").c_str(),
                     report::bytes_text(static_cast<std::uint64_t>(rate)).c_str(),
                     report::duration_text(left_s).c_str(),
                     report::count_text(now.findings, "finding").c_str());
        std::fflush(stderr);
        was_shown_ = true;
    }
    void clear() {
        if (was_shown_) std::fprintf(stderr, "\r\033[K");
        was_shown_ = false;
    }
    double seconds_so_far() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

  private:
    const bool is_shown_;
    bool was_shown_ = false;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void print_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_notes(const engine::ScanSummary& summary) {
    constexpr std::size_t kNotesMax = 20;
    const auto note = [](const std::string& where, const std::string& text) {
        std::fprintf(stderr, "vedette: %s: %s\n", where.c_str(), text.c_str());
    };
    for (std::size_t i = 0; i < std::min(kNotesMax, summary.unread.size()); ++i) {
        note(summary.unread[i].path, summary.unread[i].reason);
    }
    if (summary.unread.size() > kNotesMax) {
        note("and " + std::to_string(summary.unread.size() - kNotesMax) + " more files",
             "not read");
    }
    for (std::size_t i = 0; i < std::min(kNotesMax, summary.notices.size()); ++i) {
        note(summary.notices[i].where, summary.notices[i].text);
    }
    if (summary.notices.size() > kNotesMax) {
        note("and " + std::to_string(summary.notices.size() - kNotesMax) + " more rules",
             "not used");
    }
    for (std::size_t i = 0; i < std::min(kNotesMax, summary.unjudged.size()); ++i) {
        note(summary.unjudged[i].path,
             "not held against the YARA rules: " + summary.unjudged[i].reason);
    }
    if (summary.unjudged.size() > kNotesMax) {
        note("and " + std::to_string(summary.unjudged.size() - kNotesMax) + " more files",
             "not held against the YARA rules");
    }
    if (summary.gave_up > 0) {
        note(report::count_text(summary.gave_up, "value"),
             "reached the bounds of a rule's regular expression and counted as not matching");
    }
    if (summary.forgotten > 0) {
        note(
            report::count_text(summary.forgotten, "group"),
            "of events that correlations remembered had to be forgotten, the oldest first, to keep "
            "within memory: what began in one of them may be missing");
    }
    if (summary.not_decoded > 0) {
        note(report::count_text(summary.not_decoded, "record"),
             "did not fit the format of their file; they were judged as plain text");
    }
}

int scan(const ScanSettings& settings) {
    engine::ScanOptions options = settings.scan;
    const auto severity_min = cases::parse_severity(settings.severity_min);
    if (!severity_min) return report(severity_min.error());
    options.severity_min = *severity_min;
    std::optional<cases::Severity> fail_on;
    if (!settings.fail_on.empty()) {
        const auto level = cases::parse_severity(settings.fail_on);
        if (!level) return report(level.error());
        fail_on = *level;
    }
    // Who names rules wants those and no others; ours for files belong to ours for events.
    const std::string ours = engine::content_folder() + "/yara";
    std::error_code error;
    if (options.yara_paths.empty() && options.rule_paths.empty() &&
        std::filesystem::is_directory(ours, error)) {
        options.yara_paths = {ours};
    }
    if (settings.is_without_yara) options.yara_paths.clear();
    if (options.rule_paths.empty()) options.rule_paths = {engine::content_folder() + "/rules"};
    options.clock.ahead_ms = std::llround(settings.ahead_s * 1'000);
    options.clock.where = "--zone";
    if (!settings.placeholders_path.empty()) {
        auto placeholders = engine::load_placeholders(settings.placeholders_path);
        if (!placeholders) return report(placeholders.error());
        options.placeholders = std::move(*placeholders);
    }
    // Ours come first, so that a mapping that is given has the last word.
    options.logsource_paths.insert(options.logsource_paths.begin(),
                                   engine::content_folder() + "/logsources");

    ScanProgressLine line(::isatty(STDERR_FILENO) == 1 && !settings.is_quiet);
    IncidentCollector collector;
    report::FindingShelf shelf;
    report::Summary numbers;
    bool must_fail = false;
    const auto found = [&](const cases::Finding& finding) {
        numbers.count(finding.severity);
        must_fail = must_fail || (fail_on && finding.severity >= *fail_on);
        if (settings.format == "json") {
            report::write_json_line(finding, print_text);
            return;
        }
        shelf.add(finding);
        collector.add(finding);
    };
    const auto summary = engine::scan(options, found, [&](const engine::ScanProgress& now) {
        line.show(now);
        return true;
    });
    line.clear();
    if (!summary) return report(summary.error());

    numbers.files = summary->files;
    numbers.events = summary->events;
    numbers.bytes = summary->bytes;
    numbers.seconds = line.seconds_so_far();
    numbers.rules = summary->rules;
    if (options.paths.size() == 1) numbers.subject = options.paths[0];
    if (settings.format != "json") {
        const std::vector<cases::Incident> incidents = collector.incidents();
        numbers.incidents = incidents.size();
        if (settings.format == "html") {
            report::write_html(incidents, shelf.lookup(), numbers, {}, print_text);
        } else {
            report::TerminalOptions terminal;
            terminal.columns = static_cast<std::size_t>(terminal_width());
            terminal.has_color = wants_colour();
            report::write_terminal(incidents, shelf.lookup(), numbers, terminal, print_text);
        }
    }
    if (!settings.is_quiet) print_notes(*summary);
    return must_fail ? kExitNo : kExitGood;
}

}  // namespace

void add_scan_command(CLI::App& app, std::function<int()>& chosen) {
    const auto settings = std::make_shared<ScanSettings>();
    CLI::App* command =
        app.add_subcommand("scan", "judges files and folders once; no server, no store");
    command->add_option("paths", settings->scan.paths, "files and folders of logs")->required();
    command
        ->add_option("--rules", settings->scan.rule_paths,
                     "folder or file of Sigma rules (may be repeated); default: ours")
        ->allow_extra_args(false);
    command
        ->add_option("--logsources", settings->scan.logsource_paths,
                     "log-source mapping, ours or channel/eventid JSON (may be repeated)")
        ->allow_extra_args(false);
    command
        ->add_option("--yara", settings->scan.yara_paths,
                     "folder or file of YARA rules that the files themselves are held against (may "
                     "be repeated); default: ours, unless --rules is given")
        ->allow_extra_args(false);
    command->add_flag("--no-yara", settings->is_without_yara, "no YARA rules");
    command
        ->add_option("--analytics", settings->scan.analytic_paths,
                     "folder or file of analytics (may be repeated); default: none")
        ->allow_extra_args(false);
    command->add_option("--placeholders", settings->placeholders_path,
                        "YAML file of `name: [values]` for %name% in rules with `expand`");
    command
        ->add_option("--lists", settings->scan.list_folders,
                     "folder of look-up lists (may be repeated)")
        ->allow_extra_args(false);
    command
        ->add_option("--indicators", settings->scan.indicator_paths,
                     "feed of indicators: a list, CSV, STIX, MISP (may be repeated)")
        ->allow_extra_args(false);
    command
        ->add_option("--warning-lists", settings->scan.warning_paths,
                     "file or folder of what must be no indicator (may be repeated)")
        ->allow_extra_args(false);
    command
        ->add_option("--formats", settings->scan.format_folders,
                     "folder of user-made formats (may be repeated)")
        ->allow_extra_args(false);
    command->add_option("--input-format", settings->scan.format,
                        "format of the files; default: recognised by content");
    command->add_option("--zone", settings->scan.clock.zone,
                        "of times that name none: Europe/Berlin or +02:00; default: UTC");
    command
        ->add_option("--year", settings->scan.clock.year,
                     "of times that have none; default: guessed by the file's time of change")
        ->check(CLI::Range(1970, 2200));
    command
        ->add_option("--clock-ahead", settings->ahead_s,
                     "seconds by which the logs' clock was ahead; taken off every time")
        ->check(CLI::Range(-kAheadSecondsMax, kAheadSecondsMax));
    command
        ->add_option("--min-level", settings->severity_min,
                     "informational, low, medium, high or critical")
        ->capture_default_str();
    command->add_option("--format", settings->format, "table, json (a finding a line) or html")
        ->check(CLI::IsMember({"table", "json", "html"}))
        ->capture_default_str();
    command->add_option("--fail-on", settings->fail_on,
                        "exit code 1 when there is a finding of this level or above");
    command->add_flag("-q,--quiet", settings->is_quiet, "neither progress nor notes");
    command->callback([&chosen, settings] { chosen = [settings] { return scan(*settings); }; });
}

}  // namespace vedette::apps
