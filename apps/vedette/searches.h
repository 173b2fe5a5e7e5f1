// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "engine/saved_search.h"

namespace vedette::apps {

/// The folder of saved searches in a data folder.
std::string searches_folder(const std::string& data_folder);

/// Writes a new search and tells the running server, if there is one: the path of its file.
/// Errors: bad_input for the name, or one that is taken; io.
base::Result<std::string> save_search(const std::string& data_folder,
                                      const engine::SavedSearch& search);

/// Has the running server read its searches again.   Returns: whether one runs
/// Errors: those of its reload.
base::Result<bool> reload_server(const std::string& data_folder);

}  // namespace vedette::apps
