// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "learn/primitive.h"

namespace vedette::detect::baseline {

/// New values of one entity that are not yet among those it is known for.
///
/// A value waits from when it was first seen. Meanwhile it is not told of again, and its owner may
/// drop it: what came with an attack is new again afterwards. Where more come than can wait, the
/// oldest waits no longer: who always shows new values is to be known for that.
/// Cost: 104 bytes.
class WaitingValues {
  public:
    static constexpr std::string_view kKind = "waiting values";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kValues = 4;

    struct Value {
        std::uint64_t value = 0;
        std::int64_t since_ns = 0;
        float share = 0;  ///< how much of it is to be learned, the most it was seen with
        bool operator==(const Value&) const = default;
    };

    bool has(std::uint64_t value) const;
    /// It was seen, and `share`, in (0, 1], of it is to be learned. What it drives out.
    std::optional<Value> add(std::uint64_t value, base::Timestamp time, double share);
    /// The oldest that has waited for `wait_ns`; it waits no longer. Ask until there is nothing.
    std::optional<Value> due(base::Timestamp now, std::int64_t wait_ns);

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    Value take(std::size_t index);

    std::array<Value, kValues> values_{};  // in the order they came in
    std::uint8_t count_ = 0;
};

}  // namespace vedette::detect::baseline
