// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/keeping_client.h"
#include "report/text.h"

namespace vedette::apps {

namespace {

struct HoldOptions {
    std::string data_folder = default_data_folder();
    std::string name, query, reason, from, to;
    std::string format = "table";
};

int list(const HoldOptions& options) {
    const auto answer = ask_keeping(options.data_folder, "/api/holds");
    if (!answer) return report(answer.error());
    if (options.format == "json") {
        std::printf("%s", answer->c_str());
        return kExitGood;
    }
    const auto shown = for_each_line(*answer, [](std::string_view, simdjson::dom::object line) {
        const bool is_held = text_in(line, "state") == "held";
        std::printf("%-16s %s: %s\n", text_in(line, "name").c_str(), text_in(line, "state").c_str(),
                    report::plain(text_in(line, "query")).c_str());
        std::printf("%-16s   since %s by %s: %s\n", "", text_in(line, "at").c_str(),
                    report::plain(text_in(line, "by")).c_str(),
                    report::plain(text_in(line, "reason")).c_str());
        if (!is_held) {
            std::printf("%-16s   until %s by %s\n", "", text_in(line, "released").c_str(),
                        report::plain(text_in(line, "released_by")).c_str());
        }
    });
    return shown ? kExitGood : report(shown.error());
}

int add(const HoldOptions& options) {
    const auto answer = ask_keeping(options.data_folder, "/api/holds",
                                    {{"name", options.name},
                                     {"query", options.query},
                                     {"reason", options.reason},
                                     {"from", options.from},
                                     {"to", options.to},
                                     {"by", who_asks()}});
    if (!answer) return report(answer.error());
    std::printf("held: what it finds is kept, now and later, until `vedette hold release %s`\n",
                options.name.c_str());
    return kExitGood;
}

int release(const HoldOptions& options) {
    const auto answer = ask_keeping(options.data_folder, "/api/holds/release",
                                    {{"name", options.name}, {"by", who_asks()}});
    if (!answer) return report(answer.error());
    std::printf("released: what retention had passed over for its sake goes now\n");
    return kExitGood;
}

}  // namespace

void add_hold_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<HoldOptions>();
    CLI::App* command =
        app.add_subcommand("hold", "keeps events from retention and deletion (legal hold)");
    command->require_subcommand(1);
    const auto add_to = [&](const std::string& name, const std::string& help,
                            int (*run)(const HoldOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        add_data_option(*to, options->data_folder);
        to->footer("Exit codes: 0 good, 2 an error.");
        to->callback(
            [&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return to;
    };
    CLI::App* adding = add_to("add", "holds what a query finds, now and later", add);
    adding->add_option("name", options->name, "its name: letters, digits, '_', '-', '.'")
        ->required();
    adding->add_option("--query", options->query, "as `vedette search` takes it")->required();
    adding->add_option("--reason", options->reason, "why; kept with it")->required();
    adding->add_option("--from", options->from, "events' own time at or after");
    adding->add_option("--to", options->to, "events' own time before");
    CLI::App* listing = add_to("list", "all holds there ever were, by whom and why", list);
    listing->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    CLI::App* releasing = add_to("release", "ends a hold", release);
    releasing->add_option("name", options->name)->required();
}

}  // namespace vedette::apps
