// SPDX-License-Identifier: Apache-2.0
#include "bench/rule_pack.h"

#include <algorithm>
#include <filesystem>

#include "bench/bench_data.h"
#include "tests/support/tar.h"

namespace vedette::bench {

base::Result<rule::sigma::TextFiles> read_rule_pack(const std::string& path) {
    if (std::filesystem::is_directory(path)) return rule::sigma::load_rule_paths({path});
    VD_TRY(const std::string archive, read_data(path));
    rule::sigma::TextFiles files;
    for (auto& [name, text] : tests::tar_files(archive)) {
        const bool is_used = name.starts_with("rules/") || name.starts_with("rules-emerging") ||
                             name.starts_with("rules-threat");
        if (is_used && name.ends_with(".yml")) files.emplace_back(name, std::move(text));
    }
    std::sort(files.begin(), files.end());
    if (files.empty()) {
        return base::fail(base::ErrorCode::not_found, "the archive holds no rules", path,
                          "give a folder of rules or SigmaHQ's archive");
    }
    return files;
}

base::Result<rule::sigma::LogSourceMap> read_log_sources(const std::vector<std::string>& paths) {
    VD_TRY(const rule::sigma::TextFiles files, rule::sigma::load_rule_paths(paths));
    rule::sigma::LogSourceMap sources;
    for (const auto& [path, text] : files) VD_TRY_DO(sources.add(path, text));
    return sources;
}

std::vector<rule::sigma::Rule> of_product(std::vector<rule::sigma::Rule> rules,
                                          const std::string& product) {
    if (!product.empty()) {
        std::erase_if(rules, [&](const auto& rule) { return rule.logsource.product != product; });
    }
    return rules;
}

}  // namespace vedette::bench
