// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/peers_command.h"

#include <cstdio>
#include <memory>
#include <string>

#include "apps/vedette/command.h"
#include "apps/vedette/keeping_client.h"
#include "base/http_client.h"
#include "report/text.h"

namespace vedette::apps {

namespace {

constexpr char kPath[] = "/api/analytics/peers";
/// Members that are named in a table; all are in JSON.
constexpr std::size_t kMembersShown = 8;

struct PeersOptions {
    std::string data_folder = default_data_folder();
    std::string format = "table";
    std::string entity, group, name;
};

std::string members_words(simdjson::dom::object line) {
    const auto members = texts_in(line, "members");
    std::string out;
    for (std::size_t i = 0; i < members.size() && i < kMembersShown; ++i) {
        out += (out.empty() ? "" : ", ") + report::plain(members[i]);
    }
    if (members.size() > kMembersShown) {
        out += " and " + std::to_string(members.size() - kMembersShown) + " more";
    }
    return out.empty() ? "nobody of late" : out;
}

void print_group(simdjson::dom::object line) {
    const std::string name = text_in(line, "name");
    std::printf("%s group %llu%s: %llu since %s\n", text_in(line, "entity_type").c_str(),
                static_cast<unsigned long long>(number_in(line, "id")),
                name.empty() ? "" : (" '" + report::plain(name) + "'").c_str(),
                static_cast<unsigned long long>(number_in(line, "size")),
                text_in(line, "since").c_str());
    std::printf("  %-8s %s\n", "members", members_words(line).c_str());
    for (const std::string& trait : texts_in(line, "traits")) {
        std::printf("  %-8s %s of all\n", "does", report::plain(trait).c_str());
    }
    for (const std::string& one : texts_in(line, "set")) {
        std::printf("  %-8s %s by a person\n", "put here", report::plain(one).c_str());
    }
}

void print_member(simdjson::dom::object line) {
    const std::uint64_t group = number_in(line, "group");
    bool is_set = false;
    if (line["set"].get(is_set) != simdjson::SUCCESS) is_set = false;
    std::printf("%s: %s since %s%s\n", report::plain(text_in(line, "entity")).c_str(),
                group == 0 ? "in no group" : ("in group " + std::to_string(group)).c_str(),
                text_in(line, "since").c_str(), is_set ? ", put there by a person" : "");
}

int list(const PeersOptions& options) {
    std::string path = kPath;
    if (!options.entity.empty()) {
        path += "?entity=";
        base::append_url_encoded(path, options.entity);
    }
    const auto answer = ask_keeping(options.data_folder, path);
    if (!answer) return report(answer.error());
    if (options.format == "json") {
        std::printf("%s", answer->c_str());
        return kExitGood;
    }
    if (answer->empty()) {
        std::printf(
            "no groups yet: they are found when entities were seen for three days, once a day "
            "ends\n");
    }
    const auto shown = for_each_line(*answer, [](std::string_view is, simdjson::dom::object line) {
        is == "member" ? print_member(line) : print_group(line);
    });
    return shown ? kExitGood : report(shown.error());
}

int order(const PeersOptions& options, const char* what, const std::string& done) {
    const auto answer = ask_keeping(options.data_folder, kPath,
                                    {{"do", what},
                                     {"entity", options.entity},
                                     {"group", options.group},
                                     {"name", options.name},
                                     {"by", who_asks()}});
    if (!answer) return report(answer.error());
    std::printf("%s\n", done.c_str());
    return kExitGood;
}

int set(const PeersOptions& options) {
    return order(options, "set",
                 options.entity + " belongs to group " + options.group +
                     ", whatever it does, until it is released");
}

int release(const PeersOptions& options) {
    return order(options, "release",
                 options.entity + " goes to where its behaviour puts it, when a day ends");
}

int name(const PeersOptions& options) {
    return order(options, "name",
                 "group " + options.group +
                     (options.name.empty() ? std::string(" has no name any more")
                                           : " is called '" + options.name + "'"));
}

}  // namespace

void add_peers_command(CLI::App& analytics, std::function<int()>& chosen) {
    const auto options = std::make_shared<PeersOptions>();
    CLI::App* peers =
        analytics.add_subcommand("peers", "who behaves alike: groups of a running server");
    add_data_option(*peers, options->data_folder);
    peers->add_option("--entity", options->entity, "only this one and its group: TYPE:NAME");
    peers->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    peers->footer("Exit codes: 0 good, 2 an error.");
    const auto add = [&](const std::string& what, const std::string& help,
                         int (*run)(const PeersOptions&)) {
        CLI::App* to = peers->add_subcommand(what, help);
        add_data_option(*to, options->data_folder);
        to->footer("Exit codes: 0 good, 2 an error.");
        to->callback(
            [&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return to;
    };
    CLI::App* setting = add("set", "puts an entity into a group, whatever it does", set);
    setting->add_option("entity", options->entity, "TYPE:NAME, e.g. user:ann")->required();
    setting->add_option("group", options->group, "the group's number")->required();
    CLI::App* releasing = add("release", "takes that back", release);
    releasing->add_option("entity", options->entity, "TYPE:NAME")->required();
    CLI::App* naming = add("name", "gives a group a name; none takes it away", name);
    naming->add_option("type", options->entity, "of its entities: user, host, ...")->required();
    naming->add_option("group", options->group, "its number")->required();
    naming->add_option("name", options->name, "at most 64 bytes");
    peers->callback([peers, &chosen, options] {
        if (peers->get_subcommands().empty()) chosen = [options] { return list(*options); };
    });
}

}  // namespace vedette::apps
