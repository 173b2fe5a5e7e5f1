// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/analytics_learn.h"

#include <fmt/format.h>

#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/history_range.h"
#include "apps/vedette/learning_client.h"
#include "base/files.h"
#include "base/json_text.h"
#include "rule/analytic/analytic.h"

namespace vedette::apps {

namespace {

using base::Result;

constexpr std::uint64_t kAnalyticBytesMax = 1u << 20;

struct LearnOptions {
    std::string data_folder = default_data_folder();
    std::string file, last, from, to;
    std::string format = "table";
    bool is_adopted = false, is_status = false;
};

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

int run(const LearnOptions& options) {
    const LearningClient client{options.data_folder, options.format};
    if (options.is_status) return show_learning(client);
    auto body = question_of(options);
    return body ? learn_and_show(client, kLearnPath, std::move(*body)) : report(body.error());
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
