// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "learn/templates/masked_line.h"
#include "learn/templates/split_tree.h"

namespace vedette::learn {

/// The rules of split_tree.h as they read there, over strings, sets and regular expressions.
class PlainSplit {
  public:
    using Words = std::vector<std::string>;

    explicit PlainSplit(const std::set<Words>& lines) {
        if (!lines.empty() && !lines.begin()->empty()) split(lines, "");
    }
    std::map<Words, std::string> leaf_of;

  private:
    static std::string key(const std::string& word) {
        static const std::regex pattern("^[^A-Za-z0-9_]*[A-Za-z0-9_.]*[=:\\[({<\"']");
        std::smatch match;
        const bool has = std::regex_search(word, match, pattern);
        return has && match.length() < static_cast<std::ptrdiff_t>(word.size()) ? match.str() : "";
    }
    static std::string bare(const std::string& word) {
        static const std::regex around("^[.,;:()\\[\\]\"'<>]+|[.,;:()\\[\\]\"'<>]+$");
        return std::regex_replace(word, around, "");
    }
    static bool fits(const std::string& word, const char* pattern) {
        static std::map<std::string, std::regex> compiled;
        return std::regex_match(word, compiled.try_emplace(pattern, pattern).first->second);
    }

    void split(const std::set<Words>& lines, const std::string& path) {
        const std::size_t places = lines.begin()->size();
        std::set<std::tuple<bool, bool, double, std::size_t, std::size_t, bool>> choices;
        double still = 0, doubtful = 0;
        for (std::size_t place = 0; place < places; ++place) {
            std::set<std::string> words, keys;
            bool is_behind_namer = place > 0;
            for (const Words& line : lines) {
                words.insert(line[place]);
                keys.insert(key(line[place]));
                is_behind_namer = is_behind_namer &&
                                  fits(bare(line[place - 1]),
                                       "user|username|account|host|hostname|domain|group|login");
            }
            double like_words = 0, like_names = 0;
            bool has_masked = false, is_letters = true;
            for (const std::string& word : words) {
                like_words += fits(word, "[^A-Za-z0-9_*]*[A-Za-z]+[^A-Za-z0-9_*]*") ? 1 : 0;
                like_names += fits(word, "[^.*@/]*[.,:;!?]*") ? 1 : 0;
                has_masked = has_masked || bare(word) == "*";
                is_letters = is_letters && fits(bare(word.substr(key(word).size())), "[A-Za-z]+");
            }
            const auto count = words.size();
            const auto share = [&](double of) { return of / static_cast<double>(count); };
            if (count == 1) {
                still += bare(*words.begin()) == "*" ? 0 : 1;
            } else if (is_behind_namer) {
                continue;
            } else if (keys.size() == 1 && !keys.contains("")) {
                if (count <= 2 && is_letters)
                    choices.insert({false, false, 0, count, place, false});
            } else if (!keys.contains("") && keys.size() <= 5) {
                choices.insert({false, false, 0, keys.size(), place, true});
            } else if (!has_masked && ((place == 0 && share(like_names) >= 0.5) ||
                                       (count <= 5 && share(like_words) >= 0.5))) {
                choices.insert({false, false, 0, count, place, false});
            } else {
                doubtful += 1;
                choices.insert({true, has_masked, 1 - share(like_words), count, place, false});
            }
        }
        const bool ends =
            choices.empty() || (std::get<0>(*choices.begin()) && still >= 0.6 * (still + doubtful));
        if (ends) {
            for (const Words& line : lines) leaf_of[line] = path + "|" + std::to_string(places);
            return;
        }
        const auto [last, masked, words, parts, place, is_by_key] = *choices.begin();
        std::map<std::string, std::set<Words>> children;
        for (const Words& line : lines) {
            children[is_by_key ? key(line[place]) : line[place]].insert(line);
        }
        for (const auto& [value, child] : children) {
            split(child, path + "|" + std::to_string(place) + "=" + value);
        }
    }
};

/// Numbers of lines that belong together.
inline std::set<std::set<std::size_t>> plain_groups(const std::vector<std::string>& lines) {
    std::map<std::size_t, std::set<PlainSplit::Words>> by_length;
    std::vector<PlainSplit::Words> masked(lines.size());
    MaskedLine mask;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        mask.set(lines[i]);
        for (std::size_t j = 0; j < mask.word_count(); ++j) masked[i].emplace_back(mask.word(j));
        by_length[masked[i].size()].insert(masked[i]);
    }
    std::map<PlainSplit::Words, std::string> leaf_of;
    for (const auto& [length, some] : by_length) leaf_of.merge(PlainSplit(some).leaf_of);
    std::map<std::string, std::set<std::size_t>> groups;
    for (std::size_t i = 0; i < lines.size(); ++i) groups[leaf_of[masked[i]]].insert(i);
    std::set<std::set<std::size_t>> out;
    for (const auto& [leaf, group] : groups) out.insert(group);
    return out;
}

}  // namespace vedette::learn
