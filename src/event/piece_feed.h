// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace vedette::event {

/// What framers share that gather bytes until a record is whole: feed() of those.
///
/// `pending` grows piece by piece, so that a full chunk is noticed before much was gathered in
/// vain. `cut_all` cuts off it what is complete, and says false once the chunk has no room: what
/// came with the last piece and was not cut is then given back, and `forget` is told that what was
/// seen behind the rest of `pending` does not count. Gives how many bytes were taken.
template <class CutAll, class Forget>
std::size_t feed_pieces(std::string& pending, std::string_view bytes, const CutAll& cut_all,
                        const Forget& forget) {
    constexpr std::size_t kPieceBytes = 16u << 10;
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const std::string_view piece = bytes.substr(taken, kPieceBytes);
        pending.append(piece);
        taken += piece.size();
        if (cut_all()) continue;
        const std::size_t back = std::min(piece.size(), pending.size());
        pending.resize(pending.size() - back);
        forget();
        return taken - back;
    }
    return taken;
}

}  // namespace vedette::event
