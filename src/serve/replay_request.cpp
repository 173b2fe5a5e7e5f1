// SPDX-License-Identifier: Apache-2.0
#include "serve/replay_request.h"

#include <chrono>

#include "engine/replay/history_days.h"
#include "engine/replay/limits.h"
#include "engine/replay/replay_json.h"
#include "serve/json_question.h"
#include "serve/limits.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;
using rule::sigma::Rule;

struct Question {
    std::string rule, id;
    std::int64_t from_ns = 0, to_ns = 0;
};

Result<Question> read_question(std::string_view body) {
    Question question;
    VD_TRY_DO(JsonQuestion()
                  .text("rule", question.rule)
                  .text("id", question.id)
                  .number("from_ns", question.from_ns)
                  .number("to_ns", question.to_ns)
                  .read(body));
    if (question.from_ns < question.to_ns) return question;
    return base::fail(ErrorCode::bad_input, "from_ns is not before to_ns");
}

Result<store::ClientOptions> store_of(engine::Engine& engine) {
    if (auto store = engine.store_client_options()) return std::move(*store);
    return base::fail(ErrorCode::unsupported, "this server keeps no store", {},
                      "set store.enabled: true");
}

Result<Rule> rule_of(const Question& question, const detect::DetectorInputs& inputs) {
    auto loaded = rule::sigma::load_rules("rule", question.rule, {inputs.placeholders, {}});
    for (Rule& rule : loaded.rules) {
        if (question.id.empty() || rule.id == question.id) return std::move(rule);
    }
    if (!loaded.refusals.empty()) {
        return tl::unexpected<base::Error>(std::move(loaded.refusals.front().error));
    }
    return base::fail(ErrorCode::not_found, "the file holds no such rule", question.id);
}

}  // namespace

Result<std::string> replay_rule(engine::Engine& engine, std::string_view body) {
    VD_TRY(const store::ClientOptions store, store_of(engine));
    VD_TRY(const Question question, read_question(body));
    if (question.to_ns - kReplaySpanNsMax > question.from_ns) {
        return base::fail(ErrorCode::bad_input, "from_ns and to_ns are at most a day apart");
    }
    base::SystemFiles files;
    VD_TRY(const engine::RuleSet set,
           engine::load_ruleset(files, engine.config().data_folder + "/rulesets",
                                engine.status().ruleset));
    rule::sigma::LogSourceMap sources;
    for (const auto& [path, text] : set.inputs.logsource_files) {
        static_cast<void>(sources.add(path, text));  // told when the set came into force
    }
    VD_TRY(const Rule rule, rule_of(question, set.inputs));
    engine::replay::ReplayOptions options;
    options.range = {{question.from_ns}, {question.to_ns}};
    options.promoted = engine.fields_asked().columns();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kReplaySecondsMax);
    const auto result = engine::replay::replay(store, rule, sources, options, [&](const auto&) {
        return std::chrono::steady_clock::now() < end;
    });
    if (!result && result.error().code == ErrorCode::cancelled) {
        return base::fail(ErrorCode::timeout, "a day took longer than it may", {},
                          "ask for shorter times");
    }
    if (!result) return tl::unexpected<base::Error>(result.error());
    engine.fields_asked().asked({result->map_fields.begin(), result->map_fields.end()});
    return engine::replay::to_json(*result, engine::replay::kValuesShownMax);
}

Result<std::string> replay_days(engine::Engine& engine, std::string_view body) {
    VD_TRY(const store::ClientOptions store, store_of(engine));
    VD_TRY(const Question question, read_question(body));
    VD_TRY(const auto days,
           engine::replay::events_by_day(store, {{question.from_ns}, {question.to_ns}}));
    engine::replay::ReplayResult result;
    for (const auto& [day, events] : days) {
        result.days[day].events = events;
        result.events += events;
    }
    return engine::replay::to_json(result, 0);
}

}  // namespace vedette::serve
