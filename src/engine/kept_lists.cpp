// SPDX-License-Identifier: Apache-2.0
#include "engine/kept_lists.h"

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "base/hash.h"
#include "engine/limits.h"
#include "event/lookup_limits.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kSetMark = "vedette lists 1\n";
constexpr std::string_view kInForceFile = "in_force";
constexpr std::size_t kHashDigits = 32;

bool is_hash(std::string_view text) {
    return text.size() == kHashDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string file_name(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

auto corrupt_list(const std::string& where) {
    return base::fail(ErrorCode::corrupt, "the kept lists are not what their name says", where,
                      "restore them from a backup");
}

}  // namespace

std::string KeptLists::encode(const Members& members) {
    std::string out(kSetMark);
    base::put_varint(out, members.size());
    for (const Member& member : members) {
        base::put_text(out, member.name);
        base::put_text(out, member.file);
        base::put_text(out, member.hash_hex);
    }
    return out;
}

Result<KeptLists::Members> KeptLists::decode(std::string_view bytes) {
    if (!bytes.starts_with(kSetMark)) return corrupt_list({});
    base::ByteReader in(bytes.substr(kSetMark.size()));
    const std::uint64_t count = in.varint();
    if (count > event::kListsMax) return corrupt_list({});
    Members members;
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        Member member;
        member.name = in.text();
        member.file = in.text();
        member.hash_hex = in.text();
        if (!is_hash(member.hash_hex)) return corrupt_list({});
        members.push_back(std::move(member));
    }
    if (!in.is_good() || !in.is_at_end()) return corrupt_list({});
    return members;
}

Result<void> KeptLists::keep(const std::string& name, std::string_view bytes) {
    VD_TRY_DO(files_.make_folders(folder_));
    if (files_.size_bytes(path_of(name))) return {};
    return files_.replace(path_of(name), bytes);
}

Result<std::string> KeptLists::read_kept(const std::string& name) const {
    const std::string path = path_of(name);
    if (!is_hash(name)) return base::fail(ErrorCode::corrupt, "this is no name of lists", name);
    VD_TRY(const std::uint64_t size, files_.size_bytes(path));
    if (size > kKeptListBytesMax) {
        return base::fail(ErrorCode::limit, "the kept list is too large", path);
    }
    VD_TRY(std::string bytes, files_.read(path, 0, size));
    if (base::hash128(bytes).hex() != name) return corrupt_list(path);
    return bytes;
}

Result<KeptLists::Members> KeptLists::members_of(const std::string& set_name) const {
    if (set_name.empty()) return Members();
    VD_TRY(const std::string bytes, read_kept(set_name));
    return decode(bytes);
}

Result<KeptLists::List> KeptLists::list_of(const Member& member) {
    {
        const std::lock_guard lock(mutex_);
        if (auto known = lists_[member.hash_hex].lock()) return known;
    }
    VD_TRY(const std::string bytes, read_kept(member.hash_hex));
    VD_TRY(event::ListBundle bundle, event::decode_list_bundle(bytes));
    VD_TRY(const event::ReadList read,
           event::make_list(std::move(bundle), path_of(member.hash_hex)));
    const std::lock_guard lock(mutex_);
    lists_[member.hash_hex] = read.list;
    return read.list;
}

