// SPDX-License-Identifier: Apache-2.0
#include "engine/list_placeholders.h"

#include <set>

#include "engine/limits.h"

namespace vedette::engine {

namespace {

/// Names between percent signs, wherever they stand: one too many only costs a look at the lists.
void find_names(std::string_view text, std::set<std::string, std::less<>>& names) {
    for (std::size_t at = text.find('%'); at != std::string_view::npos;) {
        const std::size_t end = text.find('%', at + 1);
        if (end == std::string_view::npos) return;
        const std::string_view name = text.substr(at + 1, end - at - 1);
        if (event::is_list_name(name)) names.emplace(name);
        at = end;
    }
}

std::string why_refused(const event::LookupList& list) {
    const std::string instead = ": write `x.lists: " + list.name() +
                                "` for the entity x instead (docs/howto/look-up-lists.md)";
    if (list.key_count() > kPlaceholderValuesMax) {
        return "the list " + list.name() + " has " + std::to_string(list.key_count()) +
               " values, and a placeholder at most " + std::to_string(kPlaceholderValuesMax) +
               instead;
    }
    if (list.is_timed()) {
        return "the entries of the list " + list.name() +
               " count at their times, which a placeholder cannot tell" + instead;
    }
    if (list.definition().match == event::ListMatch::domain) {
        return "the list " + list.name() +
               " has what lies below its domains, which a placeholder cannot tell" + instead;
    }
    for (std::size_t i = 0; i < list.key_count(); ++i) {
        const auto key = list.key(i);
        const bool is_plain = key.network || (key.text.find_first_of("*?") == std::string::npos &&
                                              key.text.find("\\\\") == std::string::npos);
        if (is_plain) continue;
        return "the list " + list.name() +
               " has values with *, ? or \\\\, which mean something else in a rule" + instead;
    }
    return {};
}

}  // namespace

void add_list_placeholders(detect::DetectorInputs& inputs, const event::LookupSet& lists) {
    if (lists.lists().empty()) return;
    std::set<std::string, std::less<>> names;
    for (const auto& [path, text] : inputs.rule_files) find_names(text, names);
    for (const std::string& name : names) {
        const auto list = lists.find(name);
        if (!list || inputs.placeholders.contains(name)) continue;
        if (std::string why = why_refused(*list); !why.empty()) {
            inputs.refused_placeholders.emplace(name, std::move(why));
            continue;
        }
        std::vector<std::string>& values = inputs.placeholders[name];
        for (std::size_t i = 0; i < list->key_count(); ++i) {
            const auto key = list->key(i);
            values.push_back(key.network ? key.network->text() : std::string(key.text));
        }
    }
}

}  // namespace vedette::engine
