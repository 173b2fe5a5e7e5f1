// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/indicators.h"
#include "apps/vedette/server_client.h"
#include "base/http_client.h"
#include "base/json_text.h"
#include "report/text.h"
#include "report/words.h"
#include "rule/intel/json_object.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

namespace {

using rule::intel::FeedReport;
using rule::intel::IndicatorIndex;

std::string types_text(const rule::intel::FeedSet& set) {
    std::string out;
    for (std::size_t i = 0; i < rule::intel::kIndicatorTypes; ++i) {
        const auto type = static_cast<rule::intel::IndicatorType>(i);
        if (set.count(type) == 0) continue;
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", set.count(type),
                           rule::intel::name(type));
    }
    return out;
}

std::string counts_json(const std::map<std::string, FeedReport::Count>& counts) {
    std::string out = "[";
    for (const auto& [reason, one] : counts) {
        out += out.size() > 1 ? ",{\"reason\":" : "{\"reason\":";
        base::append_json_string(out, reason);
        out += fmt::format(",\"count\":{},\"example\":", one.count);
        base::append_json_string(out, one.example);
        out += '}';
    }
    return out + "]";
}

std::string set_json(const rule::intel::FeedSet& set) {
    std::string out = "{\"feed\":";
    base::append_json_string(out, set.feed());
    out += fmt::format(",\"indicators\":{},\"memory_bytes\":{},\"types\":{{", set.size(),
                       set.memory_bytes());
    bool is_first = true;
    for (std::size_t i = 0; i < rule::intel::kIndicatorTypes; ++i) {
        const auto type = static_cast<rule::intel::IndicatorType>(i);
        if (set.count(type) == 0) continue;
        out += fmt::format("{}\"{}\":{}", is_first ? "" : ",", rule::intel::name(type),
                           set.count(type));
        is_first = false;
    }
    return out + "}";
}

void print_counts(const char* what, const std::map<std::string, FeedReport::Count>& counts) {
    for (const auto& [reason, one] : counts) {
        std::printf("  %-9s %8zu  %s (first: %s)\n", what, one.count, report::plain(reason).c_str(),
                    report::plain(one.example).c_str());
    }
}

int check(const IndicatorOptions& options) {
    const auto feeds = read_feeds(options);
    if (!feeds) return report(feeds.error());
    bool is_clean = true;
    for (const CheckedFeed& feed : *feeds) {
        const FeedReport& told = feed.read.report;
        is_clean = is_clean && told.refused.empty();
        if (options.format == "json") {
            std::string out = set_json(feed.read.set) + ",\"path\":";
            base::append_json_string(out, feed.path);
            out +=
                fmt::format(",\"format\":\"{}\",\"repeated\":{},\"refused\":{},\"kept_out\":{}}}\n",
                            rule::intel::name(told.format), told.repeated,
                            counts_json(told.refused), counts_json(told.kept_out));
            std::fputs(out.c_str(), stdout);
            continue;
        }
        std::printf("%s: %s of format %s, %s\n", report::plain(feed.path).c_str(),
                    report::count_text(told.taken, "indicator").c_str(),
                    std::string(rule::intel::name(told.format)).c_str(),
                    report::bytes_text(feed.read.set.memory_bytes()).c_str());
        const std::string types = types_text(feed.read.set);
        if (!types.empty()) std::printf("  %s\n", types.c_str());
        if (told.repeated > 0) std::printf("  %zu repeated\n", told.repeated);
        print_counts("refused", told.refused);
        print_counts("kept out", told.kept_out);
    }
    return is_clean ? kExitGood : kExitNo;
}

int list(const IndicatorOptions& options) {
    const auto index = index_of(options);
    if (!index) return report(index.error());
    for (const auto& feed : (*index)->feeds()) {
        if (options.format == "json") {
            std::printf("%s,\"version\":\"%s\"}\n", set_json(*feed).c_str(),
                        feed->hash().hex().c_str());
            continue;
        }
        std::printf("%-24s %s, %s: %s\n", report::plain(feed->feed()).c_str(),
                    report::count_text(feed->size(), "indicator").c_str(),
                    report::bytes_text(feed->memory_bytes()).c_str(), types_text(*feed).c_str());
    }
    return kExitGood;
}

