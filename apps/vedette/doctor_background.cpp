// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_background.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <string>

#include "engine/standings.h"

namespace vedette::apps {

namespace {

/// Named one by one; the count tells of all.
constexpr std::size_t kShownMax = 20;

using Text = std::function<std::string(const char*)>;

/// Hands out the texts of every line; what is no object is passed over.
void for_each_kept_line(std::string_view lines, const std::function<void(const Text&)>& use) {
    simdjson::dom::parser parser;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const simdjson::padded_string line(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
        simdjson::dom::object object;
        if (parser.parse(line).get(object) != simdjson::SUCCESS) continue;
        use([&object](const char* key) {
            std::string_view text;
            return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
        });
    }
}

std::string counted(std::size_t count, const char* noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::vector<CheckUp> check_feeds(std::string_view lines) {
    std::vector<CheckUp> out;
    std::size_t feeds = 0, failing = 0;
    for_each_kept_line(lines, [&](const Text& text) {
        ++feeds;
        if (text("error").empty()) return;
        if (++failing > kShownMax) return;
        const std::string good = text("good");
        out.push_back(
            {"feed " + text("feed"), Health::warn,
             (good.empty() ? "was never got" : "is as it was at " + good) + ": " + text("error"),
             "`vedette intel status` tells more, `vedette intel pull` tries again"});
    });
    if (feeds == 0) return {};
    const std::string text = failing == 0
                                 ? counted(feeds, "feed") + " of indicators, all as they should be"
                                 : std::to_string(failing) + " of " + counted(feeds, "feed") +
                                       " of indicators cannot be got or read";
    out.insert(out.begin(), {"indicators", failing == 0 ? Health::ok : Health::warn, text, {}});
    return out;
}

std::vector<CheckUp> check_replays(std::string_view lines) {
    std::vector<CheckUp> out;
    std::size_t replays = 0, failed = 0, waiting = 0;
    for_each_kept_line(lines, [&](const Text& text) {
        ++replays;
        const std::string state = text("state");
        waiting += state == "waiting" || state == "running" ? 1 : 0;
        if (state != "failed" || ++failed > kShownMax) return;
        out.push_back(
            {"replay " + text("rule"), Health::warn,
             "\"" + text("title") + "\" could not be replayed over the history: " + text("reason"),
             "it judges what comes; `vedette rules replay` asks again"});
    });
    if (replays == 0) return {};
    out.insert(out.begin(),
               {"rule_replays",
                failed == 0 ? Health::ok : Health::warn,
                counted(replays, "new rule") + " for the history, " + std::to_string(waiting) +
                    " of them not yet done, " + std::to_string(failed) + " failed",
                {}});
    return out;
}

std::vector<CheckUp> check_promises(std::string_view lines) {
    const auto standings = engine::standings_of_json(lines);
    if (!standings) return {{"analytics", Health::warn, standings.error().message(), {}}};
    if (standings->empty()) return {};
    std::vector<CheckUp> out;
    std::size_t unhealthy = 0;
    for (const detect::Standing& one : *standings) {
        if (one.health >= 0.5 || ++unhealthy > kShownMax) continue;
        out.push_back({"analytic " + one.id, Health::warn,
                       fmt::format("cried {:.1f} times as often as it promised, in {:.0f} tests; "
                                   "its evidence counts {:.0f} %",
                                   one.over_promised_1000, one.tests, one.health * 100),
                       "narrow its events or its entity, or leave it out: `vedette analytics "
                       "standings` tells more"});
    }
    const std::string text =
        unhealthy == 0 ? counted(standings->size(), "analytic") + ", all keep what they promise"
                       : std::to_string(unhealthy) + " of " +
                             counted(standings->size(), "analytic") + " cry too often";
    out.insert(out.begin(), {"analytics", unhealthy == 0 ? Health::ok : Health::warn, text, {}});
    return out;
}

}  // namespace vedette::apps
