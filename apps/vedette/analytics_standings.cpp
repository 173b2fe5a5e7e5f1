// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/analytics_standings.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/vedette/command.h"
#include "engine/standings.h"
#include "report/text.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

namespace {

using detect::Standing;

struct StandingsOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
};

base::Result<std::string> kept_standings(const std::string& data_folder) {
    const std::string path = data_folder + "/state.sqlite";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return base::fail(base::ErrorCode::not_found, "there is no state yet", data_folder,
                          "run `vedette serve` first, or name its folder with --data");
    }
    VD_TRY(auto reader, store::StateReader::open(path));
    VD_TRY(const auto snapshot, reader.snapshot(engine::kStandingsSnapshot));
    return snapshot ? snapshot->bytes : std::string();
}

void print_table(std::vector<Standing> standings) {
    // Those that cry too often first.
    std::stable_sort(standings.begin(), standings.end(), [](const auto& a, const auto& b) {
        return a.over_promised_1000 > b.over_promised_1000;
    });
    std::puts("analytic                       tests    told  untold  of 1 %  of 0.1 %  health");
    for (const Standing& one : standings) {
        std::printf("%-28s %7.0f  %6llu  %6llu  %6.2f  %8.2f  %s\n",
                    report::fit(one.id, 28).c_str(), one.tests,
                    static_cast<unsigned long long>(one.told_ever),
                    static_cast<unsigned long long>(one.untold_ever), one.over_promised_100,
                    one.over_promised_1000,
                    one.tests < 1         ? "nothing judged yet"
                    : one.health >= 0.995 ? "good"
                    : one.health >= 0.5   ? "counts a little less"
                                          : "cries too often: counts less");
    }
    std::puts(
        "\ntests: of late, fading by half in thirty days. untold: as odd as what is told, but with "
        "fewer bits than\nit tells from. of 1 %, of 0.1 %: how often it was as odd as that, "
        "against "
        "how often it promised to be: 1 is\nexactly kept.");
}

int standings(const StandingsOptions& options) {
    const auto text = kept_standings(options.data_folder);
    if (!text) return report(text.error());
    if (options.format == "json") {
        std::fwrite(text->data(), 1, text->size(), stdout);
        return kExitGood;
    }
    auto read = engine::standings_of_json(*text);
    if (!read) return report(read.error());
    if (read->empty()) {
        std::puts("nothing is learned: the configuration names no analytics");
        return kExitGood;
    }
    print_table(std::move(*read));
    return kExitGood;
}

}  // namespace

void add_standings_command(CLI::App& analytics, std::function<int()>& chosen) {
    const auto options = std::make_shared<StandingsOptions>();
    CLI::App* command = analytics.add_subcommand(
        "standings", "how often each cried, against how often it promised to");
    add_data_option(*command, options->data_folder);
    command->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}));
    command->callback([&chosen, options] { chosen = [options] { return standings(*options); }; });
}

}  // namespace vedette::apps