void print_hit(const std::string& value, const IndicatorIndex::Hit& hit, bool counts,
               const IndicatorOptions& options) {
    if (options.format == "json") {
        std::string out =
            indicator_json(hit) + fmt::format(",\"counts\":{},\"looked_up\":", counts);
        base::append_json_string(out, value);
        std::printf("%s}\n", out.c_str());
        return;
    }
    const auto& indicator = hit.indicator;
    std::string text =
        fmt::format("{} {} {}, confidence {}", hit.feed->feed(), rule::intel::name(indicator.type),
                    rule::intel::value_text(indicator.type, indicator.key), indicator.confidence);
    const auto time = [](std::int64_t s) {
        return base::format_rfc3339({s * base::kNsPerSecond}, 0);
    };
    if (indicator.from_s > 0) text += " since " + time(indicator.from_s);
    if (indicator.until_s > 0) text += " until " + time(indicator.until_s);
    if (!indicator.label.empty()) text += fmt::format(" \"{}\"", indicator.label);
    if (!indicator.attack.empty()) text += fmt::format(" [{}]", indicator.attack);
    std::printf("%s%s\n", report::plain(text).c_str(), counts ? "" : " (ended)");
}

int lookup(const IndicatorOptions& options) {
    base::Timestamp at = base::SystemClock().now();
    if (!options.at.empty()) {
        const auto given = base::parse_rfc3339(options.at);
        if (!given) {
            return report({base::ErrorCode::bad_input, "'" + options.at + "' is no time", "--at",
                           "e.g. 2026-05-17T10:00:00Z", false});
        }
        at = *given;
    }
    const auto index = index_of(options);
    if (!index) return report(index.error());
    bool is_found = false;
    for (const std::string& given : options.values) {
        const std::string value = rule::intel::refanged(given);
        std::vector<IndicatorIndex::Hit> hits;
        std::string room;
        for (std::size_t i = 0; i < rule::intel::kIndicatorTypes; ++i) {
            (*index)->find_value(static_cast<rule::intel::IndicatorType>(i), value, room, hits);
        }
        for (const auto& hit : hits) {
            const bool counts = hit.indicator.counts_at(at.unix_ns / base::kNsPerSecond);
            is_found = is_found || counts;
            print_hit(given, hit, counts, options);
        }
    }
    return is_found ? kExitGood : kExitNo;
}

/// Indicators that were seen, by their findings: the most frequent first.
int sightings(const IndicatorOptions& options) {
    auto state = store::StateReader::open(options.data_folder + "/state.sqlite");
    if (!state) return report(state.error());
    std::vector<store::RuleCount> all;
    for (std::size_t i = 0; i < rule::intel::kIndicatorTypes; ++i) {
        const auto type = static_cast<rule::intel::IndicatorType>(i);
        const auto counts =
            state->rule_counts(std::string(rule::intel::name(type)) + ":", options.limit);
        if (!counts) return report(counts.error());
        all.insert(all.end(), counts->begin(), counts->end());
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.findings != b.findings ? a.findings > b.findings : a.rule_id < b.rule_id;
    });
    if (all.size() > options.limit) all.resize(options.limit);
    for (const store::RuleCount& one : all) {
        const std::string first = base::format_rfc3339(one.first_seen, 0),
                          last = base::format_rfc3339(one.last_seen, 0);
        if (options.format == "json") {
            std::string out = "{\"indicator\":";
            base::append_json_string(out, one.rule_id);
            out += fmt::format(",\"sightings\":{},\"first\":\"{}\",\"last\":\"{}\"}}\n",
                               one.findings, first, last);
            std::fputs(out.c_str(), stdout);
        } else {
            std::printf("%8llu  %s  %s  %s\n", static_cast<unsigned long long>(one.findings),
                        first.c_str(), last.c_str(), report::plain(one.rule_id).c_str());
        }
    }
    return all.empty() ? kExitNo : kExitGood;
}

/// The lines that a server answers; nothing was printed if none runs.
base::Result<std::vector<std::string>> ask_for_lines(const IndicatorOptions& options,
                                                     const base::HttpClientRequest& request) {
    VD_TRY(const auto answer, ask_server(options.data_folder, request));
    if (!answer) {
        return base::fail(base::ErrorCode::unavailable, "no server runs on this folder of data",
                          options.data_folder,
                          "`vedette serve` gets feeds; `vedette intel check` reads files");
    }
    std::vector<std::string> lines;
    std::string_view rest = *answer;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return lines;
}

/// Prints how feeds stand.   Returns: whether all are well.
bool print_status(const std::vector<std::string>& lines, const IndicatorOptions& options) {
    bool is_well = true;
    for (const std::string& line : lines) {
        const rule::intel::JsonObject feed(line);
        const std::string error = feed.text("error"), good = feed.text("good");
        is_well = is_well && error.empty() && !good.empty();
        if (options.format == "json") {
            std::printf("%s\n", line.c_str());
            continue;
        }
        std::printf(
            "%-24s %s of %s\n", report::plain(feed.text("feed")).c_str(),
            report::count_text(static_cast<std::uint64_t>(feed.whole("indicators").value_or(0)),
                               "indicator")
                .c_str(),
            good.empty() ? "never" : good.c_str());
        std::printf("%-24s   %s\n", "", report::plain(feed.text("from")).c_str());
        if (!error.empty())
            std::printf("%-24s   NOT TAKEN: %s\n", "", report::plain(error).c_str());
        const std::string left_out = feed.text("left_out");
        if (!left_out.empty()) std::printf("%-24s   %s\n", "", report::plain(left_out).c_str());
    }
    return is_well;
}

