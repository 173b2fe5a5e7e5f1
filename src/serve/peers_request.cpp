// SPDX-License-Identifier: Apache-2.0
#include "serve/peers_request.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json_text.h"
#include "event/lower_case.h"
#include "serve/json_question.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;
using detect::PeersOrder;

constexpr auto kTypeLast = static_cast<std::uint8_t>(event::kEntityTypeLast);

/// "user:ann", or "user" alone.
Result<event::Entity> entity_of(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view type = text.substr(0, colon);
    for (std::uint8_t i = 0; i <= kTypeLast; ++i) {
        if (event::name(event::EntityType{i}) != type) continue;
        std::string room;
        const std::string_view id =
            colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
        return event::Entity{event::EntityType{i}, std::string(event::lower_case(id, room))};
    }
    return base::fail(ErrorCode::bad_input, "no type of entity stands before the colon",
                      std::string(text), "write TYPE:NAME, e.g. user:ann or host:web-1");
}

void add(std::string& out, std::string_view key, std::string_view text) {
    out += fmt::format(",\"{}\":", key);
    base::append_json_string(out, text);
}

std::string day_of(base::Timestamp time) { return base::format_rfc3339(time, 0).substr(0, 10); }

std::string line_of(const detect::PeerGroupView& group) {
    std::string out = "{\"is\":\"group\"";
    add(out, "entity_type", event::name(group.type));
    out += fmt::format(",\"id\":{},\"size\":{}", group.id, group.members.size());
    add(out, "name", group.name);
    add(out, "since", day_of(group.since));
    base::append_json_strings(out, "traits", group.traits);
    std::vector<std::string> names, set;
    for (const detect::PeerMember& member : group.members) {
        names.push_back(member.entity.id);
        if (member.is_set) set.push_back(member.entity.id);
    }
    base::append_json_strings(out, "members", names);
    base::append_json_strings(out, "set", set);
    return out + "}\n";
}

std::string line_of(const detect::PeerMember& member) {
    std::string out = "{\"is\":\"member\"";
    add(out, "entity", member.entity.text());
    out += fmt::format(",\"group\":{},\"set\":{}", member.group, member.is_set);
    add(out, "since", day_of(member.since));
    return out + "}\n";
}

Result<PeersOrder> order_of(const std::string& what, const std::string& group,
                            const std::string& name) {
    PeersOrder order;
    order.name = name;
    if (what == "release") {
        order.kind = PeersOrder::Kind::release;
        return order;
    }
    order.kind = what == "name" ? PeersOrder::Kind::name : PeersOrder::Kind::set;
    if (what != "name" && what != "set") {
        return base::fail(ErrorCode::bad_input, "set, release or name", what);
    }
    const auto [end, error] =
        std::from_chars(group.data(), group.data() + group.size(), order.group);
    if (error == std::errc() && end == group.data() + group.size()) return order;
    return base::fail(ErrorCode::bad_input, "a group is named by its number", group,
                      "see `vedette analytics peers`");
}

}  // namespace

Result<std::string> peers_list(engine::Engine& engine, const base::HttpRequest& request) {
    std::string out;
    const auto asked = request.parameter("entity");
    std::optional<detect::PeerMember> member;
    if (asked) {
        VD_TRY(const event::Entity entity, entity_of(*asked));
        VD_TRY(member, engine.peer_member(entity));
        if (!member) {
            return base::fail(ErrorCode::not_found, "nothing is known of it", entity.text(),
                              "it must have been seen some times of late");
        }
        out += line_of(*member);
    }
    VD_TRY(const auto groups, engine.peer_groups());
    for (const detect::PeerGroupView& group : groups) {
        const bool is_wanted =
            !member || (group.type == member->entity.type && group.id == member->group);
        if (is_wanted) out += line_of(group);
    }
    return out;
}

Result<std::string> peers_order(engine::Engine& engine, std::string_view body) {
    std::string what, entity_text, group, name, by;
    VD_TRY_DO(JsonQuestion()
                  .text("do", what)
                  .text("entity", entity_text)
                  .text("group", group)
                  .text("name", name)
                  .text("by", by)
                  .read(body));
    VD_TRY(const event::Entity entity, entity_of(entity_text));
    VD_TRY(const PeersOrder order, order_of(what, group, name));
    VD_TRY_DO(engine.order_peers(order, entity, by));
    return std::string("{\"is\":\"done\"}\n");
}

}  // namespace vedette::serve
