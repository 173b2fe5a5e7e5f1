// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/backup/tar.h"

namespace vedette::engine::backup {

/// Where a backup is written: a folder, or one file `*.tar.zst`. It is made beside its name and
/// gets that name as the last step, when all of it is on the disk; one that is given up, or whose
/// process is killed, leaves at most `<name>.unfinished-backup`, which the next one removes. Files:
/// readable by their owner alone.   Threads: one at a time.
class Target : public FileSink {
  public:
    /// Errors: bad_input if something of that name is there already; denied, io, limit (disk full).
    static base::Result<std::unique_ptr<Target>> make(const std::string& path);

    /// Instead of begin, bytes, end: the file is the same as one of an earlier backup, and becomes
    /// a second name for it. False if this target or its file system cannot do that.
    virtual bool link(std::string_view name, const std::string& path_of_same) = 0;

    /// Makes everything durable and gives it its name. The manifest was the last file.
    virtual base::Result<void> finish() = 0;
};

/// The name under which a backup is made.
std::string unfinished_path(const std::string& path);
/// Whether a path names a backup in one file.
bool is_archive_name(std::string_view path);

}  // namespace vedette::engine::backup
