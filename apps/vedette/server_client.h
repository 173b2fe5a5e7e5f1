// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/http_client.h"
#include "base/result.h"

namespace vedette::apps {

/// Asks the server that runs on a data folder, through its admin socket: the body of its answer.
/// Nothing if none answers there.
/// Errors: what the server said was wrong, with its code, place and hint; timeout.
base::Result<std::optional<std::string>> ask_server(const std::string& data_folder,
                                                    const base::HttpClientRequest& request);

}  // namespace vedette::apps
