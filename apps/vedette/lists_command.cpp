// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/json_text.h"
#include "event/lookup_bundle.h"
#include "report/text.h"
#include "report/words.h"

namespace vedette::apps {

namespace {

using base::Result;
using event::LookupList;

struct ListsOptions {
    std::string data_folder = default_data_folder();
    std::vector<std::string> folders;
    std::string format = "table";
    std::string value, at;  // find
};

/// The lists of all folders; wrong ones are told in `problems`.
Result<std::vector<event::ReadList>> all_lists(const ListsOptions& options,
                                               std::vector<base::Error>& problems) {
    std::vector<std::string> folders = options.folders;
    const std::string usual = options.data_folder + "/lists";
    if (folders.empty() && std::filesystem::is_directory(usual)) folders.push_back(usual);
    std::vector<event::ReadList> out;
    for (const std::string& folder : folders) {
        VD_TRY(event::ReadLists read, event::read_list_folder(folder));
        for (event::ReadList& list : read.lists) {
            list.bundle = {};
            out.push_back(std::move(list));
        }
        problems.insert(problems.end(), read.problems.begin(), read.problems.end());
    }
    return out;
}

std::string fields_of(const LookupList& list) {
    std::string out;
    for (const event::Placed& field : list.definition().fields) {
        out += (out.empty() ? "" : ", ") + field.text;
    }
    return out;
}

/// `{"key":"text",...` without the closing bracket.
std::string json_texts(const std::vector<std::pair<std::string, std::string>>& values) {
    std::string out = "{";
    for (const auto& [key, text] : values) {
        if (out.size() > 1) out += ',';
        base::append_json_string(out, key);
        out += ':';
        base::append_json_string(out, text);
    }
    return out;
}

void print_list(const event::ReadList& read, const ListsOptions& options) {
    const LookupList& list = *read.list;
    const std::string match(event::name(list.definition().match));
    if (options.format == "json") {
        std::printf(
            "%s,\"keys\":%zu,\"rows\":%zu,\"repeated\":%zu,\"without_key\":%zu,"
            "\"memory_bytes\":%zu}\n",
            json_texts({{"name", list.name()},
                        {"title", list.definition().title},
                        {"match", match},
                        {"fields", fields_of(list)},
                        {"from", read.where}})
                .c_str(),
            list.key_count(), list.row_count(), list.repeated_count(), list.keyless_count(),
            list.memory_bytes());
        return;
    }
    std::printf("%-16s %s\n", list.name().c_str(), report::plain(list.definition().title).c_str());
    std::printf("%-16s   %s, %s: %s\n", "", match.c_str(),
                report::count_text(list.key_count(), "key").c_str(),
                report::plain(read.where).c_str());
    const std::string fields = fields_of(list);
    std::printf(
        "%-16s   %s\n", "",
        fields.empty() ? "for rules and search" : report::plain("looked up: " + fields).c_str());
}

int list(const ListsOptions& options) {
    std::vector<base::Error> problems;
    const auto lists = all_lists(options, problems);
    if (!lists) return report(lists.error());
    for (const event::ReadList& read : *lists) print_list(read, options);
    for (const base::Error& problem : problems) report(problem);
    return problems.empty() ? kExitGood : kExitNo;
}

int check(const ListsOptions& options) {
    std::vector<base::Error> problems;
    const auto lists = all_lists(options, problems);
    if (!lists) return report(lists.error());
    for (const event::ReadList& read : *lists) {
        if (options.format == "json") {
            print_list(read, options);
            continue;
        }
        const LookupList& list = *read.list;
        std::string text = report::count_text(list.key_count(), "key") + " of " +
                           report::count_text(list.row_count(), "row") + ", " +
                           report::bytes_text(list.memory_bytes());
        if (list.repeated_count() > 0) {
            text += fmt::format(", {} repeated (the first counts)", list.repeated_count());
        }
        if (list.keyless_count() > 0) {
            text += ", " + report::count_text(list.keyless_count(), "row") + " without a key";
        }
        std::printf("%-16s good: %s\n", list.name().c_str(), text.c_str());
    }
    for (const base::Error& problem : problems) report(problem);
    return problems.empty() ? kExitGood : kExitNo;
}

std::string times_text(const event::ListTimes& times) {
    const event::ListTimes always;
    std::string out;
    if (times.from != always.from) out += " from " + base::format_rfc3339(times.from);
    if (times.to != always.to) out += " until " + base::format_rfc3339(times.to);
    return out;
}

void print_hit(const event::ReadList& read, LookupList::Row row, bool counts,
               const ListsOptions& options) {
    const LookupList& list = *read.list;
    const auto& definition = list.definition();
    const std::string file =
        list.is_inline(row)
            ? read.where
            : (std::filesystem::path(read.where).parent_path() / definition.file.text).string();
    const std::string where = fmt::format("{}:{}", file, list.line(row));
    std::vector<std::pair<std::string, std::string>> added;
    for (std::size_t i = 0; i < definition.added.size(); ++i) {
        const std::string text(list.added(row, i));
        if (!text.empty()) added.emplace_back(definition.added[i].column.text, text);
    }
    if (options.format == "json") {
        std::printf("%s,\"counts\":%s,\"columns\":%s}}\n",
                    json_texts({{"list", list.name()}, {"where", where}}).c_str(),
                    counts ? "true" : "false", json_texts(added).c_str());
        return;
    }
    std::string text = where + times_text(list.times(row));
    for (const auto& [column, value] : added) text += fmt::format("  {}: {}", column, value);
    std::printf("%-16s %s%s\n", list.name().c_str(), counts ? "" : "(does not count) ",
                report::plain(text).c_str());
}

int find(const ListsOptions& options) {
    base::Timestamp at = base::SystemClock().now();
    if (!options.at.empty()) {
        const auto given = base::parse_rfc3339(options.at);
        if (!given) {
            return report({base::ErrorCode::bad_input, "'" + options.at + "' is no time", "--at",
                           "e.g. 2026-05-17T10:00:00Z", false});
        }
        at = *given;
    }
    std::vector<base::Error> problems;
    const auto lists = all_lists(options, problems);
    if (!lists) return report(lists.error());
    bool is_found = false;
    for (const event::ReadList& read : *lists) {
        const auto now = read.list->find(options.value, at);
        is_found = is_found || now.has_value();
        for (const LookupList::Row row : read.list->find_all(options.value)) {
            print_hit(read, row, now == row, options);
        }
    }
    for (const base::Error& problem : problems) report(problem);
    if (!problems.empty()) return kExitError;
    return is_found ? kExitGood : kExitNo;
}

}  // namespace

void add_lists_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<ListsOptions>();
    CLI::App* command =
        app.add_subcommand("lists", "look-up lists: people, hosts, networks that mean something");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*run)(const ListsOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        add_data_option(*to, options->data_folder, "your lists are in its folder `lists`");
        to->add_option("--lists", options->folders, "folder of lists (may be repeated)")
            ->allow_extra_args(false);
        to->add_option("--format", options->format, "table, or json (one object a line)")
            ->check(CLI::IsMember({"table", "json"}))
            ->capture_default_str();
        to->callback(
            [&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return to;
    };
    add("list", "what lists there are", list)
        ->footer("Exit codes: 0 good, 1 a list is wrong, 2 an error.");
    add("check", "reads all lists and tells what is wrong, with its line", check)
        ->footer("Exit codes: 0 all are good, 1 a list is wrong, 2 an error.");
    CLI::App* finding = add("find", "which lists hold a value, and by which entry", find);
    finding->add_option("value", options->value, "a name, an address, a domain")->required();
    finding->add_option("--at", options->at, "at this time; default: now");
    finding->footer("Exit codes: 0 a list has it, 1 none has, 2 an error.");
}

}  // namespace vedette::apps
