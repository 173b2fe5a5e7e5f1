// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/feed_words.h"

#include <fmt/format.h>

#include <filesystem>

namespace vedette::engine::intel {

namespace {

std::string entries(std::size_t count) {
    return count == 1 ? "1 entry" : fmt::format("{} entries", count);
}

}  // namespace

std::string feed_name_of(const std::string& path) {
    std::filesystem::path name = std::filesystem::path(path).lexically_normal();
    if (name.filename().empty()) name = name.parent_path();
    const std::string stem = name.stem().string();
    return stem.empty() ? name.string() : stem;
}

std::string left_out_text(const rule::intel::FeedReport& report) {
    std::string out;
    if (const std::size_t count = report.refused_count(); count > 0) {
        out = entries(count) + " cannot be indicators:";
        for (const auto& [reason, one] : report.refused) {
            out += fmt::format(" {} ({}, first {});", reason, one.count, one.example);
        }
        out.pop_back();
    }
    if (const std::size_t count = report.kept_out_count(); count > 0) {
        out += (out.empty() ? "" : "; ") + entries(count) + " kept out by warning lists:";
        for (const auto& [list, one] : report.kept_out) {
            out += fmt::format(" {} ({}, first {});", list, one.count, one.example);
        }
        out.pop_back();
    }
    return out;
}

base::Result<rule::intel::WarningLists> read_warnings(const std::vector<std::string>& paths) {
    auto lists = rule::intel::WarningLists::built_in();
    for (const std::string& path : paths) VD_TRY_DO(lists.add_path(path));
    return lists;
}

}  // namespace vedette::engine::intel
