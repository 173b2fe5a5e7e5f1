// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "engine/backup/manifest.h"
#include "engine/backup/tar.h"

namespace vedette::engine::backup {

/// Reads a backup whole, file by file: a folder, or an archive `*.tar.zst` (or plain `*.tar`).
/// Everything in it is taken for hostile: what is no plain file, or has a name that leads out, is
/// an error; links are never followed. Memory: one block. Errors: not_found, io, corrupt, limit;
/// those of the sink.
base::Result<void> read_backup(const std::string& path, FileSink& sink);

/// Reads all of it, compares each file with the manifest's size and hash, and finds none missing
/// and none too many.   Errors: as read_backup and decode_manifest; corrupt for the first that
/// differs.
base::Result<Manifest> check_backup(const std::string& path);

/// The manifest alone, of a backup in a folder, unchecked against the files.
base::Result<Manifest> read_manifest(const std::string& folder);

}  // namespace vedette::engine::backup
