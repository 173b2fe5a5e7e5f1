// SPDX-License-Identifier: Apache-2.0
#include "engine/learning/kept_learned.h"

#include <sstream>

#include "base/hash.h"

namespace vedette::engine::learning {

namespace {

using base::Result;

/// Which record named what last: a line each.
const std::string kNotes = "notes";

}  // namespace

bool is_kept_name(std::string_view text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

KeptLearned::KeptLearned(base::Files& files, const std::string& data_folder)
    : files_(files), folder_(data_folder + "/learned") {}

Result<std::string> KeptLearned::keep(std::string_view state) {
    const std::string name = base::hash128(state).hex();
    VD_TRY_DO(files_.make_folders(folder_));
    VD_TRY(auto notes, read_notes());
    if (notes.erase(name) > 0) VD_TRY_DO(write_notes(notes));
    if (!files_.size_bytes(path_of(name))) VD_TRY_DO(files_.replace(path_of(name), state));
    return name;
}

Result<std::string> KeptLearned::find(const std::string& name) const {
    if (!is_kept_name(name)) {
        return base::fail(base::ErrorCode::corrupt, "this names nothing that was learned", name);
    }
    VD_TRY(const std::uint64_t size, files_.size_bytes(path_of(name)));
    VD_TRY(std::string state, files_.read(path_of(name), 0, size));
    if (base::hash128(state).hex() == name) return state;
    return base::fail(base::ErrorCode::corrupt, "what was learned is not what its name says",
                      path_of(name), "restore it from a backup, or learn again");
}

Result<std::map<std::string, journal::Offset>> KeptLearned::read_notes() const {
    std::map<std::string, journal::Offset> notes;
    const auto size = files_.size_bytes(path_of(kNotes));
    if (!size) return notes;
    VD_TRY(const std::string text, files_.read(path_of(kNotes), 0, *size));
    std::istringstream in(text);
    std::string name;
    for (journal::Offset offset = 0; in >> name >> offset;) {
        if (is_kept_name(name)) notes[name] = offset;
    }
    return notes;
}

Result<void> KeptLearned::write_notes(const std::map<std::string, journal::Offset>& notes) {
    std::string text;
    for (const auto& [name, offset] : notes) text += name + " " + std::to_string(offset) + "\n";
    return files_.replace(path_of(kNotes), text);
}

Result<void> KeptLearned::note(const std::string& name, journal::Offset offset) {
    VD_TRY(auto notes, read_notes());
    notes[name] = offset;
    return write_notes(notes);
}

Result<std::size_t> KeptLearned::remove_unneeded(journal::Offset first) {
    VD_TRY(auto notes, read_notes());
    std::size_t removed = 0;
    for (auto at = notes.begin(); at != notes.end();) {
        if (at->second >= first) {
            ++at;
            continue;
        }
        if (files_.size_bytes(path_of(at->first))) {
            VD_TRY_DO(files_.remove(path_of(at->first)));
            ++removed;
        }
        at = notes.erase(at);
    }
    if (removed > 0) VD_TRY_DO(write_notes(notes));
    return removed;
}

}  // namespace vedette::engine::learning
