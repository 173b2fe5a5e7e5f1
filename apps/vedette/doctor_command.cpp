// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/doctor_checks.h"
#include "base/json_text.h"
#include "report/text.h"

namespace vedette::apps {

namespace {

struct DoctorOptions {
    std::string config_path;
    std::string data_folder = default_data_folder();
    std::string format = "table";
};

std::string_view colour_of(Health health) {
    if (!wants_colour()) return "";
    return health == Health::ok ? "\x1b[32m" : health == Health::warn ? "\x1b[33m" : "\x1b[31m";
}

void print_line(const CheckUp& check) {
    std::printf("%s%-4s%s  %s  %s\n", std::string(colour_of(check.health)).c_str(),
                std::string(name(check.health)).c_str(), wants_colour() ? "\x1b[0m" : "",
                report::pad(check.name, 16).c_str(), report::plain(check.text).c_str());
    if (!check.hint.empty()) std::printf("%24s-> %s\n", "", report::plain(check.hint).c_str());
}

void print_json(const CheckUp& check) {
    std::string out = "{\"check\":";
    base::append_json_string(out, check.name);
    out += ",\"health\":";
    base::append_json_string(out, name(check.health));
    out += ",\"text\":";
    base::append_json_string(out, check.text);
    out += ",\"hint\":";
    base::append_json_string(out, check.hint);
    std::printf("%s}\n", out.c_str());
}

int examine(const DoctorOptions& options) {
    std::vector<CheckUp> checks;
    auto config = options.config_path.empty()
                      ? base::Result<engine::Config>(engine::default_config(options.data_folder))
                      : engine::load_config(options.config_path, options.data_folder);
    if (config) {
        checks = check_machine(*config);
        checks.insert(checks.begin(),
                      {"configuration",
                       Health::ok,
                       options.config_path.empty() ? "none, the defaults" : options.config_path,
                       {}});
    } else {
        const base::Error& error = config.error();
        checks.push_back(
            {"configuration", Health::fail, error.where + ": " + error.text, error.hint});
    }
    Health worst = Health::ok;
    for (const CheckUp& check : checks) {
        worst = std::max(worst, check.health);
        options.format == "json" ? print_json(check) : print_line(check);
    }
    if (std::fflush(stdout) != 0)
        return report(base::fail_errno("write", "standard output").value());
    return worst == Health::ok ? kExitGood : worst == Health::warn ? kExitNo : kExitError;
}

}  // namespace

void add_doctor_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<DoctorOptions>();
    CLI::App* command = app.add_subcommand(
        "doctor",
        "looks at what `vedette serve` needs here, and says what is wrong and what to do");
    command->add_option("-c,--config", options->config_path, "configuration (YAML) to look at");
    add_data_option(*command, options->data_folder);
    command->add_option("--format", options->format, "table or json (one check a line)")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "json"}));
    command->footer("Exit codes: 0 all well, 1 warnings, 2 something that stops it from working.");
    command->callback([&chosen, options] { chosen = [options] { return examine(*options); }; });
}

}  // namespace vedette::apps
