// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/rules_explain.h"

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "apps/vedette/rules_print.h"
#include "apps/vedette/rules_replay.h"
#include "apps/vedette/search_answer.h"
#include "engine/replay/found_event.h"
#include "engine/rules/event_texts.h"
#include "rule/sigma/explained.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kEventsExplainedMax = 100;

/// The events that --event names, one or many.
struct NamedEvents {
    explicit NamedEvents(engine::EventTexts& texts) : spare(texts.fields()) {}

    event::Batch spare;
    const event::Batch* batch = nullptr;
    std::uint32_t first = 0, count = 0;  ///< rows

    void take(const event::Batch* all) {
        batch = all;
        count = static_cast<std::uint32_t>(all->row_count());
    }
};

/// An event of the history, through the server or, where none runs, from the store itself.
Result<void> take_stored(const RulesOptions& options, const std::string& data_folder,
                         event::EventId id, engine::EventTexts& texts, NamedEvents& events) {
    SearchQuestion question;
    question.query = "offset:" + std::to_string(id.offset) + " and row:" + std::to_string(id.row);
    VD_TRY(const std::string answer, ask(data_folder, question));
    VD_TRY(const auto hits, read_hits(answer));
    if (hits.empty()) {
        return base::fail(ErrorCode::not_found, "the store has no such event", options.event,
                          "`vedette search --format json` shows the id of each");
    }
    VD_TRY(const auto found,
           engine::replay::found_event(hits.front(), options.event_format, texts, events.spare));
    if (!found.is_of_record) {
        std::fprintf(stderr,
                     "vedette: the record does not give all that the store has of this event; "
                     "explained is what the store has\n");
    }
    events.batch = found.batch;
    events.first = found.row;
    events.count = 1;
    return {};
}

Result<void> take_events(const RulesOptions& options, const std::string& data_folder,
                         engine::EventTexts& texts, NamedEvents& events) {
    for (const std::string& folder : options.format_folders) {
        VD_TRY_DO(texts.add_formats(folder));
    }
    std::error_code error;
    const event::Batch* batch = nullptr;
    if (std::filesystem::is_regular_file(options.event, error)) {
        VD_TRY(batch,
               texts.decode_file(options.event, options.event_format, kEventsExplainedMax + 1));
    } else if (const auto id = engine::replay::event_id_of(options.event)) {
        return take_stored(options, data_folder, *id, texts, events);
    } else if (options.event != "-") {
        VD_TRY(batch, texts.decode({options.event}, options.event_format));
    } else {
        std::vector<std::string> lines;
        std::string line;
        while (lines.size() <= kEventsExplainedMax && std::getline(std::cin, line)) {
            if (!line.empty()) lines.push_back(std::move(line));
        }
        VD_TRY(batch, texts.decode(lines, options.event_format));
    }
    events.take(batch);
    return {};
}

}  // namespace

int explain(const RulesOptions& options) {
    const auto rules = engine::choose_rules(options.choice);
    if (!rules) return report(rules.error());
    const auto rule = replayed_rule(options, *rules);
    if (!rule) return report(rule.error());
    engine::EventTexts texts;
    NamedEvents events(texts);
    const auto taken = take_events(options, rules->config.data_folder, texts, events);
    if (!taken) return report(taken.error());
    const auto ways = rules->sources.find(rule->rule.logsource);
    bool is_any_true = false;
    for (std::uint32_t i = 0; i < events.count; ++i) {
        if (i == kEventsExplainedMax) {
            std::fprintf(stderr, "vedette: there are more events; the first %zu are explained\n",
                         kEventsExplainedMax);
            break;
        }
        const auto part = rule::sigma::explain_event(
            rule->rule, ways.value_or(std::vector<rule::sigma::LogSourceWay>()), *events.batch,
            events.first + i);
        is_any_true = is_any_true || part.is_true;
        if (options.format == "json") {
            std::string out;
            append_json(out, part);
            print_json_line(out);
        } else {
            if (i > 0) std::printf("\n");
            print_text(part);
        }
    }
    return is_any_true ? kExitGood : kExitNo;
}

}  // namespace vedette::apps
