// SPDX-License-Identifier: Apache-2.0
#include "serve/replay_request.h"

#include <simdjson.h>

#include <chrono>

#include "engine/replay/limits.h"
#include "engine/replay/replay_json.h"
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
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const simdjson::padded_string padded(body);
    if (parser.parse(padded).get(object) != simdjson::SUCCESS) {
        return base::fail(ErrorCode::bad_input, "the body is no JSON object");
    }
    Question question;
    for (const auto& [key, value] : object) {
        std::string_view text;
        if (key == "rule" && value.get(text) == simdjson::SUCCESS) {
            question.rule = text;
        } else if (key == "id" && value.get(text) == simdjson::SUCCESS) {
            question.id = text;
        } else if (!((key == "from_ns" && value.get(question.from_ns) == simdjson::SUCCESS) ||
                     (key == "to_ns" && value.get(question.to_ns) == simdjson::SUCCESS))) {
            return base::fail(ErrorCode::bad_input, "this cannot be used: " + std::string(key), {},
                              "use rule, id, from_ns and to_ns");
        }
    }
    if (question.from_ns >= question.to_ns ||
        question.to_ns - kReplaySpanNsMax > question.from_ns) {
        return base::fail(ErrorCode::bad_input, "from_ns and to_ns are at most a day apart");
    }
    return question;
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
    const auto store = engine.store_client_options();
    if (!store) {
        return base::fail(ErrorCode::unsupported, "this server keeps no store", {},
                          "set store.enabled: true");
    }
    VD_TRY(const Question question, read_question(body));
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
    const auto result = engine::replay::replay(*store, rule, sources, options, [&](const auto&) {
        return std::chrono::steady_clock::now() < end;
    });
    if (!result && result.error().code == ErrorCode::cancelled) {
        return base::fail(ErrorCode::timeout, "a day took longer than it may", {},
                          "ask for shorter times");
    }
    if (!result) return tl::unexpected<base::Error>(result.error());
    return engine::replay::to_json(*result, engine::replay::kValuesShownMax);
}

}  // namespace vedette::serve
