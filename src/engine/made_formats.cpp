// SPDX-License-Identifier: Apache-2.0
#include "engine/made_formats.h"

#include <utility>

#include "base/log.h"
#include "engine/limits.h"

namespace vedette::engine {

using base::ErrorCode;
using base::Result;
namespace made = parse::user_made;

std::string MadeFormats::path_of(std::string_view hash_hex) const {
    return kept_folder_ + "/" + std::string(hash_hex);
}

/// Whether it was not on the disk before.
Result<bool> MadeFormats::keep(const made::MadeFormat& format) {
    VD_TRY_DO(files_.make_folders(kept_folder_));
    const std::string path = path_of(format.bundle.hash().hex());
    if (files_.size_bytes(path)) return false;
    VD_TRY_DO(files_.replace(path, made::encode(format.bundle)));
    return true;
}

Result<MadeFormats::Change> MadeFormats::read(const std::string& folder,
                                              const parse::Registry& built_in) {
    Change change;
    VD_TRY(const auto formats, made::read_folder(folder, built_in, change.problems));
    for (const made::MadeFormat& format : formats) {
        VD_TRY(const bool is_new, keep(format));
        if (is_new) change.kept.push_back(format.pinned_name());
    }
    const std::lock_guard lock(mutex_);
    for (const made::MadeFormat& format : formats) {
        const auto [at, is_new] = in_force_.insert_or_assign(
            format.name, InForce{format.pinned_name(), format_of(format)});
        if (is_new) change.new_names.push_back(at->first);
    }
    return change;
}

int MadeFormats::certainty(const std::string& name,
                           const std::vector<std::string_view>& records) const {
    event::Recogniser recognise;
    {
        const std::lock_guard lock(mutex_);
        const auto found = in_force_.find(name);
        if (found != in_force_.end()) recognise = found->second.format.declaration.recognise;
    }
    return recognise ? recognise(records) : 0;
}

event::FormatDeclarations MadeFormats::declarations() const {
    event::FormatDeclarations out;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, in_force] : in_force_) {
        event::FormatDeclaration declaration = in_force.format.declaration;
        declaration.recognise = [this, name = name](const std::vector<std::string_view>& records) {
            return certainty(name, records);
        };
        out.push_back(std::move(declaration));
    }
    return out;
}

void MadeFormats::add_to(parse::Registry& registry) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, in_force] : in_force_) registry.add(in_force.format);
}

std::string MadeFormats::pinned(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = in_force_.find(name);
    return found == in_force_.end() ? name : found->second.pinned_name;
}

std::shared_ptr<const parse::Format> MadeFormats::find(std::string_view pinned_name) {
    const std::lock_guard lock(mutex_);
    if (const auto known = found_.find(pinned_name); known != found_.end()) return known->second;
    const auto load = [&]() -> Result<made::MadeFormat> {
        const auto name = made::read_pinned_name(pinned_name);
        if (!name) return base::fail(ErrorCode::corrupt, "this is no name of a kept format");
        const std::string path = path_of(name->hash_hex);
        VD_TRY(const std::uint64_t size, files_.size_bytes(path));
        if (size > kKeptFormatBytesMax) {
            return base::fail(ErrorCode::limit, "the kept definition is too large", path);
        }
        VD_TRY(const std::string bytes, files_.read(path, 0, size));
        VD_TRY(made::Bundle bundle, made::decode_bundle(bytes));
        VD_TRY(made::MadeFormat format, made::make_format(std::move(bundle), path));
        if (format.pinned_name() != pinned_name) {
            return base::fail(ErrorCode::corrupt, "the kept definition is not what its name says",
                              path, "restore it from a backup");
        }
        return format;
    };
    auto format = load();
    if (!format) {
        // Its records are kept raw in the inbox; with the file back they can be read again.
        base::log::error("formats.definition_missing", {{"format", std::string(pinned_name)},
                                                        {"reason", format.error().message()}});
        return nullptr;
    }
    auto shared = std::make_shared<const parse::Format>(format_of(*format));
    found_.emplace(std::string(pinned_name), shared);
    return shared;
}

Result<std::size_t> MadeFormats::remove_unused(const std::set<std::string>& used) {
    if (!files_.size_bytes(kept_folder_)) return std::size_t{0};
    std::set<std::string, std::less<>> needed;
    const auto need = [&](std::string_view pinned_name) {
        if (const auto name = made::read_pinned_name(pinned_name)) needed.emplace(name->hash_hex);
    };
    for (const std::string& name : used) need(name);
    const std::lock_guard lock(mutex_);
    for (const auto& [name, in_force] : in_force_) need(in_force.pinned_name);
    std::erase_if(found_, [&](const auto& entry) {
        const auto name = made::read_pinned_name(entry.first);
        return !name || !needed.contains(name->hash_hex);
    });
    VD_TRY(const std::vector<std::string> names, files_.list(kept_folder_));
    std::size_t removed = 0;
    for (const std::string& name : names) {
        // Nothing else than what a pinned name can lead to is ours to remove.
        const bool is_kept = made::read_pinned_name("x@" + name).has_value();
        if (!is_kept || needed.contains(name)) continue;
        VD_TRY_DO(files_.remove(path_of(name)));
        ++removed;
    }
    return removed;
}

std::string format_control(const std::string& pinned_name) {
    return "{\"type\":\"format\",\"name\":\"" + pinned_name + "\"}";
}

}  // namespace vedette::engine
