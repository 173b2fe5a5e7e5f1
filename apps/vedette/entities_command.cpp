// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/json_text.h"
#include "correlate/ledger.h"
#include "engine/judgement.h"
#include "report/text.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

namespace {

using correlate::LedgerAccount;

struct EntitiesOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
    std::size_t limit = 20;
};

double bits(correlate::BitSteps steps) { return correlate::to_bits(steps); }

void print_json(const LedgerAccount& account) {
    std::string entity;
    base::append_json_string(entity, account.entity.text());
    std::printf(
        "{\"entity\":%s,\"bits\":%.3f,\"found\":%.3f,\"tactics\":%.3f,\"overlap\":%.3f,"
        "\"cap\":%.3f,\"faded\":%.3f,\"findings\":%llu,\"since\":\"%s\",\"last\":\"%s\"}\n",
        entity.c_str(), bits(account.balance()), bits(account.lines.found),
        bits(account.lines.tactics), bits(account.lines.overlap), bits(account.lines.cap),
        bits(account.lines.faded), static_cast<unsigned long long>(account.finding_count),
        base::format_rfc3339(account.since).c_str(), base::format_rfc3339(account.last).c_str());
}

void print_line(const LedgerAccount& account) {
    std::printf("%-40s %7.1f = %.1f found", report::plain(account.entity.text()).c_str(),
                bits(account.balance()), bits(account.lines.found));
    const auto part = [](const char* words, correlate::BitSteps steps) {
        if (steps != 0) std::printf(" %+.1f %s", bits(steps), words);
    };
    part("for different tactics", account.lines.tactics);
    part("said before", account.lines.overlap);
    part("over the day's cap", account.lines.cap);
    part("faded", account.lines.faded);
    std::printf("; %llu since %s\n", static_cast<unsigned long long>(account.finding_count),
                base::format_rfc3339(account.since, 0).c_str());
}

base::Result<correlate::Ledger> kept_ledger(const std::string& data_folder) {
    const std::string path = data_folder + "/state.sqlite";
    std::error_code error;
    correlate::Ledger ledger;
    if (!std::filesystem::exists(path, error)) {
        return base::fail(base::ErrorCode::not_found, "there is no state yet", data_folder,
                          "run `vedette serve` first, or name its folder with --data");
    }
    VD_TRY(auto reader, store::StateReader::open(path));
    VD_TRY(const auto snapshot, reader.snapshot(engine::kLedgerSnapshot));
    if (snapshot) VD_TRY_DO(ledger.restore(snapshot->bytes));
    return ledger;
}

int list(const EntitiesOptions& options) {
    const auto ledger = kept_ledger(options.data_folder);
    if (!ledger) return report(ledger.error());
    // As it was when the state was saved: fading goes on with the events' time, not with ours.
    for (const LedgerAccount& account : ledger->top(options.limit, {})) {
        if (options.format == "json") {
            print_json(account);
        } else {
            print_line(account);
        }
    }
    return kExitGood;
}

}  // namespace

void add_entities_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<EntitiesOptions>();
    CLI::App* command = app.add_subcommand(
        "entities", "who has most evidence against them, and what it is made of");
    add_data_option(*command, options->data_folder);
    command->add_option("--limit", options->limit, "how many, those with most first")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->callback([&chosen, options] { chosen = [options] { return list(*options); }; });
}

}  // namespace vedette::apps
