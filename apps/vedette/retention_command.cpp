// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/keeping_client.h"
#include "report/text.h"
#include "report/words.h"

namespace vedette::apps {

namespace {

using Object = simdjson::dom::object;

struct RetentionOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
};

bool is_null(Object line, const char* key) {
    simdjson::dom::element value;
    return line[key].get(value) != simdjson::SUCCESS || value.is_null();
}

/// "in 40 days (31 to 55)".
std::string when_full(Object line) {
    if (is_null(line, "full_in_days")) return "not within ten years";
    std::string out = "in " + report::count_text(number_in(line, "full_in_days"), "day");
    const auto end = [&](const char* key) {
        return is_null(line, key) ? std::string("never") : std::to_string(number_in(line, key));
    };
    return out + fmt::format(" ({} to {})", end("full_in_days_low"), end("full_in_days_high"));
}

void show_summary(std::string_view is, Object line) {
    if (is == "retention") {
        std::printf("removed     %s, %s in %s, the last %s\n",
                    report::count_text(number_in(line, "rows_removed"), "event").c_str(),
                    report::bytes_text(number_in(line, "bytes_removed")).c_str(),
                    report::count_text(number_in(line, "passes"), "round").c_str(),
                    text_in(line, "last").empty() ? "never" : text_in(line, "last").c_str());
        if (number_in(line, "carried_out_to") < number_in(line, "decided_to")) {
            std::printf("going on    what was decided last is being removed\n");
        }
        if (const std::string trouble = text_in(line, "trouble"); !trouble.empty()) {
            std::printf("trouble     %s\n", report::plain(trouble).c_str());
        }
        std::printf("held        %s by %s\n",
                    report::count_text(number_in(line, "held_rows"), "past event").c_str(),
                    report::count_text(number_in(line, "holds"), "hold").c_str());
    } else if (is == "forecast") {
        std::printf("disk        %s free of %s; full %s\n",
                    report::bytes_text(number_in(line, "disk_free_bytes")).c_str(),
                    report::bytes_text(number_in(line, "disk_bytes")).c_str(),
                    when_full(line).c_str());
        if (!is_null(line, "steady_in_days")) {
            std::printf("at rest     %s, reached in %s\n",
                        report::bytes_text(number_in(line, "bytes_at_rest")).c_str(),
                        report::count_text(number_in(line, "steady_in_days"), "day").c_str());
        }
        std::printf("\n%-20s %14s %10s %12s %12s  %s\n", "data set", "events", "size", "events/day",
                    "size/day", "kept");
    } else {
        const std::uint64_t days = number_in(line, "days_kept");
        const std::string kept =
            days == 0 ? std::string("for ever") : report::count_text(days, "day");
        std::printf("%-20s %14llu %10s %12llu %12s  %s, from %s\n",
                    report::plain(text_in(line, "data_set")).c_str(),
                    static_cast<unsigned long long>(number_in(line, "rows")),
                    report::bytes_text(number_in(line, "bytes")).c_str(),
                    static_cast<unsigned long long>(number_in(line, "rows_per_day")),
                    report::bytes_text(number_in(line, "bytes_per_day")).c_str(), kept.c_str(),
                    text_in(line, "oldest").c_str());
    }
}

void show_retention_plan(std::string_view is, Object line) {
    const std::string size = report::count_text(number_in(line, "rows"), "event") + ", " +
                             report::bytes_text(number_in(line, "bytes"));
    if (is == "cut") {
        std::printf("%-20s arrived before %s: %s\n",
                    report::plain(text_in(line, "data_set")).c_str(),
                    text_in(line, "arrived_before").c_str(), size.c_str());
    } else if (is == "partial") {
        std::string sets;
        for (const std::string& set : texts_in(line, "data_sets")) {
            sets += (sets.empty() ? "" : ", ") + set;
        }
        std::printf("%-20s the oldest of %s: %s\n", report::plain(sets).c_str(),
                    text_in(line, "day").c_str(), size.c_str());
    } else {
        std::printf("would go now: %s; %s, %s\n", size.c_str(),
                    report::count_text(number_in(line, "findings"), "finding").c_str(),
                    report::count_text(number_in(line, "inbox"), "inbox record").c_str());
        if (const std::uint64_t held = number_in(line, "held_rows"); held > 0) {
            std::printf("held: %s, %s\n", report::count_text(held, "event").c_str(),
                        report::bytes_text(number_in(line, "held_bytes")).c_str());
        }
    }
}

/// Prints an answer, as it came or for people.
int print(const base::Result<std::string>& answer, const RetentionOptions& options,
          void (*show)(std::string_view is, Object line)) {
    if (!answer) return report(answer.error());
    if (options.format == "json") {
        std::printf("%s", answer->c_str());
        return kExitGood;
    }
    const auto shown = for_each_line(*answer, show);
    return shown ? kExitGood : report(shown.error());
}

int status(const RetentionOptions& options) {
    return print(ask_keeping(options.data_folder, "/api/retention"), options, show_summary);
}

int plan(const RetentionOptions& options) {
    return print(ask_keeping(options.data_folder, "/api/retention/plan"), options,
                 show_retention_plan);
}

int run(const RetentionOptions& options) {
    return print(ask_keeping(options.data_folder, "/api/retention/run", {}, true), options,
                 [](std::string_view, Object line) {
                     std::printf(number_in(line, "offset") == 0
                                     ? "nothing is past\n"
                                     : "decided; `vedette retention status` tells how far it is\n");
                 });
}

}  // namespace

void add_retention_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<RetentionOptions>();
    CLI::App* command =
        app.add_subcommand("retention", "what is kept for how long, and when the disk is full");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*to_run)(const RetentionOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        add_data_option(*to, options->data_folder);
        to->add_option("--format", options->format, "table, or json (one object a line)")
            ->check(CLI::IsMember({"table", "json"}))
            ->capture_default_str();
        to->footer("Exit codes: 0 good, 2 an error.");
        to->callback([&chosen, options, to_run] {
            chosen = [options, to_run] { return to_run(*options); };
        });
    };
    add("status", "sizes and rates by data set, what was removed, when the disk will be full",
        status);
    add("plan", "what would be removed now; changes nothing", plan);
    add("run", "removes what is past now, not at the next check", run);
}

}  // namespace vedette::apps
