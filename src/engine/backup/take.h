// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/backup/manifest.h"
#include "journal/journal.h"

namespace vedette::engine::backup {

/// What is asked of a server that runs on the data folder.
struct RunningServer {
    bool has_store = false;
    std::function<base::Result<journal::Offset>()> durable_end;
};

struct TakeOptions {
    std::string data_folder;  ///< absolute
    std::string target;       ///< absolute: a folder, or a file *.tar.zst
    std::string earlier;      ///< a backup in a folder, whose equal files get a second name
    std::string config_path;  ///< goes along; empty: none
    bool with_store = true;   ///< false: a restore rebuilds it from the journal
    std::optional<RunningServer> server;  ///< none: the folder is taken for our own meanwhile
};

struct TakeReport {
    Manifest manifest;
    std::uint64_t shared_bytes = 0;     ///< of files that are second names of an earlier backup's
    std::vector<std::string> left_out;  ///< paths that are no plain files
};

/// Takes a backup. A server goes on meanwhile: see Capture for why that is consistent, and Target
/// for why nothing partial ever looks whole.
/// Errors: bad_input (the target is there, or lies in the data folder), unavailable (another backup
/// or, without a server, another program on this folder), limit (the disk would not hold it), those
/// of journal, state and store.
/// Cost: reads everything once and writes it once; with a server it should run niced.
base::Result<TakeReport> take_backup(const TakeOptions& options);

}  // namespace vedette::engine::backup