int feeds(const IndicatorOptions& options) {
    base::HttpClientRequest request;
    request.target = "/api/intel";
    const auto lines = ask_for_lines(options, request);
    if (!lines) return report(lines.error());
    return print_status(*lines, options) ? kExitGood : kExitNo;
}

std::vector<std::string> lines_of(std::vector<std::string> lines, const std::string& feed) {
    if (feed.empty()) return lines;
    std::erase_if(lines, [&](const std::string& line) {
        return rule::intel::JsonObject(line).text("feed") != feed;
    });
    return lines;
}

/// Asks the server to look now, and waits until it did.
int pull(const IndicatorOptions& options) {
    base::HttpClientRequest request;
    request.method = "POST";
    request.target = "/api/intel/pull?accept=" + std::string(options.accepts ? "1" : "0");
    const std::string feed = options.values.empty() ? std::string() : options.values[0];
    if (!feed.empty()) {
        request.target += "&feed=";
        base::append_url_encoded(request.target, feed);
    }
    const auto asked = ask_for_lines(options, request);
    if (!asked) return report(asked.error());
    base::HttpClientRequest look;
    look.target = "/api/intel";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait_s);
    for (;;) {
        const auto lines = ask_for_lines(options, look);
        if (!lines) return report(lines.error());
        const auto meant = lines_of(*lines, feed);
        const bool is_done = std::none_of(meant.begin(), meant.end(), [](const std::string& line) {
            return rule::intel::JsonObject(line).is_true("waiting");
        });
        if (is_done) return print_status(meant, options) ? kExitGood : kExitNo;
        if (std::chrono::steady_clock::now() > end) {
            return report({base::ErrorCode::timeout, "the server is still at it", feed,
                           "`vedette intel feeds` shows how it ends", true});
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

}  // namespace

void add_intel_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<IndicatorOptions>();
    options->data_folder = default_data_folder();
    CLI::App* command =
        app.add_subcommand("intel", "indicators: what is known to be bad, and where it was seen");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*run)(const IndicatorOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        to->add_option("--format", options->format, "table, or json (one object a line)")
            ->check(CLI::IsMember({"table", "json"}))
            ->capture_default_str();
        to->callback(
            [&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return to;
    };
    const auto add_source = [&](CLI::App& to) {
        add_data_option(to, options->data_folder);
        to.add_option("--indicators", options->paths,
                      "feeds to look into instead of those in force (may be repeated)")
            ->allow_extra_args(false);
        add_feed_options(to, *options);
    };
    CLI::App* checking =
        add("check", "reads feeds and tells what of them can be used, and what not and why", check);
    checking->add_option("feeds", options->paths, "files, or folders that are one feed")
        ->required();
    add_feed_options(*checking, *options);
    checking->footer("Exit codes: 0 all is used, 1 something cannot be, 2 an error.");
    CLI::App* listing = add("list", "the feeds that are in force", list);
    add_source(*listing);
    CLI::App* looking =
        add("lookup", "which feeds have a value, or what it lies below or within", lookup);
    looking->add_option("values", options->values, "addresses, domains, URLs, hashes, ...")
        ->required();
    looking->add_option("--at", options->at, "at this time; default: now");
    add_source(*looking);
    looking->footer("Exit codes: 0 a feed has it, 1 none has, 2 an error.");
    CLI::App* seen =
        add("sightings", "indicators that were seen in events, and how often", sightings);
    add_data_option(*seen, options->data_folder);
    seen->add_option("--limit", options->limit, "the most frequent ones")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    seen->footer("Exit codes: 0 some were, 1 none was, 2 an error.");
    CLI::App* standing = add("feeds", "how the feeds of a running server stand", feeds);
    add_data_option(*standing, options->data_folder);
    standing->footer("Exit codes: 0 all are well, 1 one is not, 2 an error.");
    CLI::App* pulling = add("pull", "has a running server look at a feed, or at all, now", pull);
    pulling->add_option("feed", options->values, "its name; default: all")->expected(0, 1);
    pulling->add_flag("--accept", options->accepts,
                      "take it even if it shrank or grew beyond belief");
    pulling->add_option("--wait", options->wait_s, "seconds to wait for it")
        ->capture_default_str()
        ->check(CLI::Range(1, 3'600));
    add_data_option(*pulling, options->data_folder);
    pulling->footer("Exit codes: 0 all are well, 1 a feed is not, 2 an error.");
}

}  // namespace vedette::apps
