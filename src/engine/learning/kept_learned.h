// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "journal/journal.h"

namespace vedette::engine::learning {

/// What was learned of a history, and lists of events that were left out of it, kept under the
/// names of their content in `learned` below the folder of data: control records put them in force
/// by those names (lesson.h), so that a replay of the journal learns the same without reading the
/// history again, which may be gone by then. Threads: find() any; the others one at a time.
class KeptLearned {
  public:
    KeptLearned(base::Files& files, const std::string& data_folder);

    /// Returns: the name. Until the next note() it is as if it had never been noted: a record that
    /// names it may be on its way.   Errors: io.
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

/// Whether a text is a name of something kept: 32 hexadecimal digits.
bool is_kept_name(std::string_view text);

}  // namespace vedette::engine::learning
