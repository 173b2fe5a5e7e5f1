// SPDX-License-Identifier: Apache-2.0
#include "source/delivery.h"

#include <iterator>

namespace vedette::source {

std::mutex& claiming_mutex() {
    static std::mutex mutex;
    return mutex;
}

namespace {

Fate fate_of(Acceptance acceptance) {
    return acceptance == Acceptance::durable ? Fate::durable : Fate::refused;
}

void forget_keys(ChunkSink& sink, const event::Chunk& chunk) {
    std::vector<std::string> keys;
    for (const std::string& key : chunk.keys) {
        if (!key.empty()) keys.push_back(key);
    }
    if (!keys.empty()) sink.forget(keys);
}

}  // namespace

bool Delivery::offer_all(std::vector<event::Chunk> chunks) {
    fates_.chunks.assign(chunks.size(), Fate::not_taken);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        open_.fetch_add(1);
        const auto on_fate = [self = shared_from_this(), i](Acceptance acceptance) {
            self->fates_.chunks[i] = fate_of(acceptance);
            self->finish_one();
        };
        if (sink_.offer(std::move(chunks[i]), on_fate)) continue;
        open_.fetch_sub(1);
        // The sink forgets the keys of what it did not take; the ones behind it are ours to forget.
        for (std::size_t rest = i + 1; rest < chunks.size(); ++rest) {
            forget_keys(sink_, chunks[rest]);
        }
        return false;
    }
    return true;
}

void Delivery::wait_for_earlier() {
    open_.fetch_add(1);
    sink_.when_durable([self = shared_from_this()](Acceptance acceptance) {
        self->fates_.earlier = fate_of(acceptance);
        self->finish_one();
    });
}

void Delivery::finish_one() {
    if (open_.fetch_sub(1) == 1) done_(fates_);
}

}  // namespace vedette::source
