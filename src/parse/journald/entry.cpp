// SPDX-License-Identifier: Apache-2.0
#include "parse/journald/entry.h"

#include "parse/clean_text.h"
#include "parse/journald/limits.h"

namespace vedette::parse::journald {

void Entry::clear() {
    fields_.clear();
    kept_count_ = 0;
    is_truncated_ = false;
}

bool Entry::has_room_for(std::string_view name) {
    const bool has_room =
        fields_.size() < kValuesMax && name.size() <= kNameBytesMax && name.find('\0') == name.npos;
    if (!has_room) is_truncated_ = true;
    return has_room;
}

std::string& Entry::next_kept() {
    if (kept_.size() == kept_count_) kept_.emplace_back();
    return kept_[kept_count_++];
}

void Entry::add(std::string_view name, std::string_view value) {
    if (!has_room_for(name)) return;
    std::string& scratch = next_kept();
    const CleanText clean = clean_text(value, scratch);
    // Nearly every value is clean and borrows nothing from the scratch text.
    if (clean.text.data() == value.data()) --kept_count_;
    fields_.push_back({name, clean.text, clean.was_valid});
}

void Entry::add_copy(std::string_view name, std::string_view value) {
    std::string& copy = next_kept();
    copy.assign(value);
    add(name, copy);
}

std::string_view Entry::first(std::string_view name) const {
    for (const EntryField& field : fields_) {
        if (field.name == name) return field.value;
    }
    return {};
}

}  // namespace vedette::parse::journald
