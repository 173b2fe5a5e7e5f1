// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/rules_replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "apps/vedette/history_range.h"
#include "apps/vedette/server_client.h"
#include "base/json_text.h"
#include "engine/replay/replay_json.h"
#include "report/text.h"
#include "rule/search/pipe_words.h"
#include "rule/sigma/rule_files.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;
using engine::replay::ReplayResult;
using rule::search::TimeRange;

constexpr std::size_t kFieldsShownMax = 8, kValuesShownMax = 5, kBarColumnsMax = 40;
constexpr std::size_t kValueColumnsMax = 48;

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

class ProgressLine {
  public:
    ~ProgressLine() {
        if (is_shown_) std::fprintf(stderr, "\r\033[K");
    }
    void show(const std::string& title, base::Timestamp day, double share,
              const ReplayResult& so_far) {
        if (::isatty(STDERR_FILENO) != 1) return;
        std::fprintf(stderr, "\r\033[K%3.0f %%  %s, %s: %llu hits in %llu events", share * 100,
                     report::fit(title, 40).c_str(),
                     base::format_rfc3339(day, 0).substr(0, 10).c_str(),
                     static_cast<unsigned long long>(so_far.hits),
                     static_cast<unsigned long long>(so_far.events));
        std::fflush(stderr);
        is_shown_ = true;
    }

  private:
    bool is_shown_ = false;
};

std::string bar(std::uint64_t hits, std::uint64_t most) {
    std::string out;
    const std::uint64_t columns = most == 0 ? 0 : (hits * kBarColumnsMax + most - 1) / most;
    for (std::uint64_t i = 0; i < columns; ++i) out += "\xE2\x96\x88";
    return out;
}

std::string span_of(const TimeRange& range) {
    return fmt::format("\"from_ns\":{},\"to_ns\":{}}}", range.from.unix_ns, range.to.unix_ns);
}

std::string body_of(const ReplayedRule& rule, const TimeRange& range) {
    std::string body = "{\"rule\":";
    base::append_json_string(body, rule.text);
    body += ",\"id\":";
    base::append_json_string(body, rule.rule.id);
    return body + "," + span_of(range);
}

Result<ReplayResult> ask(const std::string& data_folder, const std::string& path,
                         const std::string& body) {
    VD_TRY(const auto answer, ask_server(data_folder, {"POST", path, {}, {body}}));
    if (answer) return engine::replay::replay_of_json(*answer);
    return base::fail(ErrorCode::unavailable, "no server runs on this folder", data_folder,
                      "start it: the history is in its store");
}

void print_days(const ReplayResult& result) {
    std::uint64_t most = 0;
    for (const auto& [day, counts] : result.days) most = std::max(most, counts.hits);
    if (most == 0) return;
    std::printf("\nby day (UTC)\n");
    for (const auto& [day, counts] : result.days) {
        std::printf("  %s  %8llu  %s\n",
                    base::format_rfc3339({day * base::kNsPerDay}, 0).substr(0, 10).c_str(),
                    static_cast<unsigned long long>(counts.hits), bar(counts.hits, most).c_str());
    }
}

void print_values(const ReplayResult& result) {
    using Counted = std::pair<std::string, std::uint64_t>;
    std::vector<std::pair<std::string, std::vector<Counted>>> fields;
    for (const auto& [field, values] : result.values) {
        std::vector<Counted> sorted(values.begin(), values.end());
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const auto& a, const auto& b) { return a.second > b.second; });
        fields.emplace_back(field, std::move(sorted));
    }
    std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) {
        return a.second.front().second > b.second.front().second;
    });
    if (fields.empty()) return;
    std::printf("\nnoisiest values%s\n",
                result.are_values_complete ? "" : " (of those that were counted)");
    for (std::size_t i = 0; i < std::min(fields.size(), kFieldsShownMax); ++i) {
        std::printf("  %s\n", report::plain(fields[i].first).c_str());
        for (std::size_t j = 0; j < std::min(fields[i].second.size(), kValuesShownMax); ++j) {
            const auto& [value, hits] = fields[i].second[j];
            std::printf("    %8llu  %3.0f %%  %s\n", static_cast<unsigned long long>(hits),
                        100.0 * static_cast<double>(hits) / static_cast<double>(result.hits),
                        report::fit(value, kValueColumnsMax).c_str());
        }
    }
}

void print_samples(const ReplayResult& result) {
    if (result.samples.empty()) return;
    std::printf("\nsome of them (vedette search 'offset:N and row:N')\n");
    for (const auto& sample : result.samples) {
        std::printf("  %llu:%u  %s  %s  %s  %s\n",
                    static_cast<unsigned long long>(sample.id.offset), sample.id.row,
                    base::format_rfc3339(sample.time, 0).c_str(),
                    report::plain(sample.dataset).c_str(), report::plain(sample.host).c_str(),
                    report::plain(sample.user).c_str());
    }
}

