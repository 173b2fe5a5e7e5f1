// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/keeping_client.h"
#include "report/text.h"
#include "report/words.h"

namespace vedette::apps {

namespace {

using Object = simdjson::dom::object;

struct ForgetOptions {
    std::string data_folder = default_data_folder();
    std::string user, query, reason;
    std::string format = "table";
    bool is_approved = false, is_dry_run = false, waits = false;
};

/// The word that a person types in place of --yes.
constexpr const char* kApproval = "forget";

void show_plan(std::string_view is, Object line) {
    if (is == "data_set") {
        std::printf("%-20s %s\n", report::plain(text_in(line, "data_set")).c_str(),
                    report::count_text(number_in(line, "rows"), "event").c_str());
    } else if (is == "sample") {
        std::printf("  e.g. %s\n", report::plain(text_in(line, "raw")).c_str());
    } else {
        std::printf(
            "would go: %s, and those that came in the same records\n",
            report::count_text(number_in(line, "rows") - number_in(line, "held"), "event").c_str());
        if (const std::uint64_t held = number_in(line, "held"); held > 0) {
            std::printf("held: %s stay until their hold is released\n",
                        report::count_text(held, "event").c_str());
        }
        for (const std::string& name : texts_in(line, "snapshots")) {
            std::printf(
                "would go: the snapshot of an upgrade %s, and with it the way back to before it\n",
                report::plain(name).c_str());
        }
    }
}

void show_status(std::string_view, Object line) {
    const std::string state = text_in(line, "state");
    std::printf("%s  %s%s\n", text_in(line, "id").c_str(), state.c_str(),
                text_in(line, "step").empty() ? "" : (": " + text_in(line, "step")).c_str());
    std::printf("  asked %s by %s: %s\n", text_in(line, "at").c_str(),
                report::plain(text_in(line, "by")).c_str(),
                report::plain(text_in(line, "reason")).c_str());
    if (state != "done") return;
    std::printf("  done %s: %s gone, %s blanked, %s held\n", text_in(line, "done").c_str(),
                report::count_text(number_in(line, "events"), "event").c_str(),
                report::count_text(number_in(line, "records"), "record").c_str(),
                report::count_text(number_in(line, "held"), "event").c_str());
    for (const std::string& path : texts_in(line, "remains")) {
        std::printf("  still in %s\n", report::plain(path).c_str());
    }
    for (const std::string& name : texts_in(line, "snapshots")) {
        std::printf("  removed the snapshot of an upgrade: %s\n", report::plain(name).c_str());
    }
}

int print(const std::string& answer, const ForgetOptions& options,
          void (*show)(std::string_view is, Object line)) {
    if (options.format == "json") {
        std::printf("%s", answer.c_str());
        return kExitGood;
    }
    const auto shown = for_each_line(answer, show);
    return shown ? kExitGood : report(shown.error());
}

bool is_approved_by_hand() {
    if (::isatty(STDIN_FILENO) != 1) return false;
    std::printf("This cannot be undone. Type %s to do it: ", kApproval);
    std::fflush(stdout);
    std::string word;
    return std::getline(std::cin, word) && word == kApproval;
}

/// Waits until the deletion is done, and prints what became of it.
int wait_for(const ForgetOptions& options, const std::string& id) {
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        const auto answer = ask_keeping(options.data_folder, "/api/forget");
        if (!answer) return report(answer.error());
        bool is_done = false;
        const auto looked = for_each_line(*answer, [&](std::string_view, Object line) {
            if (text_in(line, "id") != id || text_in(line, "state") != "done") return;
            is_done = true;
            if (options.format != "json") show_status({}, line);
        });
        if (!looked) return report(looked.error());
        if (is_done) return kExitGood;
    }
}

int forget(const ForgetOptions& options) {
    const auto plan = ask_keeping(options.data_folder, "/api/forget/plan",
                                  {{"user", options.user}, {"query", options.query}});
    if (!plan) return report(plan.error());
    if (const int shown = print(*plan, options, show_plan); shown != kExitGood) return shown;
    if (options.is_dry_run) return kExitGood;
    if (!options.is_approved && !is_approved_by_hand()) {
        std::fprintf(stderr, "nothing was changed; give --yes to do it\n");
        return kExitNo;
    }
    const auto begun = ask_keeping(options.data_folder, "/api/forget",
                                   {{"user", options.user},
                                    {"query", options.query},
                                    {"reason", options.reason},
                                    {"by", who_asks()}});
    if (!begun) return report(begun.error());
    std::string id;
    static_cast<void>(
        for_each_line(*begun, [&](std::string_view, Object line) { id = text_in(line, "id"); }));
    if (options.format == "json") std::printf("%s", begun->c_str());
    if (options.waits) return wait_for(options, id);
    if (options.format != "json") {
        std::printf("begun: `vedette forget status` tells how far it is (%s)\n", id.c_str());
    }
    return kExitGood;
}

int status(const ForgetOptions& options) {
    const auto answer = ask_keeping(options.data_folder, "/api/forget");
    return answer ? print(*answer, options, show_status) : report(answer.error());
}

void add_format(CLI::App& command, ForgetOptions& options) {
    add_data_option(command, options.data_folder);
    command.add_option("--format", options.format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
}

}  // namespace

void add_forget_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<ForgetOptions>();
    CLI::App* command =
        app.add_subcommand("forget", "deletes a person's data for good, everywhere");
    command->require_subcommand(0, 1);
    add_format(*command, *options);
    auto* user = command->add_option("--user", options->user,
                                     "a name: every record that has it as a word goes");
    auto* query = command->add_option("--query", options->query,
                                      "as `vedette search` takes it: what it finds goes");
    user->excludes(query);
    command->add_option("--reason", options->reason,
                        "why; kept for ever, so it must not name the person");
    command->add_flag("--dry-run", options->is_dry_run, "shows what would go, and changes nothing");
    command->add_flag("--yes", options->is_approved, "does it without asking");
    command->add_flag("--wait", options->waits, "ends when all of it is done");
    command->footer("Exit codes: 0 good, 1 not approved, 2 an error.");
    CLI::App* telling = command->add_subcommand("status", "what was asked for and how far it is");
    add_format(*telling, *options);
    telling->callback([&chosen, options] { chosen = [options] { return status(*options); }; });
    command->callback([&chosen, options, command] {
        if (!command->get_subcommands().empty()) return;
        chosen = [options] { return forget(*options); };
    });
}

}  // namespace vedette::apps
