// SPDX-License-Identifier: Apache-2.0
// Bundles of STIX 2.0 and 2.1. Three passes over the text: the newest version of each indicator,
// techniques and what indicates them, and then the indicators themselves; nothing is built.
// Source: STIX 2.1 sections 4.7 (indicator), 3.2 (versions), 5 (relationships), appendix A
#include <algorithm>
#include <unordered_map>

#include "base/hash.h"
#include "base/time.h"
#include "rule/intel/feed_input.h"
#include "rule/intel/json_object.h"
#include "rule/intel/limits.h"
#include "rule/intel/stix_pattern.h"

namespace vedette::rule::intel {

namespace {

using base::ErrorCode;
using base::Result;

class Bundle {
  public:
    Bundle(FeedInput& out, std::string_view where) : out_(out), where_(where) {}

    Result<void> read(std::string_view text) {
        const JsonObject top(text);
        objects_ = top.member("objects");
        if (!top.is_good() || objects_.empty()) {
            return base::fail(ErrorCode::bad_input, "this is no whole bundle of STIX",
                              std::string(where_), "an object with `type: bundle` and `objects`");
        }
        const bool is_list =
            for_each_element(objects_, [this](std::string_view element) { survey(element); });
        if (!is_list) {
            return base::fail(ErrorCode::bad_input, "the objects of the bundle are no list",
                              std::string(where_));
        }
        std::sort(versions_.begin(), versions_.end());
        for (const auto& [source, target] : indicates_) {
            const auto technique = techniques_.find(target);
            if (technique == techniques_.end()) continue;
            for (const std::string& id : technique->second) {
                append_attack_ids(attack_[source], id);
            }
        }
        for_each_element(objects_, [this](std::string_view element) { indicator(element); });
        return {};
    }

  private:
    static std::int64_t modified_of(const JsonObject& object) {
        const auto time = base::parse_rfc3339(object.text("modified"));
        return time ? time->unix_ns : 0;
    }

    void survey(std::string_view written) {
        const JsonObject object(written);
        const std::string type = object.text("type");
        if (type == "indicator") {
            versions_.emplace_back(base::hash64(object.text("id")), modified_of(object));
        } else if (type == "attack-pattern" && techniques_.size() < kRelationshipsMax) {
            for_each_element(object.member("external_references"), [&](std::string_view reference) {
                const JsonObject external(reference);
                if (external.text("source_name").starts_with("mitre")) {
                    append_attack_ids(techniques_[object.text("id")], external.text("external_id"));
                }
            });
        } else if (type == "relationship" && indicates_.size() < kRelationshipsMax &&
                   object.text("relationship_type") == "indicates") {
            indicates_.emplace_back(object.text("source_ref"), object.text("target_ref"));
        }
    }

    bool is_newest(const JsonObject& object) const {
        const std::pair<std::uint64_t, std::int64_t> behind{base::hash64(object.text("id")),
                                                            INT64_MAX};
        const auto end = std::upper_bound(versions_.begin(), versions_.end(), behind);
        return end == versions_.begin() || std::prev(end)->second <= modified_of(object);
    }

    void indicator(std::string_view written) {
        ++count_;
        const JsonObject object(written);
        if (object.text("type") != "indicator") return;
        const std::string at = std::string(where_) + " object " + std::to_string(count_);
        const std::string pattern_type = object.text("pattern_type"),
                          pattern = object.text("pattern");
        if (!object.is_good()) return out_.refuse("an indicator that cannot be read", at);
        if (object.is_true("revoked")) return out_.refuse("revoked", at, pattern);
        if (!is_newest(object)) return out_.refuse("an older version", at, pattern);
        if (!pattern_type.empty() && pattern_type != "stix") {
            return out_.refuse("a pattern of type " + pattern_type.substr(0, 40), at, pattern);
        }
        const StixPattern read = read_stix_pattern(pattern);
        for (const std::string& reason : read.refused) out_.refuse(reason, at, pattern);
        if (read.values.empty() && read.refused.empty())
            out_.refuse("a pattern without values", at, pattern);
        FeedEntry entry;
        if (const auto confidence = object.whole("confidence")) {
            entry.confidence = static_cast<int>(std::clamp<std::int64_t>(*confidence, 0, 100));
        }
        entry.from_s = read_feed_time(object.text("valid_from"));
        entry.until_s = read_feed_time(object.text("valid_until"));
        const std::string label = object.text("name");
        entry.label = label;
        take_attack(object, entry);
        for (const auto& [type, value] : read.values) {
            entry.type = type;
            entry.value = value;
            out_.add(entry, at);
        }
    }

    void take_attack(const JsonObject& object, FeedEntry& entry) const {
        for_each_element(object.member("external_references"), [&](std::string_view reference) {
            const JsonObject external(reference);
            if (external.text("source_name").starts_with("mitre")) {
                append_attack_ids(entry.attack, external.text("external_id"));
            }
        });
        for_each_element(object.member("labels"), [&](std::string_view label) {
            append_attack_ids(entry.attack, json_text_of(label).value_or(std::string()));
        });
        const auto related = attack_.find(object.text("id"));
        if (related == attack_.end()) return;
        for (const std::string& id : related->second) append_attack_ids(entry.attack, id);
    }

    FeedInput& out_;
    std::string_view where_, objects_;
    std::size_t count_ = 0;
    std::vector<std::pair<std::uint64_t, std::int64_t>> versions_;  // id's hash -> modified
    std::unordered_map<std::string, std::vector<std::string>> techniques_, attack_;
    std::vector<std::pair<std::string, std::string>> indicates_;
};

}  // namespace

Result<void> read_stix(FeedInput& out, std::string_view where, std::string_view text) {
    return Bundle(out, where).read(text);
}

}  // namespace vedette::rule::intel
