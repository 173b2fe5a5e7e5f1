// SPDX-License-Identifier: Apache-2.0
#include "event/field.h"

#include "base/check.h"
#include "event/schema.h"

namespace vedette::event {

FieldDictionary::FieldDictionary() {
    for (const SchemaField& field : schema_fields()) {
        const auto id = intern(field.name);
        VD_CHECK(id.has_value());
        VD_CHECK(*id == static_cast<FieldId>(&field - schema_fields().data()));
    }
}

FieldDictionary::~FieldDictionary() = default;

std::optional<FieldId> FieldDictionary::find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = ids_.find(name);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

std::optional<FieldId> FieldDictionary::intern(std::string_view name, FieldBudget& budget) {
    if (auto known = find(name)) return known;
    if (budget.left == 0) return std::nullopt;
    auto made = intern(name);
    if (made) --budget.left;
    return made;
}

std::optional<FieldId> FieldDictionary::intern(std::string_view name) {
    if (name.size() > kFieldNameBytesMax) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto found = ids_.find(name);
    if (found != ids_.end()) return found->second;
    const std::size_t size = size_.load(std::memory_order_relaxed);
    if (size == kFieldsMax) return std::nullopt;
    auto& page = pages_[size / kPageSize];
    if (!page) page = std::make_unique<Page>();
    std::string& stored = (*page)[size % kPageSize];
    stored = name;
    const auto id = static_cast<FieldId>(size);
    ids_.emplace(stored, id);
    size_.store(size + 1, std::memory_order_release);
    return id;
}

std::string_view FieldDictionary::name(FieldId id) const {
    VD_CHECK(id < size());
    return (*pages_[id / kPageSize])[id % kPageSize];
}

}  // namespace vedette::event
