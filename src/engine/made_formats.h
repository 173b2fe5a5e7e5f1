// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "event/framing.h"
#include "parse/registry.h"
#include "parse/user_made/format.h"

namespace vedette::engine {

/// The formats that users made, as a running server has them.
///
/// Sources know a format by its plain name. Where a chunk goes into the journal its envelope gets
/// the pinned name of the definition in force, which is the hash of the definition and of every
/// file it reads; the definition is on the disk by then. Decoding, now or in any later replay,
/// finds it by that name, so a change of a definition is seen by what comes after it and by nothing
/// else. What neither a chunk names nor is in force goes with remove_unused().
/// Threads: any; read() and remove_unused() one at a time.
class MadeFormats {
  public:
    /// Definitions are kept in `kept_folder`.   Lives: `files` outlives this.
    MadeFormats(base::Files& files, std::string kept_folder)
        : files_(files), kept_folder_(std::move(kept_folder)) {}

    /// What a reading of the folder found.
    struct Change {
        std::vector<std::string> kept;      ///< pinned names that were not on the disk before
        std::vector<base::Error> problems;  ///< definitions that are not used, and why
        std::vector<std::string> new_names;
    };
    /// Reads the folder and puts its definitions in force. A definition that is gone or has become
    /// wrong stays in force as it was: records of its sources still come.
    /// Errors: not_found, limit; io if a definition cannot be kept: nothing has changed then.
    base::Result<Change> read(const std::string& folder, const parse::Registry& built_in);

    /// One declaration for each format in force; its recogniser is always that of the definition
    /// in force.   Lives: this outlives them.
    event::FormatDeclarations declarations() const;

    /// Adds the formats in force under their plain names.
    void add_to(parse::Registry& registry) const;

    /// The name for the envelope: pinned for a format that a user made, else as it is.
    std::string pinned(const std::string& name) const;

    /// The format of a pinned name, from the memory or the disk; nullptr, and the log says why,
    /// if it is not there or not what its name says.
    std::shared_ptr<const parse::Format> find(std::string_view pinned_name);

    /// Removes the kept definitions that are neither among `used` (names of envelopes) nor in
    /// force. Errors: io. Gives how many went.
    base::Result<std::size_t> remove_unused(const std::set<std::string>& used);

  private:
    struct InForce {
        std::string pinned_name;
        parse::Format format;
    };
    base::Result<bool> keep(const parse::user_made::MadeFormat& made);
    std::string path_of(std::string_view hash_hex) const;
    int certainty(const std::string& name, const std::vector<std::string_view>& records) const;

    base::Files& files_;
    const std::string kept_folder_;
    mutable std::mutex mutex_;
    std::map<std::string, InForce> in_force_;  // by plain name
    std::map<std::string, std::shared_ptr<const parse::Format>, std::less<>> found_;
};

/// The control record that says which definition came into force.
std::string format_control(const std::string& pinned_name);

}  // namespace vedette::engine
