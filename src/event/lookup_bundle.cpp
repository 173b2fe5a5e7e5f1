// SPDX-License-Identifier: Apache-2.0
#include "event/lookup_bundle.h"

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "base/files.h"
#include "event/lookup_limits.h"
#include "event/yaml_limits.h"

namespace vedette::event {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kBundleMark = "vedette list 1\n";

/// Only names that stay within the folder are followed.
Result<std::string> path_beside(const std::string& path, const Placed& name) {
    const fs::path file = name.text;
    const bool leads_out =
        std::any_of(file.begin(), file.end(), [](const fs::path& part) { return part == ".."; });
    if (file.is_absolute() || leads_out) {
        return base::fail(
            ErrorCode::bad_input, "the file of a list lies beside its definition, or below it",
            place_text(path, name.place), "name it without '..' and without a leading '/'");
    }
    return (fs::path(path).parent_path() / file).string();
}

Result<ReadList> make(std::string_view where, ListDefinition definition,
                      std::string_view file_where, ListBundle bundle) {
    VD_TRY(LookupList list, build_list(where, std::move(definition), file_where, bundle.file));
    return ReadList{std::string(where), std::move(bundle),
                    std::make_shared<const LookupList>(std::move(list))};
}

Result<std::vector<std::string>> definitions_in(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return base::fail(ErrorCode::not_found, "there is no such folder of lists", folder);
    }
    std::vector<std::string> paths;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string extension = entry->path().extension().string();
        const bool is_definition = extension == ".yml" || extension == ".yaml";
        if (is_definition && entry->is_regular_file(error)) paths.push_back(entry->path().string());
        if (paths.size() > kListsMax) {
            return base::fail(ErrorCode::limit, "more than " + std::to_string(kListsMax) + " lists",
                              folder);
        }
    }
    if (error) {
        return base::fail(ErrorCode::io, "the folder cannot be read: " + error.message(), folder);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

base::Hash128 ListBundle::hash() const { return base::hash128(encode(*this)); }

Result<ReadList> read_list(const std::string& path) {
    VD_TRY(std::string text, base::read_file(path, kYamlBytesMax));
    VD_TRY(ListDefinition definition, read_list_definition(path, text));
    ListBundle bundle{std::move(text), {}};
    std::string file_path;
    if (!definition.file.text.empty()) {
        VD_TRY(file_path, path_beside(path, definition.file));
        VD_TRY(bundle.file, base::read_file(file_path, kListFileBytesMax));
    }
    return make(path, std::move(definition), file_path, std::move(bundle));
}

Result<ReadLists> read_list_folder(const std::string& folder) {
    VD_TRY(const auto paths, definitions_in(folder));
    ReadLists out;
    std::size_t bytes = 0;
    const auto refuse = [&](const std::string& path, base::Error why) {
        out.problems.push_back(std::move(why));
        out.wrong_paths.push_back(path);
    };
    for (const std::string& path : paths) {
        auto read = read_list(path);
        if (!read) {
            refuse(path, read.error());
            continue;
        }
        const auto same = std::find_if(
            out.lists.begin(), out.lists.end(),
            [&](const ReadList& other) { return other.list->name() == read->list->name(); });
        if (same != out.lists.end()) {
            const Place place = read->list->definition().name.place;
            refuse(path, {ErrorCode::bad_input,
                          "'" + read->list->name() + "' is defined in " + same->where + " already",
                          place_text(path, place), "choose another name", false});
            continue;
        }
        bytes += read->bundle.text.size() + read->bundle.file.size();
        if (bytes > kListSetBytesMax) {
            return base::fail(
                ErrorCode::limit,
                "the lists have more than " + std::to_string(kListSetBytesMax) + " bytes together",
                folder);
        }
        out.lists.push_back(std::move(*read));
    }
    std::sort(out.lists.begin(), out.lists.end(),
              [](const ReadList& a, const ReadList& b) { return a.list->name() < b.list->name(); });
    return out;
}

std::string encode(const ListBundle& bundle) {
    std::string out(kBundleMark);
    base::put_text(out, bundle.text);
    base::put_text(out, bundle.file);
    return out;
}

Result<ListBundle> decode_list_bundle(std::string_view bytes) {
    const auto corrupt = [] { return base::fail(ErrorCode::corrupt, "this is no kept list"); };
    if (!bytes.starts_with(kBundleMark)) return corrupt();
    base::ByteReader in(bytes.substr(kBundleMark.size()));
    ListBundle bundle;
    bundle.text = in.text();
    bundle.file = in.text();
    if (!in.is_good() || !in.is_at_end()) return corrupt();
    return bundle;
}

Result<ReadList> make_list(ListBundle bundle, std::string_view where) {
    VD_TRY(ListDefinition definition, read_list_definition(where, bundle.text));
    const std::string file_where = definition.file.text;
    return make(where, std::move(definition), file_where, std::move(bundle));
}

}  // namespace vedette::event
