// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/search_options.h"
#include "apps/vedette/searches.h"
#include "apps/vedette/server_client.h"
#include "base/files.h"
#include "base/json_text.h"
#include "report/text.h"
#include "rule/search/pipe_words.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;
using engine::SavedSearch;
using engine::SavedSearches;

struct SearchesOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
    std::string name, last, every, over;
    bool is_off = false;
};

Result<SavedSearches::Entry> find(const SearchesOptions& options) {
    VD_TRY(const SavedSearches all,
           engine::read_saved_searches(searches_folder(options.data_folder)));
    std::string known;
    for (const auto& entry : all.entries) {
        if (entry.search.name == options.name) return entry;
        known += (known.empty() ? "" : ", ") + entry.search.name;
    }
    return base::fail(ErrorCode::not_found, "there is no search '" + options.name + "'",
                      searches_folder(options.data_folder),
                      known.empty()
                          ? "none are kept; keep one with `vedette search --save NAME ...`"
                          : "there are " + known);
}

std::string schedule_text(const SavedSearch& search) {
    if (!search.is_scheduled()) return "when asked";
    return "every " + engine::span_text(search.every_ns) + " over " +
           engine::span_text(search.over_ns);
}

void print_json(const SavedSearches::Entry& entry) {
    const SavedSearch& search = entry.search;
    std::string out = "{";
    for (const auto& [key, text] :
         {std::pair<const char*, std::string>{"name", search.name},
          {"title", search.title},
          {"query", search.query},
          {"level", std::string(cases::name(search.severity))},
          {"every", search.is_scheduled() ? engine::span_text(search.every_ns) : ""},
          {"over", search.is_scheduled() ? engine::span_text(search.over_ns) : ""},
          {"path", entry.path}}) {
        out += (out.size() > 1 ? ",\"" : "\"") + std::string(key) + "\":";
        base::append_json_string(out, text);
    }
    std::printf("%s}\n", out.c_str());
}

int list(const SearchesOptions& options) {
    const auto all = engine::read_saved_searches(searches_folder(options.data_folder));
    if (!all) return report(all.error());
    for (const auto& entry : all->entries) {
        if (options.format == "json") {
            print_json(entry);
            continue;
        }
        std::printf("%-24s %s, %s\n", entry.search.name.c_str(),
                    schedule_text(entry.search).c_str(),
                    std::string(cases::name(entry.search.severity)).c_str());
        if (!entry.search.title.empty()) {
            std::printf("    %s\n", report::plain(entry.search.title).c_str());
        }
        std::printf("    %s\n", report::plain(entry.search.query).c_str());
    }
    for (const base::Error& problem : all->problems) report(problem);
    if (!all->problems.empty()) return kExitError;
    return all->entries.empty() ? kExitNo : kExitGood;
}

int run(const SearchesOptions& options) {
    const auto entry = find(options);
    if (!entry) return report(entry.error());
    SearchOptions search_options;
    search_options.words = {entry->search.query};
    search_options.data_folder = options.data_folder;
    search_options.format = options.format;
    search_options.last = options.last;
    if (options.last.empty() && entry->search.is_scheduled()) {
        search_options.last = engine::span_text(entry->search.over_ns);
    }
    return search(search_options);
}

/// Says when a change counts.
int tell_server(const SearchesOptions& options, const std::string& what) {
    const auto is_running = reload_server(options.data_folder);
    if (!is_running) return report(is_running.error());
    std::printf("%s%s\n", what.c_str(),
                *is_running ? "; the running server knows it" : "; no server runs on this folder");
    return kExitGood;
}

int remove(const SearchesOptions& options) {
    const auto entry = find(options);
    if (!entry) return report(entry.error());
    if (::unlink(entry->path.c_str()) != 0) {
        return report(base::fail_errno("remove", entry->path).value());
    }
    return tell_server(options, "'" + options.name + "' is removed");
}

Result<std::int64_t> span_of(const std::string& option, const std::string& text) {
    if (const auto span = rule::search::read_span(text)) return *span;
    return base::fail(ErrorCode::bad_input, "'" + text + "' is no length of time", option,
                      "write e.g. 5m, 1h, 1d");
}