void print_table(const ReplayedRule& rule, const WholeReplay& whole) {
    const ReplayResult& result = whole.result;
    std::printf("\"%s\" would have hit %llu of %llu events, from %s to %s\n",
                report::plain(rule.rule.title).c_str(),
                static_cast<unsigned long long>(result.hits),
                static_cast<unsigned long long>(result.events),
                base::format_rfc3339(whole.range.from, 0).c_str(),
                base::format_rfc3339(whole.range.to, 0).c_str());
    std::printf("%.1f s, %llu events looked at\n", whole.seconds,
                static_cast<unsigned long long>(result.candidates));
    if (result.undecided > 0) {
        std::printf("of %llu events the store does not tell whether they are hits\n",
                    static_cast<unsigned long long>(result.undecided));
    }
    print_days(result);
    print_values(result);
    print_samples(result);
}

}  // namespace

Result<ReplayedRule> replayed_rule(const RulesOptions& options, const engine::ChosenRules& rules) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(options.rule, error)) {
        VD_TRY(auto rule, engine::find_rule(rules, options.rule));
        for (const auto& [path, text] : rules.set.inputs.rule_files) {
            if (path == rule.path) return ReplayedRule{std::move(rule), text};
        }
        return base::fail(ErrorCode::not_found, "the rule's file is not there", rule.path);
    }
    VD_TRY(const auto files, rule::sigma::load_rule_paths({options.rule}));
    const auto& [path, text] = files.front();
    auto loaded = rule::sigma::load_rules(path, text, {rules.set.inputs.placeholders, {}});
    if (loaded.rules.size() == 1) return ReplayedRule{std::move(loaded.rules.front()), text};
    if (!loaded.refusals.empty()) {
        return tl::unexpected<base::Error>(std::move(loaded.refusals.front().error));
    }
    if (loaded.rules.empty() && !loaded.correlations.empty()) {
        const rule::sigma::Correlation& one = loaded.correlations.front();
        return base::fail(ErrorCode::unsupported,
                          "'" + one.title + "' is a correlation, which looks at many events",
                          path + ":" + std::to_string(one.line),
                          "name one of the rules that it refers to: --rules FILE and its id");
    }
    return base::fail(ErrorCode::bad_input,
                      "the file holds " + std::to_string(loaded.rules.size()) + " rules",
                      options.rule, "name one: --rules FILE and its id");
}

Result<WholeReplay> replay_days(const RulesOptions& options, const std::string& data_folder,
                                const ReplayedRule& rule, const TimeRange& range) {
    const auto begin = std::chrono::steady_clock::now();
    WholeReplay whole;
    whole.range = {range.from, range.from};
    ProgressLine line;
    VD_TRY(const ReplayResult events,
           ask(data_folder, "/api/rules/replay/days", "{" + span_of(range)));
    const auto length = static_cast<double>(range.to.unix_ns - range.from.unix_ns);
    while (whole.range.to < range.to) {
        if (options.seconds_max > 0 && seconds_since(begin) > options.seconds_max) {
            whole.is_complete = false;
            break;
        }
        const base::Timestamp from = whole.range.to;
        line.show(rule.rule.title, from,
                  static_cast<double>(from.unix_ns - range.from.unix_ns) / length, whole.result);
        const base::Timestamp midnight{(from.day() + 1) * base::kNsPerDay};
        const TimeRange day{from, std::min(midnight, range.to)};
        whole.range.to = day.to;
        if (events.days.count(from.day()) == 0) continue;
        VD_TRY(const ReplayResult result,
               ask(data_folder, "/api/rules/replay", body_of(rule, day)));
        whole.result.add(result);
        ++whole.days_read;
    }
    whole.seconds = seconds_since(begin);
    return whole;
}

int replay(const RulesOptions& options) {
    const auto rules = engine::choose_rules(options.choice);
    if (!rules) return report(rules.error());
    const auto rule = replayed_rule(options, *rules);
    if (!rule) return report(rule.error());
    const auto range = history_range(options.last, options.from, options.to);
    if (!range) return report(range.error());
    const auto whole = replay_days(options, rules->config.data_folder, *rule, *range);
    if (!whole) return report(whole.error());
    if (options.format == "json") {
        std::string head = "{\"id\":";
        base::append_json_string(head, rule->rule.id);
        head += ",\"title\":";
        base::append_json_string(head, rule->rule.title);
        head += fmt::format(
            ",\"from\":\"{}\",\"to\":\"{}\",\"is_complete\":{},\"days_read\":{},"
            "\"seconds\":{:.3f},",
            base::format_rfc3339(whole->range.from), base::format_rfc3339(whole->range.to),
            whole->is_complete, whole->days_read, whole->seconds);
        const std::string rest = engine::replay::to_json(whole->result, kValuesShownMax * 4);
        std::printf("%s%s\n", head.c_str(), rest.c_str() + 1);
    } else {
        print_table(*rule, *whole);
    }
    if (!whole->is_complete) {
        std::fprintf(stderr, "vedette: --max-seconds were over before %s was read\n",
                     base::format_rfc3339(range->to, 0).c_str());
    }
    return whole->result.hits > 0 ? kExitGood : kExitNo;
}

}  // namespace vedette::apps
