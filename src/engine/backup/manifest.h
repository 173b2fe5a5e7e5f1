// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::engine::backup {

/// The name of the manifest within a backup.
inline constexpr std::string_view kManifestName = "manifest";

/// One file of a backup.
struct FileEntry {
    std::string name;  ///< within the backup, e.g. "journal/00000000000000000001.seg"
    std::uint64_t size_bytes = 0;
    std::string sha256_hex;
    bool operator==(const FileEntry&) const = default;
};

/// What the store's part of a backup holds.
struct StorePart {
    std::uint32_t schema = 0;
    std::uint64_t rows = 0;  ///< of the table events
    bool operator==(const StorePart&) const = default;
};

/// What a backup says of itself; written last, and it ends with a hash of its own lines, so that
/// nothing partial ever looks whole.
///
/// Lines of text, so that a person reads it without us and `sha256sum` can check it:
///   vedette backup 1
///   program 0.1.0
///   taken 2026-11-28T13:00:00.000Z
///   journal 1 4711              first and last record
///   judged 4700                 how far the views in it had come; the rest is replayed
///   stored 4680
///   state 1 <64 digits>         schema of state.sqlite, SHA-256 of its canonical export
///   store 1 123456              schema and rows of the store's part; no line: left out
///   file 4096 <64 digits> journal/00000000000000000001.seg
///   end <64 digits>             SHA-256 of every line above
struct Manifest {
    std::string program;
    base::Timestamp taken;
    std::uint64_t journal_first = 1, journal_end = 0;
    std::uint64_t judged_to = 0, stored_to = 0;
    std::uint32_t state_schema = 0;
    std::string state_digest;
    std::optional<StorePart> store;
    std::vector<FileEntry> files;  ///< in the order of their names

    std::uint64_t size_bytes() const;
    const FileEntry* find(std::string_view name) const;
    bool operator==(const Manifest&) const = default;
};

std::string encode(const Manifest& manifest);

/// Errors: corrupt if it is no whole manifest, or names a file in a way that is not ours (a path
/// that leads out, twice the same); unsupported if its form is newer; limit (limits.h).
base::Result<Manifest> decode_manifest(std::string_view text);

/// Whether a file may have this name within a backup: relative, no empty, `.` or `..` part, no
/// control characters, not longer than kNameBytesMax.
bool is_good_name(std::string_view name);

}  // namespace vedette::engine::backup
