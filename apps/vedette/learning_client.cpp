// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/learning_client.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "apps/vedette/command.h"
#include "apps/vedette/server_client.h"
#include "engine/standings.h"
#include "report/text.h"
#include "report/words.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;

constexpr auto kAskEvery = std::chrono::milliseconds(300);

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
    std::uint64_t subtracted = 0, repeated = 0, not_taken = 0, not_there = 0, not_listed = 0;
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
    take(object["subtracted"], out.subtracted);
    take(object["repeated"], out.repeated);
    take(object["not_taken"], out.not_taken);
    take(object["not_there"], out.not_there);
    take(object["not_listed"], out.not_listed);
    take(object["seconds"], out.seconds);
    take(object["is_in_force"], out.is_in_force);
    return out;
}

Result<std::string> wait_until_done(const LearningClient& client) {
    for (;;) {
        VD_TRY(std::string answer, ask_learning(client, "GET", kLearnPath));
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

/// What became of the events that are left out.
void print_subtracted(const State& now) {
    const auto line = [](std::uint64_t count, const char* words) {
        if (count == 0) return;
        std::printf("%s %s\n", report::count_text(count, "event").c_str(), words);
    };
    line(now.subtracted, "left out: see `vedette analytics subtract --list`");
    line(now.not_there, "of these not in this history: removed since, or of another time");
    line(now.repeated, "named more than once, or left out already");
    line(now.not_taken, "passed over: nothing that is stored has such an id");
    line(now.not_listed, "passed over: they were not left out");
}

int print(const LearningClient& client, const std::string& answer) {
    const State now = state_of(answer);
    if (now.state == "failed") {
        return report({ErrorCode::unavailable, now.error, {}, {}, false});
    }
    if (client.format == "json") {
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
    print_subtracted(now);
    if (now.subtracted > 0) std::puts("");
    print_lines(std::string_view(answer).substr(std::min(answer.find('\n') + 1, answer.size())));
    return kExitGood;
}

}  // namespace

Result<std::string> ask_learning(const LearningClient& client, const char* method, const char* path,
                                 std::string body) {
    VD_TRY(auto answer, ask_server(client.data_folder, {method, path, {}, {std::move(body)}}));
    if (answer) return std::move(*answer);
    return base::fail(ErrorCode::unavailable, "no server runs on this folder", client.data_folder,
                      "start it: the history is in its store");
}

int learn_and_show(const LearningClient& client, const char* path, std::string body) {
    const auto begun = ask_learning(client, "POST", path, std::move(body));
    if (!begun) return report(begun.error());
    const auto answer = wait_until_done(client);
    return answer ? print(client, *answer) : report(answer.error());
}

int show_learning(const LearningClient& client) {
    const auto answer = ask_learning(client, "GET", kLearnPath);
    return answer ? print(client, *answer) : report(answer.error());
}

}  // namespace vedette::apps
