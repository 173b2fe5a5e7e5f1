// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "source/file/position.h"

namespace vedette::source::file {

/// A file seen while looking.
struct Seen {
    std::string path;
    FileIdentity identity;
    std::uint64_t size_bytes = 0;
    std::int64_t changed_ns = 0;  ///< time of the last change of its content
    bool is_wanted = false;  ///< fits a pattern; else it only has a rotated name of a known file
};

/// Finds files by patterns: `*`, `?` and `[...]` within a name, `**` for any folders. A name that
/// begins with a dot wants the dot written. Regular files only; links to files are followed, links
/// to folders only where the pattern names them.
class PathPatterns {
  public:
    PathPatterns(std::vector<std::string> wanted, std::vector<std::string> excluded)
        : wanted_(std::move(wanted)), excluded_(std::move(excluded)) {}

    /// Everything there now, each file once, in order of paths. In folders that hold one of
    /// `known_paths` also files with a rotated form of its name ("app.log.1",
    /// "app.log-20261122.gz"). Folders and files without rights are left out and told to
    /// `on_denied`.
    std::vector<Seen> look(const std::set<std::string>& families,
                           const std::function<void(const std::string& path)>& on_denied) const;

    bool is_excluded(const std::string& path) const;

  private:
    std::vector<std::string> wanted_;
    std::vector<std::string> excluded_;
};

/// Whether a path fits a pattern with `**`.
bool path_fits(std::string_view pattern, std::string_view path);

/// Nothing if there is no such regular file, or no right to see it.
std::optional<Seen> look_at(const std::string& path);
/// The same for an open file.
std::optional<Seen> look_at_open(int fd);

/// Opens a file that was seen; not open if it is another one by now (renamed since we looked) or
/// there is no right to.
base::OwnedFd open_seen(const Seen& seen);

/// The path without what rotation puts behind it: "/a/app.log" for "/a/app.log.2.gz" and for
/// "/a/app.log-20261122". Files of one family may be copies of each other.
std::string family_of(std::string_view path);

}  // namespace vedette::source::file
