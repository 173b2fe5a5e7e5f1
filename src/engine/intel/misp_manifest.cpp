// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/misp_manifest.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/json_scan.h"
#include "rule/intel/json_object.h"
#include "rule/intel/limits.h"

namespace vedette::engine::intel {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kManifest = "/manifest.json";
constexpr std::size_t kUuidBytes = 36, kStampBytesMax = 20;

bool is_uuid(std::string_view text) {
    if (text.size() != kUuidBytes) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash ? c != '-' : !is_digit) return false;
    }
    return true;
}

std::string_view without_query(std::string_view url) {
    return url.substr(0, url.find_first_of("?#"));
}

Result<std::string> fetch_event(const std::string& url, const std::string& query,
                                const base::WebFetchOptions& options) {
    std::string body;
    VD_TRY(const auto head, base::web_fetch(url + query, options, [&body](std::string_view piece) {
               body.append(piece);
               return Result<void>();
           }));
    if (head.status == 200) return body;
    return base::fail(
        ErrorCode::unavailable,
        "the server answered with status " + std::to_string(head.status) + " for an event", url);
}

}  // namespace

bool is_misp_manifest(std::string_view url) { return without_query(url).ends_with(kManifest); }

Result<std::map<std::string, std::string>> read_misp_manifest(std::string_view text) {
    std::map<std::string, std::string> out;
    base::JsonScan in(text);
    const bool is_whole = in.object([&](std::string_view uuid) {
        std::string_view written;
        if (!in.value(written) || out.size() > rule::intel::kFeedFilesMax) return false;
        const rule::intel::JsonObject event(written);
        const auto stamp = event.whole("timestamp");
        if (is_uuid(uuid) && event.is_good()) {
            out[std::string(uuid)] = std::to_string(stamp.value_or(0)).substr(0, kStampBytesMax);
        }
        return true;
    });
    if (out.size() > rule::intel::kFeedFilesMax) {
        return base::fail(ErrorCode::limit, "the manifest lists more events than " +
                                                std::to_string(rule::intel::kFeedFilesMax));
    }
    if (is_whole && in.is_at_end()) return out;
    return base::fail(ErrorCode::bad_input, "this is no whole manifest of MISP");
}

Result<void> fetch_misp_events(base::Files& files, const std::string& manifest_url,
                               std::string_view manifest, const std::string& folder,
                               base::WebFetchOptions options) {
    VD_TRY(const auto events, read_misp_manifest(manifest));
    const std::string_view path = without_query(manifest_url);
    const std::string beside(path.substr(0, path.size() - kManifest.size() + 1));
    const std::string query = manifest_url.substr(path.size());
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(options.total_timeout_ms);
    VD_TRY_DO(files.make_folders(folder));
    VD_TRY(const auto there, files.list(folder));
    std::set<std::string> unlisted(there.begin(), there.end());
    // All events together are one feed, with one bound.
    std::uint64_t room_bytes = options.body_bytes_max;
    const auto take_room = [&](std::uint64_t bytes) -> Result<void> {
        if (bytes > room_bytes) {
            return base::fail(ErrorCode::limit, "the events are too large together", beside);
        }
        room_bytes -= bytes;
        return {};
    };
    for (const auto& [uuid, stamp] : events) {
        const std::string name = uuid + "." + stamp + ".json";
        if (unlisted.erase(name) > 0) {
            VD_TRY(const std::uint64_t size, files.size_bytes(folder + "/" + name));
            VD_TRY_DO(take_room(size));
            continue;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return base::fail(ErrorCode::timeout,
                              "not all events came in time: it goes on next time", beside);
        }
        options.total_timeout_ms = static_cast<int>(left.count());
        options.body_bytes_max = std::max<std::uint64_t>(room_bytes, 1);
        VD_TRY(const std::string body, fetch_event(beside + uuid + ".json", query, options));
        VD_TRY_DO(take_room(body.size()));
        VD_TRY_DO(files.replace(folder + "/" + name, body));
    }
    for (const std::string& name : unlisted) VD_TRY_DO(files.remove(folder + "/" + name));
    return {};
}

}  // namespace vedette::engine::intel
