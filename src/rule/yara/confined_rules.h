// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rule/yara/compilation.h"
#include "rule/yara/file_matches.h"
#include "sandbox/pool.h"

namespace vedette::rule::yara {

/// A set of YARA rules that is compiled and held against files in confined workers only: neither a
/// rule nor a file can do more there than compute. The workers are this set's own.
///
/// A file of rules that kills its worker, or keeps it for too long, is found by halving, refused
/// with each of its rules named, and the others are compiled without it. Threads: any; a scan waits
/// while all workers are busy.   Cost: a copy of the compiled rules to each worker; then per file
/// about 100 us, its reading, and libyara's work.
class ConfinedRules {
    struct Private {};

  public:
    /// For make() alone.
    explicit ConfinedRules(Private) {}

    /// `workers_max`: how many files are looked at at once; 0: one per core.
    /// Errors: not_found (no worker program); limit for a set beyond limits.h.
    static base::Result<std::shared_ptr<const ConfinedRules>> make(const NamedFiles& files,
                                                                   std::size_t workers_max = 0);

    const std::vector<RuleInfo>& rules() const { return compilation_.rules; }
    const std::vector<Problem>& problems() const { return compilation_.problems; }
    std::uint64_t problems_left_out() const { return compilation_.problems_left_out; }
    /// Names the compiled set by its content.
    const std::string& name() const { return name_; }
    std::size_t memory_bytes() const { return compilation_.compiled.size(); }

    /// Holds a file, which is read from its beginning, against the rules. `path`: what rules are
    /// told that it is called. Errors: limit (larger than kScannedBytesMax); timeout; unavailable
    /// (the worker died of it twice); io.
    base::Result<FileMatches> scan(int file, const std::string& path) const;

    sandbox::PoolStatus status() const { return workers_->status(); }

  private:
    std::unique_ptr<sandbox::Pool> workers_;
    Compilation compilation_;
    std::string name_;
};

/// A file without a name in memory that holds these bytes, for ConfinedRules::scan.
/// Errors: io.
base::Result<base::OwnedFd> file_in_memory(std::string_view bytes);

}  // namespace vedette::rule::yara
