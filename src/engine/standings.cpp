// SPDX-License-Identifier: Apache-2.0
#include "engine/standings.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_text.h"

namespace vedette::engine {

namespace {

using detect::Standing;
using simdjson::dom::element;

struct NumberMember {
    const char* key;
    double Standing::*value;
};
constexpr NumberMember kNumbers[] = {{"tests", &Standing::tests},
                                     {"over_promised_100", &Standing::over_promised_100},
                                     {"over_promised_1000", &Standing::over_promised_1000},
                                     {"health", &Standing::health}};

struct CountMember {
    const char* key;
    std::uint64_t Standing::*value;
};
constexpr CountMember kCounts[] = {{"tests_ever", &Standing::tests_ever},
                                   {"odd_100_ever", &Standing::odd_100_ever},
                                   {"odd_1000_ever", &Standing::odd_1000_ever},
                                   {"told_ever", &Standing::told_ever},
                                   {"untold_ever", &Standing::untold_ever}};

struct TimeMember {
    const char* key;
    std::int64_t Standing::*value;
};
constexpr TimeMember kTimes[] = {{"confident_ns", &Standing::confident_ns}};

bool get_text(element from, const char* key, std::string& out) {
    std::string_view text;
    if (from[key].get(text) != simdjson::SUCCESS) return false;
    out = text;
    return true;
}

bool read(element from, Standing& out) {
    bool is_good = get_text(from, "analytic", out.id) && get_text(from, "title", out.title);
    for (const auto& [key, value] : kNumbers) {
        is_good = is_good && from[key].get(out.*value) == simdjson::SUCCESS;
    }
    for (const auto& [key, value] : kCounts) {
        is_good = is_good && from[key].get(out.*value) == simdjson::SUCCESS;
    }
    for (const auto& [key, value] : kTimes) {
        is_good = is_good && from[key].get(out.*value) == simdjson::SUCCESS;
    }
    return is_good;
}

}  // namespace

std::string standings_json(const std::vector<Standing>& standings) {
    std::string out;
    for (const Standing& standing : standings) {
        out += "{\"analytic\":";
        base::append_json_string(out, standing.id);
        out += ",\"title\":";
        base::append_json_string(out, standing.title);
        for (const auto& [key, value] : kNumbers) {
            out += fmt::format(",\"{}\":{:.6}", key, standing.*value);
        }
        for (const auto& [key, value] : kCounts) {
            out += fmt::format(",\"{}\":{}", key, standing.*value);
        }
        for (const auto& [key, value] : kTimes) {
            out += fmt::format(",\"{}\":{}", key, standing.*value);
        }
        out += "}\n";
    }
    return out;
}

base::Result<std::vector<Standing>> standings_of_json(std::string_view text) {
    std::vector<Standing> out;
    simdjson::dom::parser parser;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        const simdjson::padded_string line(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
        Standing standing;
        element root;
        if (parser.parse(line).get(root) != simdjson::SUCCESS || !read(root, standing)) {
            return base::fail(base::ErrorCode::corrupt, "this does not tell how analytics do");
        }
        out.push_back(std::move(standing));
    }
    return out;
}

}  // namespace vedette::engine
