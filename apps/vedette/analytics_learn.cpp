// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/analytics_learn.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "apps/vedette/command.h"
#include "apps/vedette/history_range.h"
#include "apps/vedette/server_client.h"
#include "base/files.h"
#include "base/json_text.h"
#include "engine/standings.h"
#include "report/text.h"
#include "report/words.h"
#include "rule/analytic/analytic.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::uint64_t kAnalyticBytesMax = 1u << 20;
constexpr auto kAskEvery = std::chrono::milliseconds(300);
constexpr const char* kPath = "/api/analytics/learn";

struct LearnOptions {
    std::string data_folder = default_data_folder();
    std::string file, last, from, to;
    std::string format = "table";
    bool is_adopted = false, is_status = false;
};

Result<std::string> ask(const LearnOptions& options, const char* method, std::string body) {
    VD_TRY(auto answer, ask_server(options.data_folder, {method, kPath, {}, {std::move(body)}}));
    if (answer) return std::move(*answer);
    return base::fail(ErrorCode::unavailable, "no server runs on this folder", options.data_folder,
                      "start it: the history is in its store");
}

Result<std::string> question_of(const LearnOptions& options) {
    VD_TRY(const auto range, history_range(options.last, options.from, options.to));
    std::string body = fmt::format("{{\"from_ns\":{},\"to_ns\":{},\"adopt\":{}", range.from.unix_ns,
                                   range.to.unix_ns, options.is_adopted ? 1 : 0);
    if (!options.file.empty()) {
        VD_TRY(const std::string text, base::read_file(options.file, kAnalyticBytesMax));
        VD_TRY_DO(rule::analytic::read_analytic(options.file, text));
        body += ",\"analytic\":";
        base::append_json_string(body, text);
    }
    return body + "}";
}

/// What is not there leaves the value as it is.
template <typename Value>
void take(simdjson::simdjson_result<simdjson::dom::element> from, Value& to) {
    Value value{};
    if (from.get(value) == simdjson::SUCCESS) to = value;
}

/// The first line of an answer.
struct State {
    std::string state, error, reached, from, to;
    std::uint64_t events = 0, findings = 0;
    double seconds = 0;
    bool is_in_force = false;
};

State state_of(std::string_view answer) {
    State out;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const simdjson::padded_string line(answer.substr(0, answer.find('\n')));
    if (parser.parse(line).get(object) != simdjson::SUCCESS) return out;
    const auto text = [&](const char* key, std::string& to) {
        std::string_view value;
        if (object[key].get(value) == simdjson::SUCCESS) to = value;
    };
    text("state", out.state);
    text("error", out.error);
    text("reached", out.reached);
    text("from", out.from);
    text("to", out.to);
    take(object["events"], out.events);
    take(object["findings"], out.findings);
    take(object["seconds"], out.seconds);
    take(object["is_in_force"], out.is_in_force);
    return out;
}

Result<std::string> wait_until_done(const LearnOptions& options) {
    for (;;) {
        VD_TRY(std::string answer, ask(options, "GET", {}));
        const State now = state_of(answer);
        const bool is_shown = ::isatty(STDERR_FILENO) == 1;
        if (is_shown) std::fprintf(stderr, "\r\033[K");
        if (now.state != "running") return answer;
        if (is_shown) {
            std::fprintf(stderr, "%s: %s, %s", now.reached.c_str(),
                         report::count_text(now.events, "event").c_str(),
                         report::count_text(now.findings, "finding").c_str());
            std::fflush(stderr);
        }
        std::this_thread::sleep_for(kAskEvery);
    }
}

void print_standing(const detect::Standing& one) {
    const std::string since =
        one.confident_ns != 0
            ? "since " + base::format_rfc3339({one.confident_ns}, 0)
            : fmt::format("not yet: {} of 1,000 tests", report::count_text(one.tests_ever));
    std::printf("%-28s %10s  %6s  %s\n", report::fit(one.id, 28).c_str(),
                report::count_text(one.tests_ever).c_str(),
                report::count_text(one.told_ever).c_str(), since.c_str());
}

