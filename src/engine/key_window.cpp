// SPDX-License-Identifier: Apache-2.0
#include "engine/key_window.h"

#include "base/bytes.h"

namespace vedette::engine {

bool KeyWindow::claim(std::string_view key) {
    if (size_max_ == 0) return true;
    const base::Hash128 hash = base::hash128(key);
    if (!known_.insert(hash).second) return false;
    order_.push_back(hash);
    while (known_.size() > size_max_ || order_.size() > 2 * size_max_ + 1) {
        known_.erase(order_.front());
        order_.pop_front();
    }
    return true;
}

void KeyWindow::forget(std::string_view key) { known_.erase(base::hash128(key)); }

bool KeyWindow::contains(std::string_view key) const { return known_.contains(base::hash128(key)); }

std::string KeyWindow::save() const {
    std::string out;
    out.reserve(order_.size() * 16);
    for (const base::Hash128& hash : order_) {
        if (!known_.contains(hash)) continue;
        base::put(out, hash.high);
        base::put(out, hash.low);
    }
    return out;
}

base::Result<void> KeyWindow::restore(std::string_view bytes) {
    if (bytes.size() % 16 != 0) {
        return base::fail(base::ErrorCode::corrupt, "a saved key window has a part of a key");
    }
    known_.clear();
    order_.clear();
    base::ByteReader in(bytes);
    while (!in.is_at_end()) {
        base::Hash128 hash;
        hash.high = in.get<std::uint64_t>();
        hash.low = in.get<std::uint64_t>();
        if (known_.size() < size_max_ && known_.insert(hash).second) order_.push_back(hash);
    }
    return {};
}

}  // namespace vedette::engine
