// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/web_fetch.h"

namespace vedette::engine::intel {

/// Whether a URL is that of a folder of MISP's events: its table of contents is `manifest.json`,
/// each event a file beside it.   Source: MISP feeds (documentation, "Feeds")
bool is_misp_manifest(std::string_view url);

/// The events that a manifest lists: UUID -> time of change. What is no UUID in lower case is left
/// out, for names become names of files.   Errors: bad_input for what is no manifest; limit.
base::Result<std::map<std::string, std::string>> read_misp_manifest(std::string_view text);

/// Brings a folder of files to what a manifest lists: fetches events that are new or changed,
/// removes those that are no longer listed. What was fetched before an error stays, and the next
/// time goes on behind it.   Errors: those of fetching; the folder is then not whole.
base::Result<void> fetch_misp_events(base::Files& files, const std::string& manifest_url,
                                     std::string_view manifest, const std::string& folder,
                                     base::WebFetchOptions options);

}  // namespace vedette::engine::intel
