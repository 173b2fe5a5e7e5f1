// SPDX-License-Identifier: Apache-2.0
#include "engine/clocks.h"

#include <fnmatch.h>

#include "base/log.h"
#include "engine/limits.h"
#include "parse/clock_hints.h"
#include "parse/line_time.h"

namespace vedette::engine {

using base::ErrorCode;
using base::Result;

namespace {

/// Makes every zone known that a chunk in the journal may name.
Result<void> remember_kept(base::Files& files, const std::string& folder) {
    VD_TRY_DO(files.make_folders(folder));
    VD_TRY(const auto names, files.list(folder));
    for (const std::string& name : names) {
        std::string path = folder;
        path.append("/").append(name);
        VD_TRY(const std::string bytes, files.read(path, 0, kZoneFileBytesMax));
        const auto hash = parse::remember_zone(bytes);
        if (hash && *hash == name) continue;
        // Times of its chunks are read as UTC at a replay; the rest is as it was.
        base::log::error("clocks.kept_zone_damaged", {{"path", path}});
    }
    return {};
}

Result<std::string> zone_text(const ClockSettings& settings, base::Files& files,
                              const std::string& kept_folder) {
    if (parse::zone_offset_s(settings.zone)) return settings.zone;
    const auto unknown = [&](const std::string& why) {
        return base::fail(ErrorCode::bad_input, why, settings.where,
                          "a name like Europe/Berlin, or an offset like +02:00");
    };
    if (!parse::is_zone_name(settings.zone)) {
        return unknown("'" + settings.zone + "' is no time zone");
    }
    const auto bytes =
        base::read_file(std::string(parse::kZoneFolder) + settings.zone, kZoneFileBytesMax);
    if (!bytes) return unknown("this machine knows no time zone '" + settings.zone + "'");
    auto hash = parse::remember_zone(*bytes);
    if (!hash) return unknown("'" + settings.zone + "': " + hash.error().text);
    const std::string path = kept_folder + "/" + *hash;
    if (!kept_folder.empty() && !files.size_bytes(path)) VD_TRY_DO(files.replace(path, *bytes));
    return settings.zone + "@" + *hash;
}

}  // namespace

Result<Clocks> Clocks::make(const std::vector<ClockSettings>& settings, base::Files& files,
                            const std::string& kept_folder) {
    if (!kept_folder.empty()) VD_TRY_DO(remember_kept(files, kept_folder));
    Clocks out;
    for (const ClockSettings& told : settings) {
        std::string clock;
        if (!told.zone.empty()) {
            VD_TRY(const std::string zone, zone_text(told, files, kept_folder));
            clock += " zone=" + zone;
        }
        if (told.year) clock += " year=" + std::to_string(*told.year);
        if (told.ahead_ms != 0) clock += " ahead_ms=" + std::to_string(told.ahead_ms);
        if (!clock.empty()) clock.erase(0, 1);
        out.entries_.push_back({told.source, told.origin, std::move(clock)});
    }
    return out;
}

std::string Clocks::of(const std::string& source, const std::string& origin) const {
    for (const Entry& entry : entries_) {
        if (::fnmatch(entry.source.c_str(), source.c_str(), 0) == 0 &&
            ::fnmatch(entry.origin.c_str(), origin.c_str(), 0) == 0) {
            return entry.clock;
        }
    }
    return {};
}

}  // namespace vedette::engine