Result<SavedSearch> scheduled(const SearchesOptions& options, SavedSearch search) {
    search.every_ns = search.over_ns = 0;
    if (options.is_off) return search;
    if (options.every.empty()) {
        return base::fail(ErrorCode::bad_input, "how often?", {}, "write --every 5m, or --off");
    }
    VD_TRY(search.every_ns, span_of("--every", options.every));
    search.over_ns = search.every_ns;
    if (!options.over.empty()) {
        VD_TRY(search.over_ns, span_of("--over", options.over));
    }
    return search;
}

int schedule(const SearchesOptions& options) {
    const auto entry = find(options);
    if (!entry) return report(entry.error());
    const auto changed = scheduled(options, entry->search);
    if (!changed) return report(changed.error());
    const std::string yaml = engine::to_yaml(*changed);
    // Read as the server will read it, so that nothing is written that it would refuse.
    if (const auto good = engine::read_saved_search(options.name, yaml); !good) {
        return report(good.error());
    }
    if (const auto done = base::SystemFiles().replace(entry->path, yaml); !done) {
        return report(done.error());
    }
    return tell_server(options, "'" + options.name + "' runs " + schedule_text(*changed));
}

}  // namespace

std::string searches_folder(const std::string& data_folder) { return data_folder + "/searches"; }

Result<bool> reload_server(const std::string& data_folder) {
    VD_TRY(const auto answer, ask_server(data_folder, {"POST", "/api/reload", {}, {}}));
    return answer.has_value();
}

Result<std::string> save_search(const std::string& data_folder, const SavedSearch& search) {
    const std::string folder = searches_folder(data_folder);
    if (!engine::is_search_name(search.name)) {
        return base::fail(ErrorCode::bad_input, "'" + search.name + "' is no name of a search",
                          "--save", "use letters, digits, '-' and '_'");
    }
    VD_TRY(const SavedSearches all, engine::read_saved_searches(folder));
    for (const auto& entry : all.entries) {
        if (entry.search.name != search.name) continue;
        return base::fail(ErrorCode::bad_input, "there is a search '" + search.name + "' already",
                          entry.path, "remove it first: vedette searches remove " + search.name);
    }
    base::SystemFiles files;
    VD_TRY_DO(files.make_folders(folder));
    const std::string path = folder + "/" + search.name + ".yml";
    VD_TRY_DO(files.replace(path, engine::to_yaml(search)));
    VD_TRY([[maybe_unused]] const bool is_running, reload_server(data_folder));
    return path;
}

void add_searches_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<SearchesOptions>();
    CLI::App* command =
        app.add_subcommand("searches", "saved searches: list, run, schedule and remove them");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*work)(const SearchesOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        add_data_option(*to, options->data_folder, "saved searches are in its folder `searches`");
        to->callback(
            [&chosen, options, work] { chosen = [options, work] { return work(*options); }; });
        return to;
    };
    const auto add_format = [&](CLI::App* to, const std::vector<std::string>& formats) {
        to->add_option("--format", options->format, "how to print")
            ->capture_default_str()
            ->check(CLI::IsMember(formats));
    };
    const auto add_name = [&](CLI::App* to) {
        to->add_option("name", options->name, "of the search")->required();
    };
    add_format(add("list", "all of them, and files that cannot be read", list), {"table", "json"});
    CLI::App* run_command = add("run", "asks one now, over the time its schedule says", run);
    add_name(run_command);
    add_format(run_command, {"table", "json", "csv"});
    run_command->add_option("--last", options->last, "over this time instead: 15m, 24h, 7d");
    CLI::App* schedule_command =
        add("schedule", "lets one run by itself: what it finds becomes findings and incidents",
            schedule);
    add_name(schedule_command);
    schedule_command->add_option("--every", options->every, "how often, in the time of events: 5m");
    schedule_command->add_option("--over", options->over,
                                 "the time that each run looks at; --every if not said");
    schedule_command->add_flag("--off", options->is_off, "runs no longer by itself");
    add_name(add("remove", "removes one", remove));
    command->footer("Exit codes: 0 good, 1 nothing found, 2 an error.");
}

}  // namespace vedette::apps
