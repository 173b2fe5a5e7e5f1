// SPDX-License-Identifier: Apache-2.0
#include "source/hec/ack_book.h"

#include <algorithm>

#include "source/hec/limits.h"

namespace vedette::source::hec {

namespace {

constexpr std::int64_t kIdleNs = kAckIdleSeconds * base::kNsPerSecond;

}  // namespace

std::uint64_t AckBook::open(const std::string& channel, base::Timestamp now) {
    const std::lock_guard lock(mutex_);
    auto found = channels_.find(channel);
    if (found == channels_.end()) {
        forget_idle(now);
        if (channels_.size() == kAckChannelsMax) {
            forget(std::min_element(
                channels_.begin(), channels_.end(),
                [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
        }
        found = channels_.try_emplace(channel).first;
    }
    if (order_.size() == kAcksMax) forget_oldest_id();
    found->second.used = now;
    found->second.ids.emplace(next_id_, State::open);
    order_.emplace_back(next_id_, channel);
    return next_id_++;
}

void AckBook::set_durable(const std::string& channel, std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return;
    const auto entry = found->second.ids.find(id);
    if (entry != found->second.ids.end()) entry->second = State::durable;
}

std::vector<bool> AckBook::are_durable(const std::string& channel,
                                       const std::vector<std::uint64_t>& ids, base::Timestamp now) {
    const std::lock_guard lock(mutex_);
    std::vector<bool> out(ids.size(), false);
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return out;
    found->second.used = now;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto entry = found->second.ids.find(ids[i]);
        if (entry == found->second.ids.end() || entry->second == State::open) continue;
        entry->second = State::told;
        out[i] = true;
    }
    return out;
}

std::size_t AckBook::channel_count() const {
    const std::lock_guard lock(mutex_);
    return channels_.size();
}

std::uint64_t AckBook::forgotten_count() const {
    const std::lock_guard lock(mutex_);
    return forgotten_count_;
}

/// A look at all channels, at most one for each part of the time that makes a channel idle.
void AckBook::forget_idle(base::Timestamp now) {
    if (now.unix_ns - looked_for_idle_.unix_ns < kIdleNs / 10) return;
    looked_for_idle_ = now;
    for (auto channel = channels_.begin(); channel != channels_.end();) {
        const auto next = std::next(channel);
        if (now.unix_ns - channel->second.used.unix_ns > kIdleNs) forget(channel);
        channel = next;
    }
}

void AckBook::forget(Channels::iterator channel) {
    for (const auto& [id, state] : channel->second.ids) {
        if (state != State::told) ++forgotten_count_;
    }
    channels_.erase(channel);
}

/// Of the oldest entry the id may be gone already, with its channel.
void AckBook::forget_oldest_id() {
    const auto [id, channel] = std::move(order_.front());
    order_.pop_front();
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return;
    const auto entry = found->second.ids.find(id);
    if (entry == found->second.ids.end()) return;
    if (entry->second != State::told) ++forgotten_count_;
    found->second.ids.erase(entry);
}

}  // namespace vedette::source::hec