Result<std::shared_ptr<const event::LookupSet>> KeptLists::remember(const std::string& name,
                                                                    std::vector<List> lists) {
    VD_TRY(event::LookupSet set, event::LookupSet::of(std::move(lists)));
    auto shared = std::make_shared<const event::LookupSet>(std::move(set));
    const std::lock_guard lock(mutex_);
    sets_[name] = shared;
    std::erase_if(sets_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(lists_, [](const auto& entry) { return entry.second.expired(); });
    return shared;
}

Result<KeptLists::Change> KeptLists::read(const std::string& folder) {
    Change change;
    Members members;
    std::vector<List> lists;
    if (!folder.empty()) {
        VD_TRY(event::ReadLists found, event::read_list_folder(folder));
        change.problems = std::move(found.problems);
        for (const event::ReadList& read : found.lists) {
            const std::string bytes = event::encode(read.bundle);
            const std::string hash = base::hash128(bytes).hex();
            VD_TRY_DO(keep(hash, bytes));
            members.push_back({read.list->name(), file_name(read.where), hash});
            lists.push_back(read.list);
            const std::lock_guard lock(mutex_);
            lists_[hash] = read.list;
        }
        if (!found.wrong_paths.empty()) {
            VD_TRY(const std::string before, name_in_force());
            VD_TRY(const Members old, members_of(before));
            for (const std::string& path : found.wrong_paths) {
                for (const Member& member : old) {
                    const bool is_taken =
                        std::any_of(members.begin(), members.end(),
                                    [&](const Member& other) { return other.name == member.name; });
                    if (member.file != file_name(path) || is_taken) continue;
                    VD_TRY(List list, list_of(member));
                    members.push_back(member);
                    lists.push_back(std::move(list));
                    change.unchanged.push_back(member.name);
                }
            }
        }
    }
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.name < b.name; });
    if (!members.empty()) {
        const std::string bytes = encode(members);
        change.name = base::hash128(bytes).hex();
        VD_TRY_DO(keep(change.name, bytes));
    }
    VD_TRY(auto set, remember(change.name, std::move(lists)));
    const std::lock_guard lock(mutex_);
    read_ = std::move(set);
    read_name_ = change.name;
    return change;
}

Result<void> KeptLists::put_in_force() {
    const std::lock_guard lock(mutex_);
    const bool was_there = files_.size_bytes(path_of(std::string(kInForceFile))).has_value();
    if (!read_name_.empty() || was_there) {
        VD_TRY_DO(files_.replace(path_of(std::string(kInForceFile)), read_name_));
    }
    in_force_ = read_;
    return {};
}

Result<std::string> KeptLists::name_in_force() const {
    const std::string path = path_of(std::string(kInForceFile));
    if (!files_.size_bytes(path)) return std::string();
    VD_TRY(std::string name, files_.read(path, 0, kHashDigits + 1));
    if (!name.empty() && !is_hash(name)) return corrupt_list(path);
    return name;
}

std::shared_ptr<const event::LookupSet> KeptLists::in_force() const {
    const std::lock_guard lock(mutex_);
    return in_force_;
}

Result<std::shared_ptr<const event::LookupSet>> KeptLists::find(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        if (auto known = sets_[name].lock()) return known;
    }
    VD_TRY(const Members members, members_of(name));
    std::vector<List> lists;
    for (const Member& member : members) {
        VD_TRY(List list, list_of(member));
        if (list->name() != member.name) return corrupt_list(path_of(name));
        lists.push_back(std::move(list));
    }
    return remember(name, std::move(lists));
}

Result<std::size_t> KeptLists::remove_unused(const std::set<std::string>& used) {
    if (!files_.size_bytes(folder_)) return std::size_t{0};
    std::set<std::string> needed = used;
    VD_TRY(const std::string in_force, name_in_force());
    needed.insert(in_force);
    {
        const std::lock_guard lock(mutex_);
        needed.insert(read_name_);
    }
    VD_TRY(std::vector<std::string> names, files_.list(folder_));
    std::erase_if(names, [](const std::string& name) { return !is_hash(name); });
    std::set<std::string> needed_lists;
    std::vector<std::string> lists;
    std::size_t removed = 0;
    for (const std::string& name : names) {
        VD_TRY(const std::string head, files_.read(path_of(name), 0, kSetMark.size()));
        if (head != kSetMark) {
            lists.push_back(name);
        } else if (needed.contains(name)) {
            VD_TRY(const Members members, members_of(name));
            for (const Member& member : members) needed_lists.insert(member.hash_hex);
        } else {
            VD_TRY_DO(files_.remove(path_of(name)));
            ++removed;
        }
    }
    if (removed > 0) VD_TRY_DO(files_.sync_folder(folder_));
    for (const std::string& name : lists) {
        if (needed_lists.contains(name)) continue;
        VD_TRY_DO(files_.remove(path_of(name)));
        ++removed;
    }
    return removed;
}

std::string lists_control(const std::string& set_name) {
    return "{\"type\":\"lists\",\"set\":\"" + set_name + "\"}";
}

}  // namespace vedette::engine
