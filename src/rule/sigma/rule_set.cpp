// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule_set.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "rule/sigma/correlation_reader.h"
#include "rule/sigma/filter.h"

namespace vedette::rule::sigma {

namespace {

template <typename Document>
std::string where(const Document& document) {
    return document.path + ":" + std::to_string(document.line);
}

template <typename Document>
bool comes_before(const Document& a, const Document& b) {
    return std::tie(a.id, a.path, a.line) < std::tie(b.id, b.path, b.line);
}

template <typename Document>
void move_to_end(std::vector<Document>& from, std::vector<Document>& to) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

/// Orders documents by id and refuses those whose id is taken, by one of them or a kind before.
template <typename Document>
void make_unique(std::vector<Document>& documents, std::map<std::string, std::string>& taken,
                 std::vector<Refusal>& refusals) {
    std::sort(documents.begin(), documents.end(), comes_before<Document>);
    std::vector<Document> unique;
    for (Document& document : documents) {
        const auto [entry, is_new] = taken.emplace(document.id, where(document));
        if (is_new) {
            unique.push_back(std::move(document));
            continue;
        }
        refusals.push_back(
            {document.id,
             document.title,
             {base::ErrorCode::bad_input, "the id " + document.id + " is taken by " + entry->second,
              where(document), "give every rule an id of its own", false}});
    }
    documents = std::move(unique);
}

}  // namespace

LoadedRules load_rule_set(const TextFiles& files, const LoadOptions& options) {
    return load_rule_set(files, [&](std::string_view path, std::string_view text) {
        return load_rules(path, text, options);
    });
}

LoadedRules load_rule_set(const TextFiles& files, const LoadFile& load) {
    LoadedRules all;
    for (const auto& [path, text] : files) {
        LoadedRules some = load(path, text);
        move_to_end(some.rules, all.rules);
        move_to_end(some.refusals, all.refusals);
        move_to_end(some.correlations, all.correlations);
        move_to_end(some.filters, all.filters);
    }
    std::map<std::string, std::string> taken;
    make_unique(all.rules, taken, all.refusals);
    make_unique(all.correlations, taken, all.refusals);
    make_unique(all.filters, taken, all.refusals);
    apply_filters(all);
    resolve_correlations(all);
    std::stable_sort(
        all.refusals.begin(), all.refusals.end(),
        [](const Refusal& a, const Refusal& b) { return a.error.where < b.error.where; });
    return all;
}

}  // namespace vedette::rule::sigma
