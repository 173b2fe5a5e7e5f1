// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "detect/baseline/profiles.h"

namespace vedette::detect::baseline {

/// The last values of one entity, the newest last, with their names for people.
class SequencePast {
  public:
    void add(std::uint64_t value, std::string_view name);
    /// What came before belongs to another sitting: only that there was a pause stands before.
    void begin_anew();

    bool is_empty() const { return count_ == 0; }
    std::span<const std::uint64_t> values() const { return {values_.data(), count_}; }
    /// The newest `count` of them: "cmd.exe > net.exe".
    std::string words(std::size_t count) const;

    void save(learn::StateWriter& out) const;
    /// False if it cannot have been written by save().
    bool restore(learn::StateReader& in);

  private:
    std::array<std::uint64_t, kSequenceValues> values_{};
    std::array<ShortName, kSequenceValues> names_;
    std::uint8_t count_ = 0;
};

/// Steps (a value behind others) that an entity learned of late and had never done before.
///
/// They are learned at once, so that who does something new again and again is told of it less and
/// less, and remembered for a day: if the evidence against the entity rises meanwhile, they are
/// taken back, with all that was learned of them since. Where more come than are remembered the
/// oldest stays learned: who always does new things is to be known for that.
/// Cost: 340 bytes.
class FreshSteps {
  public:
    static constexpr std::size_t kSteps = 6;

    struct Step {
        std::array<std::uint64_t, kSequenceValues> before{};
        std::uint64_t value = 0;
        std::int64_t since_ns = 0;
        float share = 0;  ///< how much of it was learned, above 0
        std::uint8_t before_count = 0;

        std::span<const std::uint64_t> history() const { return {before.data(), before_count}; }
    };

    /// Whether the value behind the one before it is among them, whatever stood further back.
    bool has(std::span<const std::uint64_t> before, std::uint64_t value) const;
    /// `share`, in [0, 1], of it was learned.
    void add(std::span<const std::uint64_t> before, std::uint64_t value, base::Timestamp time,
             double share);
    /// One that was learned less than kWaitNs before there was suspicion; it is remembered no
    /// longer. Ask until there is nothing.
    std::optional<Step> withdrawn(base::Timestamp suspected);
    /// Forgets what is older than kWaitNs.
    void settle(base::Timestamp now);
    std::size_t size() const { return count_; }

    void save(learn::StateWriter& out) const;
    bool restore(learn::StateReader& in);

  private:
    Step take(std::size_t index);

    std::array<Step, kSteps> steps_{};  // in the order they came in
    std::uint8_t count_ = 0;
};

/// One entity in one behaviour about the order of values. Cost: 620 bytes.
struct SequenceProfile {
    static constexpr std::string_view kKind = "sequence profile";
    static constexpr std::uint8_t kVersion = 1;

    SequencePast past;
    base::Timestamp last;     ///< of the newest value; meaningless while `past` is empty
    learn::MemberDay taught;  ///< everybody, of late
    FreshSteps fresh;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const { return {}; }
};

static_assert(std::is_trivially_copyable_v<SequenceProfile>);

}  // namespace vedette::detect::baseline
