// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/files.h"

namespace vedette::engine::files {

/// An open regular file, and which one it is.
struct OpenedFile {
    base::OwnedFd file;
    struct stat info {};
};

/// Opens what a log names, which whoever writes logs chooses. It is looked at before it is opened,
/// so that no pipe is waited for and no device is touched; what is opened is what was looked at,
/// whatever happens to the name meanwhile. Errors: not_found, denied; unsupported for a link at the
/// path's end, for what is no regular file, and for file systems that are no disk of this machine
/// (proc, sys, network, FUSE): the first have files that never end, the others may never answer.
/// Source: openat2(2), open(2)
base::Result<OpenedFile> open_named_file(const std::string& path);

}  // namespace vedette::engine::files
