// SPDX-License-Identifier: Apache-2.0
#include "engine/config_setters.h"

#include <algorithm>
#include <charconv>

#include "detect/registry.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;

/// How many single-character edits make one word the other; for "did you mean".
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

template <typename Setters>
std::string nearest(const std::string& key, const Setters& known) {
    std::string best;
    std::size_t best_distance = 3;  // further away is no misspelling
    for (const auto& [name, unused] : known) {
        const std::size_t d = distance(key, name);
        if (d < best_distance) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

}  // namespace

std::string place(const std::string& where, const YAML::Node& node) {
    const YAML::Mark mark = node.Mark();
    return where + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

Result<void> read_mapping(const YAML::Node& node, const std::string& where,
                          const Setters& setters) {
    if (!node.IsMap()) {
        return base::fail(ErrorCode::bad_input, "a mapping (key: value) belongs here",
                          place(where, node));
    }
    for (const auto& entry : node) {
        const auto key = entry.first.as<std::string>();
        const auto found = setters.find(key);
        if (found == setters.end()) {
            const std::string guess = nearest(key, setters);
            return base::fail(
                ErrorCode::bad_input, "there is no setting '" + key + "'",
                place(where, entry.first),
                guess.empty() ? "see docs/howto/configure.md" : "did you mean '" + guess + "'?");
        }
        VD_TRY_DO(found->second(entry.second, place(where, entry.second)));
    }
    return {};
}

Setter flag(bool& target) {
    return [&target](const YAML::Node& node, const std::string& at) {
        if (!node.IsScalar() || !YAML::convert<bool>::decode(node, target)) {
            return Result<void>(base::fail(ErrorCode::bad_input, "true or false belongs here", at));
        }
        return Result<void>();
    };
}

Setter text(std::string& target) {
    return [&target](const YAML::Node& node, const std::string& at) {
        if (!node.IsScalar()) {
            return Result<void>(base::fail(ErrorCode::bad_input, "a text belongs here", at));
        }
        target = node.Scalar();
        return Result<void>();
    };
}

Setter texts(std::vector<std::string>& target) {
    return [&target](const YAML::Node& node, const std::string& at) {
        target.clear();
        if (node.IsScalar()) target.push_back(node.Scalar());
        if (node.IsSequence()) {
            for (const auto& item : node) {
                if (!item.IsScalar()) {
                    return Result<void>(
                        base::fail(ErrorCode::bad_input, "a list of texts belongs here", at));
                }
                target.push_back(item.Scalar());
            }
        }
        if (target.empty() && !node.IsSequence()) {
            return Result<void>(
                base::fail(ErrorCode::bad_input, "a text or a list belongs here", at));
        }
        return Result<void>();
    };
}

/// `on`, `off`, or `after 2h` (s, min, h, d).
Result<std::int64_t> read_silence(const YAML::Node& node, const std::string& at) {
    const std::string words = node.IsScalar() ? node.Scalar() : std::string();
    if (words == "on" || words == "true") return detect::kSilenceLearned;
    if (words == "off" || words == "false") return detect::kSilenceOff;
    constexpr std::string_view kAfter = "after ";
    constexpr std::int64_t kDay = 86'400, kLongest = 30 * kDay;
    const std::map<std::string_view, std::int64_t> units = {
        {"s", 1}, {"min", 60}, {"h", 3'600}, {"d", kDay}};
    std::int64_t count = 0;
    if (words.starts_with(kAfter)) {
        const char* const begin = words.data() + kAfter.size();
        const char* const end = words.data() + words.size();
        const auto [behind, error] = std::from_chars(begin, end, count);
        const auto unit =
            units.find(std::string_view(behind, static_cast<std::size_t>(end - behind)));
        const bool is_count = error == std::errc() && count > 0 && count <= kLongest;
        if (is_count && unit != units.end() && count * unit->second <= kLongest) {
            return count * unit->second;
        }
    }
    return base::fail(ErrorCode::bad_input, "silence is on, off, or how long is too long", at,
                      "e.g. `silence: after 2h`; s, min, h or d, up to 30d");
}

Setter mapping(Setters setters, const std::string& where) {
    return [setters = std::move(setters), where](const YAML::Node& node, const std::string&) {
        return read_mapping(node, where, setters);
    };
}

}  // namespace vedette::engine
