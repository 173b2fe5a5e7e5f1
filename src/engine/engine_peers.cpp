// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "base/log.h"
#include "engine/engine.h"
#include "engine/limits.h"
#include "engine/peers_control.h"

namespace vedette::engine {

using base::Result;

namespace {

constexpr int kLookMs = 20;

}  // namespace

Result<std::vector<detect::PeerGroupView>> Engine::peer_groups() {
    std::vector<detect::PeerGroupView> out;
    VD_TRY_DO(pipeline_->on_peers([&](detect::PeerKeeper& peers) -> Result<void> {
        out = peers.peer_groups();
        return {};
    }));
    return out;
}

Result<std::optional<detect::PeerMember>> Engine::peer_member(const event::Entity& entity) {
    std::optional<detect::PeerMember> out;
    VD_TRY_DO(pipeline_->on_peers([&](detect::PeerKeeper& peers) -> Result<void> {
        out = peers.peer_member(entity);
        return {};
    }));
    return out;
}

Result<void> Engine::order_peers(detect::PeersOrder order, const event::Entity& entity,
                                 const std::string& by) {
    order.type = entity.type;
    VD_TRY_DO(pipeline_->on_peers([&](detect::PeerKeeper& peers) -> Result<void> {
        const bool is_about_entity = order.kind != detect::PeersOrder::Kind::name;
        if (is_about_entity) order.key = peers.key_of(entity);
        return peers.check(order);
    }));
    VD_TRY(const journal::Offset offset,
           append_and_wait(journal::RecordKind::control, peers_control(order, by, clock_.now())));
    // The next one who asks must see it.
    for (int waited_ms = 0; pipeline_->applied() < offset; waited_ms += kLookMs) {
        if (waited_ms > kControlTimeoutMs) {
            return base::fail(base::ErrorCode::timeout,
                              "it is journalled, and the state is behind");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
    }
    base::log::info("peers.ordered", {{"by", by}});
    return {};
}

}  // namespace vedette::engine
