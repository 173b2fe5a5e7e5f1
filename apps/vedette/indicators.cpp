// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/indicators.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/json_text.h"
#include "base/time.h"
#include "engine/intel/feed_words.h"
#include "engine/intel/kept_indicators.h"
#include "rule/intel/limits.h"

namespace vedette::apps {

using base::ErrorCode;
using base::Result;

void add_feed_options(CLI::App& command, IndicatorOptions& options) {
    command
        .add_option("--feed-format", options.feed_format,
                    "plain, csv, stix or misp; default: recognised by content")
        ->check(CLI::IsMember({"recognised", "plain", "csv", "stix", "misp"}));
    command.add_option("--type", options.type,
                       "of all values: ip, domain, url, email, md5, sha1, sha256, sha512, imphash, "
                       "user_agent, ja3, ja3s, ja4");
    command
        .add_option("--column", options.columns,
                    "role=NAME or role=NUMBER of a table (may be repeated); roles: value, type, "
                    "confidence, from, until, label, attack")
        ->allow_extra_args(false);
    command.add_option("--confidence", options.confidence, "where a feed does not say")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    command
        .add_option("--warning-lists", options.warning_paths,
                    "files or folders of what must be no indicator (may be repeated)")
        ->allow_extra_args(false);
}

Result<rule::intel::FeedSettings> feed_settings(const IndicatorOptions& options,
                                                const std::string& path) {
    rule::intel::FeedSettings settings;
    settings.name = engine::intel::feed_name_of(path);
    settings.format = *rule::intel::parse_feed_format(options.feed_format);
    settings.confidence = options.confidence;
    if (!options.type.empty()) {
        settings.type = rule::intel::parse_indicator_type(options.type);
        if (!settings.type) {
            return base::fail(ErrorCode::bad_input, "there is no type '" + options.type + "'",
                              "--type", "see --help");
        }
    }
    for (const std::string& column : options.columns) {
        const std::size_t equal = column.find('=');
        const std::string role = column.substr(0, equal);
        const auto& roles = rule::intel::column_roles();
        if (equal == std::string::npos ||
            std::find(roles.begin(), roles.end(), role) == roles.end()) {
            return base::fail(ErrorCode::bad_input, "'" + column + "' names no column", "--column",
                              "e.g. --column value=ioc");
        }
        settings.columns[role] = column.substr(equal + 1);
    }
    return settings;
}

Result<std::vector<CheckedFeed>> read_feeds(const IndicatorOptions& options) {
    VD_TRY(const auto warnings, engine::intel::read_warnings(options.warning_paths));
    std::vector<CheckedFeed> out;
    for (const std::string& path : options.paths) {
        VD_TRY(const auto settings, feed_settings(options, path));
        VD_TRY(auto read, rule::intel::read_feed_path(settings, warnings, path));
        out.push_back({path, std::move(read)});
    }
    return out;
}

Result<std::shared_ptr<const rule::intel::IndicatorIndex>> index_of(
    const IndicatorOptions& options) {
    if (options.paths.empty()) {
        base::SystemFiles files;
        engine::intel::KeptIndicators kept(files, options.data_folder);
        VD_TRY(const std::string name, kept.name_in_force());
        return kept.find(name);
    }
    VD_TRY(auto feeds, read_feeds(options));
    if (feeds.size() > rule::intel::kFeedsMax) {
        return base::fail(ErrorCode::limit, "too many feeds of indicators");
    }
    rule::intel::IndicatorIndex::Feeds sets;
    for (CheckedFeed& feed : feeds) {
        sets.push_back(std::make_shared<const rule::intel::FeedSet>(std::move(feed.read.set)));
    }
    return std::make_shared<const rule::intel::IndicatorIndex>(std::move(sets));
}

std::string indicator_json(const rule::intel::IndicatorIndex::Hit& hit) {
    const auto& indicator = hit.indicator;
    std::string out =
        fmt::format("{{\"type\":\"{}\",\"value\":", rule::intel::name(indicator.type));
    base::append_json_string(out, rule::intel::value_text(indicator.type, indicator.key));
    out += ",\"feed\":";
    base::append_json_string(out, hit.feed->feed());
    out += ",\"label\":";
    base::append_json_string(out, indicator.label);
    out += ",\"attack\":";
    base::append_json_string(out, indicator.attack);
    out += fmt::format(",\"confidence\":{}", indicator.confidence);
    const auto add_time = [&out](std::string_view key, std::int64_t seconds) {
        if (seconds == 0) return;
        out += fmt::format(",\"{}\":\"{}\"", key,
                           base::format_rfc3339({seconds * base::kNsPerSecond}, 0));
    };
    add_time("from", indicator.from_s);
    add_time("until", indicator.until_s);
    return out;
}

}  // namespace vedette::apps
