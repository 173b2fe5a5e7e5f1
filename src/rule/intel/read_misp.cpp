// SPDX-License-Identifier: Apache-2.0
// What MISP writes as JSON: an event, a search's response of events or attributes, lists of them.
// Source: MISP core format (draft-dulaunoy-misp-core-format)
#include "rule/intel/feed_input.h"
#include "rule/intel/json_object.h"
#include "rule/intel/type_names.h"

namespace vedette::rule::intel {

namespace {

using base::ErrorCode;
using base::Result;

/// What an event or attribute is tagged with.
struct Tags {
    std::optional<int> confidence;
    std::vector<std::string> attack;
};

/// Source: MISP taxonomies `misp:confidence-level` and `estimative-language`
void take_tag(const std::string& tag, Tags& out) {
    static constexpr std::pair<std::string_view, int> kConfidence[] = {
        {"misp:confidence-level=\"completely-confident\"", 100},
        {"misp:confidence-level=\"usually-confident\"", 75},
        {"misp:confidence-level=\"fairly-confident\"", 50},
        {"misp:confidence-level=\"rarely-confident\"", 25},
        {"misp:confidence-level=\"unconfident\"", 0},
        {"estimative-language:confidence-in-analytic-judgment=\"high\"", 85},
        {"estimative-language:confidence-in-analytic-judgment=\"moderate\"", 50},
        {"estimative-language:confidence-in-analytic-judgment=\"low\"", 15},
    };
    for (const auto& [text, confidence] : kConfidence) {
        if (tag == text) out.confidence = confidence;
    }
    if (tag.find("mitre-") != std::string::npos) append_attack_ids(out.attack, tag);
}

void take_tags(const JsonObject& owner, Tags& out) {
    for_each_element(owner.member("Tag"), [&](std::string_view written) {
        take_tag(JsonObject(written).text("name"), out);
    });
    for_each_element(owner.member("Galaxy"), [&](std::string_view written) {
        for_each_element(
            JsonObject(written).member("GalaxyCluster"),
            [&](std::string_view cluster) { take_tag(JsonObject(cluster).text("tag_name"), out); });
    });
}

class Reader {
  public:
    Reader(FeedInput& out, std::string_view where) : out_(out), where_(where) {}

    /// An object of any of the shapes, or a list of them. False if it is none.
    bool any(std::string_view written, int depth = 0) {
        constexpr int kDepthMax = 4;  // response, list, event
        if (depth > kDepthMax) return false;
        const std::size_t begin = written.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) return false;
        if (written[begin] == '[') {
            bool is_good = true;
            const bool is_list = for_each_element(written, [&](std::string_view element) {
                is_good = any(element, depth + 1) && is_good;
            });
            return is_list && is_good;
        }
        const JsonObject object(written);
        if (!object.is_good()) return false;
        if (const auto inner = object.member("response"); !inner.empty())
            return any(inner, depth + 1);
        if (const auto inner = object.member("Event");
            !inner.empty() && object.member("value").empty()) {
            return event(inner);
        }
        if (!object.member("Attribute").empty() || !object.member("Object").empty()) {
            return event(written);
        }
        if (!object.member("type").empty() && !object.member("value").empty()) {
            attribute(written, "", {});
            return true;
        }
        return false;
    }

  private:
    bool event(std::string_view written) {
        const JsonObject event(written);
        if (!event.is_good()) return false;
        Tags tags;
        take_tags(event, tags);
        const std::string info = event.text("info");
        bool is_whole = attributes(event, info, tags);
        if (const auto objects = event.member("Object"); !objects.empty()) {
            is_whole = for_each_element(objects,
                                        [&](std::string_view element) {
                                            const JsonObject object(element);
                                            if (!object.is_true("deleted"))
                                                attributes(object, info, tags);
                                        }) &&
                       is_whole;
        }
        return is_whole;
    }

    bool attributes(const JsonObject& owner, const std::string& info, const Tags& tags) {
        const auto list = owner.member("Attribute");
        return list.empty() || for_each_element(list, [&](std::string_view element) {
                   attribute(element, info, tags);
               });
    }

    void attribute(std::string_view written, const std::string& info, Tags tags) {
        const std::string at = std::string(where_) + " attribute " + std::to_string(++count_);
        const JsonObject attribute(written);
        const std::string type = attribute.text("type"), value = attribute.text("value");
        if (!attribute.is_good()) return out_.refuse("an attribute that cannot be read", at);
        if (attribute.is_true("deleted")) return;
        if (!attribute.is_true("to_ids"))
            return out_.refuse("not for detection (to_ids)", at, value);
        const auto types = types_of_name(type);
        if (types.empty()) return out_.refuse("the type " + type.substr(0, 40), at, value);
        take_tags(attribute, tags);
        FeedEntry entry;
        entry.value = value;
        entry.confidence = tags.confidence;
        entry.attack = std::move(tags.attack);
        entry.from_s = read_feed_time(attribute.text("first_seen"));
        if (!entry.from_s) {
            if (const auto seconds = attribute.whole("timestamp")) {
                entry.from_s = read_feed_time(std::to_string(*seconds));
            }
        }
        const std::string comment = attribute.text("comment");
        entry.label = info.empty() ? std::string_view(comment) : std::string_view(info);
        if (entry.label.empty() && !attribute.member("Event").empty()) {
            event_info_ = JsonObject(attribute.member("Event")).text("info");
            entry.label = event_info_;
        }
        add_typed_parts(out_, entry, types, at);
    }

    FeedInput& out_;
    std::string_view where_;
    std::size_t count_ = 0;
    std::string event_info_;
};

}  // namespace

Result<void> read_misp(FeedInput& out, std::string_view where, std::string_view text) {
    if (Reader(out, where).any(text)) return {};
    return base::fail(ErrorCode::bad_input, "this is no whole JSON of MISP", std::string(where),
                      "an event, `{\"response\": [...]}`, or a list of events or attributes");
}

}  // namespace vedette::rule::intel
