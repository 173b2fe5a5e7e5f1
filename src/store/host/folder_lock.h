// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace vedette::store::host {

/// The right to a data folder, kept until the descriptor closes or the process ends in any way.
/// The engine has a lock of its own (the file `status`) and prints only a line when it does not get
/// it; asking first, under a lock that every child of ours takes, makes "another has it" something
/// that can be told from all other reasons not to start.
/// Errors: unavailable if another process holds the folder, with its number where that is known;
/// else those of making the file.
base::Result<base::OwnedFd> lock_folder(const std::string& data_folder);

}  // namespace vedette::store::host
