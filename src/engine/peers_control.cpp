// SPDX-License-Identifier: Apache-2.0
#include "engine/peers_control.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>

#include "base/json_text.h"

namespace vedette::engine {

namespace {

using Kind = detect::PeersOrder::Kind;

constexpr std::string_view kPrefix = "{\"type\":\"peers\",";
/// Words of the record, by Kind.
constexpr std::array<std::string_view, 3> kKinds = {"set", "release", "name"};
constexpr auto kTypeLast = static_cast<std::uint8_t>(event::kEntityTypeLast);

}  // namespace

std::string peers_control(const detect::PeersOrder& order, const std::string& by,
                          base::Timestamp at) {
    std::string out(kPrefix);
    out += fmt::format("\"do\":\"{}\",\"entity_type\":\"{}\",\"key\":{},\"group\":{},\"at\":{}",
                       kKinds[static_cast<std::size_t>(order.kind)], event::name(order.type),
                       order.key, order.group, at.unix_ns);
    out += ",\"name\":";
    base::append_json_string(out, order.name);
    out += ",\"by\":";
    base::append_json_string(out, by);
    return out + "}";
}

std::optional<detect::PeersOrder> peers_of_control(std::string_view payload) {
    if (!payload.starts_with(kPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::object from;
    const simdjson::padded_string padded(payload);
    std::string_view what, type, name;
    std::uint64_t key = 0, group = 0;
    if (parser.parse(padded).get(from) != simdjson::SUCCESS ||
        from["do"].get(what) != simdjson::SUCCESS ||
        from["entity_type"].get(type) != simdjson::SUCCESS ||
        from["key"].get(key) != simdjson::SUCCESS ||
        from["group"].get(group) != simdjson::SUCCESS || group > UINT32_MAX ||
        from["name"].get(name) != simdjson::SUCCESS || name.size() > detect::kPeerNameBytesMax) {
        return std::nullopt;
    }
    detect::PeersOrder order;
    order.key = key;
    order.group = static_cast<std::uint32_t>(group);
    order.name = name;
    bool is_kind = false, is_type = false;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (kKinds[i] != what) continue;
        order.kind = static_cast<Kind>(i);
        is_kind = true;
    }
    for (std::uint8_t i = 0; i <= kTypeLast; ++i) {
        if (event::name(event::EntityType{i}) != type) continue;
        order.type = event::EntityType{i};
        is_type = true;
    }
    if (!is_kind || !is_type) return std::nullopt;
    return order;
}

}  // namespace vedette::engine
