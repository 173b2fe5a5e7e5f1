// SPDX-License-Identifier: Apache-2.0
#include "engine/pending_forget.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <iterator>
#include <utility>

#include "base/json_text.h"

namespace vedette::engine {

namespace {

constexpr std::string_view kSteps[] = {"journal_it",  "select",      "blank",
                                       "clear_store", "clear_state", "finish"};

auto corrupt() {
    return base::fail(base::ErrorCode::corrupt, "the deletion that goes on is unreadable", {},
                      "remove forget.json and ask for the deletion again");
}

}  // namespace

std::string_view name(ForgetStep step) { return kSteps[static_cast<std::size_t>(step)]; }

std::string encode(const PendingForget& pending) {
    std::string out = "{\"id\":";
    base::append_json_string(out, pending.id);
    for (const auto& [key, text] :
         {std::pair("user", &pending.user), std::pair("query", &pending.query),
          std::pair("reason", &pending.reason), std::pair("by", &pending.by)}) {
        out += fmt::format(",\"{}\":", key);
        base::append_json_string(out, *text);
    }
    out += fmt::format(
        ",\"at\":{},\"offset\":{},\"step\":\"{}\",\"rows\":{},\"records\":{},\"held\":{}",
        pending.at.unix_ns, pending.offset, name(pending.step), pending.rows, pending.records,
        pending.held);
    base::append_json_strings(out, "snapshots", pending.snapshots);
    return out + "}";
}

base::Result<PendingForget> decode_pending_forget(std::string_view bytes) {
    simdjson::dom::parser parser;
    simdjson::dom::object from;
    const simdjson::padded_string padded(bytes);
    if (bytes.size() > kPendingForgetBytesMax ||
        parser.parse(padded).get(from) != simdjson::SUCCESS) {
        return corrupt();
    }
    PendingForget pending;
    std::string step;
    for (const auto& [key, target] :
         {std::pair("id", &pending.id), std::pair("user", &pending.user),
          std::pair("query", &pending.query), std::pair("reason", &pending.reason),
          std::pair("by", &pending.by), std::pair("step", &step)}) {
        std::string_view text;
        if (from[key].get(text) != simdjson::SUCCESS) return corrupt();
        *target = text;
    }
    for (const auto& [key, target] :
         {std::pair("offset", &pending.offset), std::pair("rows", &pending.rows),
          std::pair("records", &pending.records), std::pair("held", &pending.held)}) {
        if (from[key].get(*target) != simdjson::SUCCESS) return corrupt();
    }
    if (from["at"].get(pending.at.unix_ns) != simdjson::SUCCESS) return corrupt();
    simdjson::dom::array snapshots;  // versions before did not name them
    if (from["snapshots"].get(snapshots) == simdjson::SUCCESS) {
        for (const auto element : snapshots) {
            std::string_view text;
            if (element.get(text) != simdjson::SUCCESS) return corrupt();
            pending.snapshots.emplace_back(text);
        }
    }
    for (std::size_t i = 0; i < std::size(kSteps); ++i) {
        if (step != kSteps[i]) continue;
        pending.step = static_cast<ForgetStep>(i);
        return pending;
    }
    return corrupt();
}

}  // namespace vedette::engine
