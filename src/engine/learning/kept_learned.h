// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "journal/journal.h"

namespace vedette::engine::learning {

/// What was learned of a history, kept under the name of its content in `learned` below the folder
/// of data: control records put it in force by that name, so that a replay of the journal learns
/// the same without reading the history again, which may be gone by then. Threads: find() any; the
/// others one at a time.
class KeptLearned {
  public:
    KeptLearned(base::Files& files, const std::string& data_folder);

    /// Returns: the name.   Errors: io.
    base::Result<std::string> keep(std::string_view state);
    /// Errors: not_found, io; corrupt if it is not what its name says.
    base::Result<std::string> find(const std::string& name) const;
    /// After the journal has told of it: the last record that names it.
    base::Result<void> note(const std::string& name, journal::Offset offset);
    /// Removes what only records before `first` name. What was never noted stays: a server may have
    /// died between journalling and noting.   Returns: files removed.
    base::Result<std::size_t> remove_unneeded(journal::Offset first);

  private:
    std::string path_of(const std::string& name) const { return folder_ + "/" + name; }
    base::Result<std::map<std::string, journal::Offset>> read_notes() const;
    base::Result<void> write_notes(const std::map<std::string, journal::Offset>& notes);

    base::Files& files_;
    const std::string folder_;
};

/// The control record that puts a learned state in force.
std::string learned_control(const std::string& name);
/// Its name; nothing if the record is about something else.
std::optional<std::string> learned_of_control(std::string_view payload);

}  // namespace vedette::engine::learning
