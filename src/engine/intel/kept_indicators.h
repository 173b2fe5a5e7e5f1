// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "journal/journal.h"
#include "rule/intel/indicator_index.h"

namespace vedette::engine::intel {

/// The feeds of a data folder, by content: those in force and those that records in the journal
/// were judged by.
///
/// Each version of a feed is a file under its own name in `kept_indicators`, and the feeds that are
/// in force together are a small file that names them, under the name of its content. The journal
/// tells from which record on which set counts, so that a replay judges by the same. Versions of
/// large feeds are many and large: what no record in the journal is judged by any more is removed
/// by remove_unneeded().   Lives: `files` outlives this.   Threads: any.
class KeptIndicators {
  public:
    KeptIndicators(base::Files& files, const std::string& data_folder);

    using Index = std::shared_ptr<const rule::intel::IndicatorIndex>;
    using Feed = std::shared_ptr<const rule::intel::FeedSet>;
    struct Member {
        std::string feed, hash_hex;
    };

    /// Keeps feeds and the set of them.   Returns: the set's name; empty without feeds. Errors: io.
    base::Result<std::string> keep(std::vector<Feed> feeds);
    /// The set of a name; that of the empty name is empty. Never nullptr.
    /// Errors: not_found, io; corrupt if something is not what its name says.
    base::Result<Index> find(const std::string& name);
    base::Result<Feed> find_feed(const std::string& hash_hex);
    base::Result<std::vector<Member>> members(const std::string& name) const;

    /// The set in force, also of a server that ran here before; empty: none, or no feeds.
    base::Result<std::string> name_in_force() const;
    /// The record that put it in force; 0: none did.
    base::Result<journal::Offset> in_force_since() const;
    /// Before the journal tells of a set, and after it did: which sets the journal names.
    base::Result<void> note_coming(const std::string& name);
    base::Result<void> note_in_force(const std::string& name, journal::Offset offset);

    /// Removes what only records before `first` were judged by, but for versions named in
    /// `wanted`.   Returns: files removed.
    base::Result<std::size_t> remove_unneeded(journal::Offset first,
                                              const std::vector<std::string>& wanted);

  private:
    /// A set and the record that put it in force; 0: it may not have come to that.
    struct Entry {
        std::string name;
        journal::Offset offset = 0;
    };
    std::string path_of(std::string_view name) const { return folder_ + "/" + std::string(name); }
    base::Result<std::vector<Entry>> history() const;
    base::Result<void> write(const std::vector<Entry>& entries);

    base::Files& files_;
    const std::string folder_;
    mutable std::mutex mutex_;
    std::map<std::string, std::weak_ptr<const rule::intel::IndicatorIndex>> sets_;
    std::map<std::string, std::weak_ptr<const rule::intel::FeedSet>> feeds_;
};

/// The control record that says which set came into force, and what it says.
std::string indicators_control(const std::string& set_name);
/// Nothing if the record is about something else; the empty name: no feeds.
std::optional<std::string> indicators_of_control(std::string_view payload);

}  // namespace vedette::engine::intel
