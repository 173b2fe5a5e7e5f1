// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule_files.h"

#include <filesystem>
#include <set>

#include "base/files.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

base::Result<void> add_path(std::set<std::string>& found, std::string path) {
    found.insert(std::move(path));
    if (found.size() <= kRuleFilesMax) return {};
    return base::fail(ErrorCode::limit,
                      "more than " + std::to_string(kRuleFilesMax) + " rule files");
}

bool is_rule_file(const fs::directory_entry& entry) {
    std::error_code error;
    const std::string ending = entry.path().extension().string();
    return (ending == ".yml" || ending == ".yaml") && entry.is_regular_file(error);
}

base::Result<void> add_folder(std::set<std::string>& found, const std::string& folder) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (const fs::recursive_directory_iterator end; !error && entry != end;
         entry.increment(error)) {
        if (entry.depth() > kFolderDepthMax) {
            return base::fail(ErrorCode::limit,
                              "folders deeper than " + std::to_string(kFolderDepthMax), folder);
        }
        if (is_rule_file(*entry)) VD_TRY_DO(add_path(found, entry->path().string()));
    }
    if (error) return base::fail(ErrorCode::io, "cannot list: " + error.message(), folder);
    return {};
}

}  // namespace

base::Result<TextFiles> load_rule_paths(const std::vector<std::string>& paths) {
    std::set<std::string> found;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) {
            return base::fail(ErrorCode::not_found, "there is no such file or folder", path);
        }
        VD_TRY_DO(fs::is_directory(status) ? add_folder(found, path) : add_path(found, path));
    }
    TextFiles files;
    std::size_t size_bytes = 0;
    for (const std::string& path : found) {
        VD_TRY(std::string content, base::read_file(path, kRuleFileBytesMax));
        size_bytes += content.size();
        if (size_bytes > kRuleFilesBytesMax) {
            return base::fail(ErrorCode::limit, "the rule files have more than " +
                                                    std::to_string(kRuleFilesBytesMax >> 20) +
                                                    " MiB together");
        }
        files.emplace_back(path, std::move(content));
    }
    return files;
}

}  // namespace vedette::rule::sigma
