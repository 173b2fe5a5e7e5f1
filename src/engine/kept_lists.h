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
#include "event/lookup_bundle.h"

namespace vedette::engine {

/// The look-up lists of a data folder: those in force, and every set that rows were ever enriched
/// by.
///
/// A set is named by the content of its lists and kept on the disk before any chunk names it: each
/// list with its file under its own hash, so that a change of a small one does not write the large
/// ones again, and the set as the list of these hashes. A chunk's envelope says which set its rows
/// are looked up in, now and in any later replay. What neither a chunk names nor is in force goes
/// with remove_unused(); a backup has what its own records name.
/// Threads: any; read(), put_in_force() and remove_unused() one at a time.
class KeptLists {
  public:
    /// Lists are kept in `folder`.   Lives: `files` outlives this.
    KeptLists(base::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

    /// What a reading of the operator's folder found.
    struct Change {
        std::string name;                    ///< of the set; empty: there are no lists
        std::vector<base::Error> problems;   ///< lists that are wrong, and why
        std::vector<std::string> unchanged;  ///< names of wrong ones that stay as they were
    };
    /// Reads the lists of a folder and keeps them; put_in_force() says that they count. A list that
    /// has become wrong stays in the set as it was. No folder: no lists.
    /// Errors: not_found, limit; io if something cannot be kept.
    base::Result<Change> read(const std::string& folder);

    /// Puts the set that was read last in force, also for searches beside a server.   Errors: io.
    base::Result<void> put_in_force();

    /// The name of the set in force, also of a server that ran here before; empty: none.
    /// Errors: io; corrupt.
    base::Result<std::string> name_in_force() const;

    /// The lists in force in this process; before put_in_force() there are none. Never nullptr.
    std::shared_ptr<const event::LookupSet> in_force() const;

    /// The set of a name, from memory or disk.
    /// Errors: not_found, io; corrupt if something is not what its name says.
    base::Result<std::shared_ptr<const event::LookupSet>> find(const std::string& name);

    /// Removes the sets that are neither among `used` nor in force nor read to come into force, and
    /// the lists that no set is left of. Sets go first, so that after a kill nothing that is left
    /// lacks anything, and the next call removes the rest.
    /// Errors: io; corrupt if a set is unreadable: which lists are its is not known then, and none
    /// goes. Gives how many files went.
    base::Result<std::size_t> remove_unused(const std::set<std::string>& used);

  private:
    /// A list of a set: what it is called, the file of its definition, its content.
    struct Member {
        std::string name, file, hash_hex;
    };
    using Members = std::vector<Member>;
    using List = std::shared_ptr<const event::LookupList>;

    static std::string encode(const Members& members);
    static base::Result<Members> decode(std::string_view bytes);
    std::string path_of(const std::string& name) const { return folder_ + "/" + name; }
    base::Result<void> keep(const std::string& name, std::string_view bytes);
    base::Result<std::string> read_kept(const std::string& name) const;
    base::Result<Members> members_of(const std::string& set_name) const;
    base::Result<List> list_of(const Member& member);
    base::Result<std::shared_ptr<const event::LookupSet>> remember(const std::string& name,
                                                                   std::vector<List> lists);

    base::Files& files_;
    const std::string folder_;
    mutable std::mutex mutex_;
    std::shared_ptr<const event::LookupSet> in_force_ = std::make_shared<event::LookupSet>();
    std::shared_ptr<const event::LookupSet> read_ = in_force_;
    std::string read_name_;
    // What somebody holds still: a set lives as long as batches are enriched by it.
    std::map<std::string, std::weak_ptr<const event::LookupSet>> sets_;
    std::map<std::string, std::weak_ptr<const event::LookupList>> lists_;
};

/// The control record that says which set came into force.
std::string lists_control(const std::string& set_name);

}  // namespace vedette::engine
