// SPDX-License-Identifier: Apache-2.0
#include "engine/forgotten_rows.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace vedette::engine {

namespace {

constexpr std::string_view kMark = "VDFORGT1";
constexpr std::size_t kSumBytes = sizeof(std::uint64_t);

auto corrupt() {
    return base::fail(base::ErrorCode::corrupt, "the list of events to forget is damaged", {},
                      "remove forget.json and forget.rows, and ask for the deletion again");
}

}  // namespace

std::string encode(const ForgottenRows& rows) {
    std::string out(kMark);
    base::put(out, std::uint64_t{rows.rows.size()});
    base::put(out, std::uint64_t{rows.unreadable.size()});
    for (const auto& [offset, row] : rows.rows) {
        base::put(out, offset);
        base::put(out, row);
    }
    for (const std::uint64_t offset : rows.unreadable) base::put(out, offset);
    base::put(out, base::hash64(out));
    return out;
}

base::Result<ForgottenRows> decode_forgotten_rows(std::string_view bytes) {
    if (!bytes.starts_with(kMark) || bytes.size() < kMark.size() + kSumBytes) return corrupt();
    base::ByteReader sum(bytes.substr(bytes.size() - kSumBytes));
    const std::string_view covered = bytes.substr(0, bytes.size() - kSumBytes);
    if (sum.get<std::uint64_t>() != base::hash64(covered)) return corrupt();
    base::ByteReader in(covered.substr(kMark.size()));
    const auto row_count = in.get<std::uint64_t>();
    const auto unreadable_count = in.get<std::uint64_t>();
    if (row_count > bytes.size() || unreadable_count > bytes.size()) return corrupt();
    ForgottenRows rows;
    for (std::uint64_t i = 0; i < row_count && in.is_good(); ++i) {
        const auto offset = in.get<std::uint64_t>();
        rows.rows.emplace_back(offset, in.get<std::uint32_t>());
    }
    for (std::uint64_t i = 0; i < unreadable_count && in.is_good(); ++i) {
        rows.unreadable.push_back(in.get<std::uint64_t>());
    }
    if (!in.is_good() || !in.is_at_end()) return corrupt();
    return rows;
}

}  // namespace vedette::engine