/// Lines behind the first one: how each analytic did, then the findings with most bits.
void print_lines(std::string_view lines) {
    std::puts("analytic                          tests    told  confident");
    simdjson::dom::parser parser;
    bool has_findings = false;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        const simdjson::padded_string padded(line);
        simdjson::dom::object object, finding;
        if (parser.parse(padded).get(object) != simdjson::SUCCESS) continue;
        std::string_view sentence;
        double bits = 0;
        if (object["analytic"].error() == simdjson::SUCCESS) {
            const auto standing = engine::standings_of_json(line);
            if (standing) print_standing(standing->front());
        } else if (object["finding"].get(finding) == simdjson::SUCCESS) {
            if (!has_findings) std::puts("\nmost evidence");
            has_findings = true;
            take(finding["bits"], bits);
            for (const simdjson::dom::element reason : simdjson::dom::array(finding["reasons"])) {
                if (sentence.empty()) take(reason["observed"], sentence);
            }
            std::string_view time;
            take(finding["time"], time);
            std::printf("  %5.1f bits  %.19s  %s\n", bits, std::string(time).c_str(),
                        report::plain(sentence).c_str());
        }
    }
}

int print(const LearnOptions& options, const std::string& answer) {
    const State now = state_of(answer);
    if (now.state == "failed") {
        return report({ErrorCode::unavailable, now.error, {}, {}, false});
    }
    if (options.format == "json") {
        std::fwrite(answer.data(), 1, answer.size(), stdout);
        return kExitGood;
    }
    if (now.state != "done") {
        std::printf("%s\n", now.state == "running"
                                ? ("the history is being learned from, " + now.reached).c_str()
                                : "nothing was learned from the history since the server started");
        return kExitGood;
    }
    std::printf(
        "%s from %s to %s in %s%s: %s would have been told%s\n\n",
        report::count_text(now.events, "event").c_str(), now.from.c_str(), now.to.c_str(),
        report::duration_text(now.seconds).c_str(),
        now.seconds > 0.01
            ? fmt::format(" ({} a second)", report::count_text(static_cast<std::uint64_t>(
                                                static_cast<double>(now.events) / now.seconds)))
                  .c_str()
            : "",
        report::count_text(now.findings, "finding").c_str(),
        now.is_in_force ? "; what was learned is in force" : "");
    print_lines(std::string_view(answer).substr(std::min(answer.find('\n') + 1, answer.size())));
    return kExitGood;
}

int run(const LearnOptions& options) {
    if (!options.is_status) {
        auto body = question_of(options);
        if (!body) return report(body.error());
        const auto begun = ask(options, "POST", std::move(*body));
        if (!begun) return report(begun.error());
    }
    const auto answer = options.is_status ? ask(options, "GET", {}) : wait_until_done(options);
    return answer ? print(options, *answer) : report(answer.error());
}

CLI::App* add(CLI::App& analytics, const std::string& name, const std::string& help,
              const std::shared_ptr<LearnOptions>& options, std::function<int()>& chosen) {
    CLI::App* command = analytics.add_subcommand(name, help);
    add_data_option(*command, options->data_folder);
    CLI::Option* last =
        command->add_option("--last", options->last, "12h, 7d, 90d; 30d if not said");
    command->add_option("--from", options->from, "events at or after this time")->excludes(last);
    command->add_option("--to", options->to, "events up to this time")->excludes(last);
    command->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}));
    command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
    return command;
}

}  // namespace

void add_learn_commands(CLI::App& analytics, std::function<int()>& chosen) {
    const auto replayed = std::make_shared<LearnOptions>();
    add(analytics, "replay",
        "what would have been told over the history of the running server, and from when on it "
        "would have been sure",
        replayed, chosen)
        ->add_option("file", replayed->file,
                     "one analytic, which need not be in force; all that are in force if not said");
    const auto learned = std::make_shared<LearnOptions>();
    learned->is_adopted = true;
    add(analytics, "learn",
        "has the running server learn from its history, in place of what it has learned so far",
        learned, chosen)
        ->add_flag("--status", learned->is_status, "only tells how far it is, or what came of it");
}

}  // namespace vedette::apps
