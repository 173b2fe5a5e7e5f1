// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "learn/state.h"

/// What this room promises, whatever the primitive.
///
/// A primitive is a small class of pure mathematics. It knows no event and no entity: it is given
/// numbers, hashes and times, and answers with numbers.
/// - save() writes its whole state; restore() reads it back. Stopped anywhere and restored, it goes
///   on as if it had not been stopped, to the last bit. Saved bytes are untrusted: restore()
///   refuses what save() cannot have written, allocates no more than the bytes warrant, and leaves
///   the primitive as freshly made when it refuses. Settings are the owner's and are not saved;
///   where they shape the state they are saved to be compared.
/// - The same calls give the same bits on every machine: no distribution of the standard library,
///   no order of a hash table, sums in a fixed order, logarithms and powers from fixed_math.h,
///   random numbers from random.h.
/// - memory_bytes() counts what it owns, itself included. There is a bound, known beforehand.
/// - check_invariants() says what is wrong if something is, which would be a bug of ours; restore()
///   ends with it.
/// - An update allocates nothing unless its header says so. Numbers handed in are finite; times may
///   come in any order unless the header says otherwise, but which to believe is the owner's to
///   say: one observation from the far future makes all that came before weigh nothing.
/// Not thread-safe: one owner each.
/// Its header tells the paper, cost, error bound, and when not to use it; its tests hold it against
/// a plain version that does the same the long way; it has a fuzz target for restore().
namespace vedette::learn {

template <typename T>
concept Primitive = requires(const T& constant, T& changing, StateWriter& out, StateReader& in) {
    { T::kKind } -> std::convertible_to<std::string_view>;  // names the state in messages
    { T::kVersion } -> std::convertible_to<std::uint8_t>;   // of what save() writes
    { constant.save(out) } -> std::same_as<void>;
    { changing.restore(in) } -> std::same_as<base::Result<void>>;
    { constant.memory_bytes() } -> std::same_as<std::size_t>;
    { constant.checksum() } -> std::same_as<std::uint64_t>;
    { constant.check_invariants() } -> std::same_as<base::Result<void>>;
};

/// The usual checksum(): of what save() writes.
template <typename T>
std::uint64_t checksum_of(const T& primitive) {
    std::string bytes;
    StateWriter out(bytes);
    primitive.save(out);
    return base::hash64(bytes);
}

/// A state that stands alone: kind, version, body, checksum. What lies inside another's state needs
/// no seal.
template <Primitive T>
std::string save_sealed(const T& primitive) {
    std::string bytes;
    StateWriter out(bytes);
    out.text(T::kKind);
    out.integer(static_cast<std::uint8_t>(T::kVersion));
    primitive.save(out);
    out.integer(base::hash64(bytes));
    return bytes;
}

/// Errors: corrupt (another kind, damaged, bytes left over), unsupported (another version).
template <Primitive T>
base::Result<void> restore_sealed(T& primitive, std::string_view bytes) {
    constexpr std::size_t kSumBytes = sizeof(std::uint64_t);
    const std::size_t body = bytes.size() >= kSumBytes ? bytes.size() - kSumBytes : 0;
    StateReader sum(bytes.substr(body));
    if (sum.integer<std::uint64_t>() != base::hash64(bytes.substr(0, body)) || body == 0) {
        return not_ours(T::kKind, "its checksum is wrong");
    }
    StateReader in(bytes.substr(0, body));
    if (in.text() != T::kKind) return not_ours(T::kKind, "it is of another kind");
    if (in.integer<std::uint8_t>() != T::kVersion) {
        return base::fail(base::ErrorCode::unsupported,
                          "the saved " + std::string(T::kKind) + " is of another version", {},
                          "rebuild it by replay: the journal has everything");
    }
    VD_TRY_DO(primitive.restore(in));
    if (in.is_at_end()) return {};
    // Restored from too long a state: nothing of it is to be believed.
    StateReader nothing{std::string_view()};
    (void)primitive.restore(nothing);
    return not_ours(T::kKind, "there are bytes left over");
}

}  // namespace vedette::learn
