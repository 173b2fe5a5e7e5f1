// SPDX-License-Identifier: Apache-2.0
#include "engine/holds.h"

#include <simdjson.h>

#include <algorithm>

#include "base/hash.h"
#include "base/json_text.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;

auto corrupt(const std::string& where) {
    return base::fail(ErrorCode::corrupt, "the text of a hold is damaged", where,
                      "restore it from a backup: nothing is removed until then");
}

}  // namespace

std::string encode(const HoldText& text) {
    std::string out = "{\"query\":";
    base::append_json_string(out, text.query);
    out += ",\"reason\":";
    base::append_json_string(out, text.reason);
    out += ",\"from\":";
    base::append_json_string(out, text.from);
    out += ",\"to\":";
    base::append_json_string(out, text.to);
    out += ",\"salt\":";
    base::append_json_string(out, text.salt);
    return out + "}";
}

Result<HoldText> decode_hold_text(std::string_view bytes) {
    simdjson::dom::parser parser;
    simdjson::dom::object from;
    const simdjson::padded_string padded(bytes);
    if (bytes.size() > kHoldTextBytesMax || parser.parse(padded).get(from) != simdjson::SUCCESS) {
        return corrupt({});
    }
    HoldText text;
    for (const auto& [key, target] :
         {std::pair("query", &text.query), std::pair("reason", &text.reason),
          std::pair("from", &text.from), std::pair("to", &text.to),
          std::pair("salt", &text.salt)}) {
        std::string_view value;
        if (from[key].get(value) != simdjson::SUCCESS) return corrupt({});
        *target = value;
    }
    return text;
}

Result<std::string> KeptHolds::keep(const HoldText& text) {
    const std::string bytes = encode(text);
    if (bytes.size() > kHoldTextBytesMax) {
        return base::fail(ErrorCode::limit, "query and reason of the hold are too long");
    }
    const std::string name = base::hash128(bytes).hex();
    VD_TRY_DO(files_.make_folders(folder_));
    VD_TRY_DO(files_.replace(path_of(name), bytes));
    return name;
}

Result<std::optional<HoldText>> KeptHolds::find(const std::string& name) const {
    const std::string path = path_of(name);
    const auto size = files_.size_bytes(path);
    if (!size && size.error().code == ErrorCode::not_found) return std::optional<HoldText>();
    if (!size) return tl::unexpected(size.error());
    VD_TRY(const std::string bytes, files_.read(path, 0, kHoldTextBytesMax));
    if (base::hash128(bytes).hex() != name) return corrupt(path);
    VD_TRY(HoldText text, decode_hold_text(bytes));
    return std::optional<HoldText>(std::move(text));
}

Result<void> KeptHolds::remove(const std::string& name) {
    if (!files_.size_bytes(path_of(name))) return {};
    VD_TRY_DO(files_.remove(path_of(name)));
    return files_.sync_folder(folder_);
}

std::vector<Hold> holds_of(const std::vector<DecisionAt>& decisions) {
    std::vector<Hold> holds;
    for (const DecisionAt& at : decisions) {
        if (const auto* added = std::get_if<HoldDecision>(&at.decision)) {
            holds.push_back({*added, at.offset, 0, {}});
        }
        const auto* released = std::get_if<ReleaseDecision>(&at.decision);
        if (released == nullptr) continue;
        for (Hold& hold : holds) {
            if (hold.added.name != released->name || hold.released_at != 0) continue;
            hold.released_at = at.offset;
            hold.released = *released;
        }
    }
    return holds;
}

std::vector<Hold> holds_at(const std::vector<DecisionAt>& decisions, journal::Offset offset) {
    std::vector<Hold> holds = holds_of(decisions);
    std::erase_if(holds, [&](const Hold& hold) {
        return hold.offset >= offset || (hold.released_at != 0 && hold.released_at <= offset);
    });
    return holds;
}

Result<std::string> event_condition(rule::search::SqlWriter& writer, std::string_view query,
                                    std::string_view from, std::string_view to,
                                    base::Timestamp now) {
    const auto node = rule::search::parse_query(query);
    if (!node) return tl::unexpected(rule::search::to_error(query, node.error()));
    const auto plan = rule::search::plan_query(*node, now, event::LookupSet());
    if (!plan) return tl::unexpected(rule::search::to_error(query, plan.error()));
    VD_TRY(const auto range, rule::search::parse_time_range(from, to, now));
    return "(" + writer.condition(range, "time") + " AND " + writer.condition(*plan) + ")";
}

Result<std::string> held_condition(rule::search::SqlWriter& writer, const KeptHolds& kept,
                                   const std::vector<Hold>& holds) {
    std::string out;
    for (const Hold& hold : holds) {
        VD_TRY(const auto text, kept.find(hold.added.text_hash));
        if (!text && hold.released_at != 0) continue;
        if (!text) return corrupt(kept.path_of(hold.added.text_hash));
        VD_TRY(const std::string condition,
               event_condition(writer, text->query, text->from, text->to, hold.added.at));
        out += (out.empty() ? "" : " OR ") + condition;
    }
    return out;
}

}  // namespace vedette::engine
