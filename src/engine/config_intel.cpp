// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "base/web_fetch.h"
#include "engine/config_setters.h"
#include "engine/intel/intel_config.h"
#include "rule/intel/limits.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;

constexpr double kHistoryDaysMax = 36'500;

/// `90s`, `5min`, `1h`, `1d`.
Setter duration(std::int64_t& target_s, std::int64_t shortest_s) {
    return [&target_s, shortest_s](const YAML::Node& node, const std::string& at) -> Result<void> {
        const std::string words = node.IsScalar() ? node.Scalar() : std::string();
        const auto read = read_silence(YAML::Node("after " + words), at);
        if (read && *read >= shortest_s) {
            target_s = *read;
            return {};
        }
        return base::fail(ErrorCode::bad_input, "how often belongs here", at,
                          "e.g. 15min, 1h or 1d; at least " + std::to_string(shortest_s) + "s");
    };
}

/// A name out of a list that `parse` knows.
template <typename Value, typename Parse>
Setter word(Value& target, Parse parse, const char* what) {
    return [&target, parse, what](const YAML::Node& node, const std::string& at) -> Result<void> {
        const auto read = node.IsScalar() ? parse(node.Scalar()) : std::nullopt;
        if (!read) return base::fail(ErrorCode::bad_input, std::string("this is no ") + what, at);
        target = *read;
        return {};
    };
}

Setter feed_columns(std::map<std::string, std::string>& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        Setters roles;
        for (const std::string& role : rule::intel::column_roles())
            roles[role] = text(target[role]);
        VD_TRY_DO(read_mapping(node, where, roles));
        std::erase_if(target, [](const auto& column) { return column.second.empty(); });
        if (!target.empty()) return {};
        return base::fail(ErrorCode::bad_input, "columns name what is where", at,
                          "e.g. {value: ioc}");
    };
}

Result<intel::FeedConfig> read_intel_feed(const YAML::Node& item, const std::string& where) {
    constexpr double kMb = 1 << 20;
    constexpr std::int64_t kShortestS = 10;
    intel::FeedConfig feed;
    rule::intel::FeedSettings& settings = feed.settings;
    feed.where = place(where, item);
    VD_TRY_DO(read_mapping(
        item, where,
        {{"name", text(settings.name)},
         {"path", text(feed.path)},
         {"url", text(feed.url)},
         {"every", duration(feed.every_s, kShortestS)},
         {"format", word(settings.format, rule::intel::parse_feed_format,
                         "format of a feed: plain, csv, stix or misp")},
         {"type", word(settings.type, rule::intel::parse_indicator_type, "type of indicators")},
         {"columns", feed_columns(settings.columns, where)},
         {"confidence", number(settings.confidence, 1, 0, 100)},
         {"confidence_min", number(settings.confidence_min, 1, 0, 100)},
         {"expire_days", number(settings.expire_days, 1, 0, kHistoryDaysMax)},
         {"headers_file", text(feed.headers_file)},
         {"ca_file", text(feed.ca_file)},
         {"mb_max", number(feed.bytes_max, kMb, 1, 1'024)},
         {"timeout_s", number(feed.timeout_s, 1, 1, 3'600)}}));
    if (!intel::is_feed_name(settings.name)) {
        return base::fail(ErrorCode::bad_input, "a feed needs a name", feed.where,
                          "letters, digits, '_', '-', '.'; up to 64");
    }
    if (feed.path.empty() == feed.url.empty()) {
        return base::fail(ErrorCode::bad_input, "a feed has a path or a url", feed.where);
    }
    if (feed.url.empty()) return feed;
    if (const auto url = base::parse_web_url(feed.url); !url) {
        return base::fail(ErrorCode::bad_input, url.error().text, feed.where);
    }
    return feed;
}

Setter intel_feeds(std::vector<intel::FeedConfig>& target, const std::string& where) {
    return [&target, where](const YAML::Node& node, const std::string& at) -> Result<void> {
        if (!node.IsSequence() || node.size() > rule::intel::kFeedsMax) {
            return base::fail(ErrorCode::bad_input, "a list of feeds belongs here", at,
                              "e.g. `- {name: abuse, url: \"https://...\", every: 1h}`");
        }
        target.clear();
        std::set<std::string> names;
        for (const auto& item : node) {
            VD_TRY(intel::FeedConfig feed, read_intel_feed(item, where));
            if (!names.insert(feed.settings.name).second) {
                return base::fail(ErrorCode::bad_input, "two feeds are named " + feed.settings.name,
                                  feed.where);
            }
            target.push_back(std::move(feed));
        }
        return {};
    };
}

}  // namespace

Setters intel_settings(intel::IntelConfig& config, const std::string& where) {
    return {{"feeds", intel_feeds(config.feeds, where)},
            {"warning_lists", texts(config.warning_paths)},
            {"history_days", number(config.history_days, 1, 0, kHistoryDaysMax)}};
}

}  // namespace vedette::engine
