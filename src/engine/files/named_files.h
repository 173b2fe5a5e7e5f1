// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "detect/file_judge.h"
#include "event/batch.h"

namespace vedette::engine::files {

/// A file that an event of this machine names.
struct NamedFile {
    std::string path;
    std::string source, origin;
    std::uint64_t record = 0;
    base::Timestamp time;
    event::EventId event;
    std::vector<event::Entity> entities;
};

/// How events are told that this machine wrote from all others.
///
/// A path means something on the machine that wrote it only. So an event counts as ours if a source
/// that reads this machine brought it (a file, systemd's journal, standard input), and the host it
/// names, if it names one, is this machine: a log of others may lie in a file here. Of a source
/// that the operator names as ours too, the host must be named. Events of containers never count:
/// their paths are their own.
struct ThisMachine {
    std::set<std::string, std::less<>> local_sources, named_sources;  ///< names of sources
    std::set<std::string, std::less<>> hosts;                         ///< lower case

    void add_host(std::string_view name);
    bool is_host(std::string_view name) const;
};

/// What this machine calls itself: its name with and without domain, and localhost.
std::set<std::string, std::less<>> own_host_names();

/// Picks the files that rows name: process.executable and file.path, absolute, not of /proc, /sys,
/// /dev. Threads: one at a time.
class NamedFiles {
  public:
    NamedFiles(ThisMachine machine, event::FieldDictionary& fields);
    void pick(const event::Batch& batch, const std::function<void(NamedFile)>& found) const;

  private:
    bool is_ours(const event::Batch& batch, std::uint32_t row) const;

    ThisMachine machine_;
    event::FieldId host_, container_;
    std::vector<event::FieldId> paths_;
};

/// For the snapshot of what waits.
void put(std::string& out, const NamedFile& file);
base::Result<std::vector<NamedFile>> read_named_files(std::string_view bytes);

}  // namespace vedette::engine::files
