// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "rule/yara/file_matches.h"
#include "rule/yara/libyara.h"

namespace vedette::rule::yara {

/// Compiled rules, ready to be held against files, in this process: for a confined worker
/// (yara_job.h) and for tests. Threads: one at a time.
class Scanner {
  public:
    /// Errors: corrupt, for bytes that are no compiled set; unavailable.
    /// Does not promise: anything for bytes that were made to harm. They come from our own worker,
    /// and are loaded in one.
    static base::Result<Scanner> load(std::string_view compiled);

    /// `path` is what the file is called, for rules that ask (filename, filepath, extension).
    /// A rule that cannot be decided for want of a bound is left out for this file and named in
    /// FileMatches::gave_up. Errors: timeout, limit.
    base::Result<FileMatches> scan(std::string_view bytes, const std::string& path,
                                   int seconds_max);

  private:
    explicit Scanner(OwnedRules rules) : rules_(std::move(rules)) {}

    OwnedRules rules_;
};

}  // namespace vedette::rule::yara
