// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "cases/finding.h"
#include "correlate/bit_steps.h"
#include "correlate/limits.h"

namespace vedette::correlate {

/// How evidence against an entity is summed. Part of what decides a rank: goes with the journalled
/// configuration.
struct LedgerSettings {
    /// Evidence fades by so much a day, down to nothing: one bit, half of an e-value, each day.
    BitSteps fading_per_day = 1'024;
    /// The most that one detector can book for an entity in a day: no flood of one kind stands for
    /// many kinds.
    BitSteps detector_per_day_max = 12 * 1'024;
    /// What each further ATT&CK tactic adds: different steps of an attack are worth more than one
    /// step many times.
    BitSteps per_further_tactic = 1'024;
    std::size_t memory_bytes_max = kLedgerBytesMax;
};

/// What became of an account's evidence. `found` and `tactics` earn, the others cost; together they
/// are the balance, exactly.
struct LedgerLines {
    BitSteps found = 0;    ///< the bits of findings as their detectors gave them
    BitSteps overlap = 0;  ///< taken off because the same rule had said so before
    BitSteps cap = 0;      ///< taken off because one detector had said enough that day
    BitSteps faded = 0;    ///< taken off by time
    BitSteps tactics = 0;  ///< for different tactics
    BitSteps sum() const { return found + overlap + cap + faded + tactics; }
    bool operator==(const LedgerLines&) const = default;
};

/// An entity's account as people see it.
struct LedgerAccount {
    event::Entity entity;
    LedgerLines lines;
    base::Timestamp since, last;  ///< event time of the first and last finding booked
    std::uint64_t finding_count = 0;
    BitSteps balance() const { return lines.sum(); }
};

/// The sum of evidence per entity: what ranks incidents, and what a slow attack cannot stay below
/// by keeping each step small.
///
/// A finding's bits are the logarithm of an e-value (DESIGN, "one currency"): what harmless events
/// earn by chance they cost on average, because detectors stake only a share that fits the number
/// of their tests. So sums of bits are products of e-values, and fading takes away what chance
/// leaves: the account of a busy and harmless entity does not grow. When an account has faded to
/// nothing it begins anew, so that a quiet year is no credit for an attack. A rule has no such
/// stake: what it says again, as long as the account lives, counts only as far as it is more than
/// what it said before. A finding that holds an entity against its own past or others (reasons
/// against self, peers, everybody) is a test of its own each time. A finding is booked whole with
/// each host, user, address or account it names (link_keys()).
///
/// Deterministic in the order of calls. Late findings are booked at the account's own time.
/// Bounded: over the memory the account with the least evidence goes, and that is counted.
/// Does not promise: probabilities. Not a verdict: see DESIGN, "Detection, in one currency".
/// Threads: one at a time.   Cost: one look-up for each entity of a finding; memory
/// about 300 bytes an account. Source: the e-detectors of J. Shin, A. Ramdas, A. Rinaldo,
/// "E-detectors: a nonparametric framework for sequential change detection", 2022 (a sum that
/// starts anew at nothing).
class Ledger {
  public:
    explicit Ledger(LedgerSettings settings = {}) : settings_(settings) {}

    void observe(const cases::Finding& finding);
    /// A journalled clock tick: accounts that have faded to nothing go.
    void tick(base::Timestamp time);

    /// The balance of a link (see link_keys()) at `time`; 0 if it has no account.
    BitSteps balance(const std::string& link, base::Timestamp time) const;
    /// The largest balance of what the finding is about, at its end.
    BitSteps largest(const cases::Finding& finding) const;
    /// The `count_max` accounts with most evidence at `time`, the largest first.
    std::vector<LedgerAccount> top(std::size_t count_max, base::Timestamp time) const;

    std::string save() const;
    /// Replaces everything. Errors: corrupt, unsupported; the ledger is empty then.
    base::Result<void> restore(std::string_view state);
    std::uint64_t checksum() const;
    std::size_t memory_bytes() const { return memory_bytes_; }
    std::size_t account_count() const { return accounts_.size(); }
    /// Accounts that went before their time because of memory_bytes_max.
    std::uint64_t driven_out_count() const { return driven_out_count_; }

  private:
    struct RuleBooking {
        std::uint64_t rule = 0;  // hash
        BitSteps most = 0;
    };
    struct DetectorDay {
        std::uint64_t detector = 0;  // hash
        std::int32_t day = 0;
        BitSteps booked = 0;
    };
    struct Account {
        LedgerLines lines;
        base::Timestamp since, last;  // of findings
        std::int64_t faded_ns = 0;    // up to when fading is booked
        std::uint64_t finding_count = 0;
        std::uint64_t tactics = 0;  // a bit for each of ATT&CK's
        std::vector<RuleBooking> rules;
        std::vector<DetectorDay> detectors;
        std::int64_t zero_ns = 0;  // when it will have faded to nothing; the index's key
    };
    using Accounts = std::map<std::string, Account>;

    void book(const std::string& link, const cases::Finding& finding);
    BitSteps fading(const Account& account, base::Timestamp time) const;
    void fade(Account& account, base::Timestamp time) const;
    void add_tactics(Account& account, const cases::Finding& finding) const;
    BitSteps within_cap(Account& account, const cases::Finding& finding, BitSteps bits) const;
    /// Around every change of an account.
    void take_out(const Accounts::value_type& entry);
    void put_in(Accounts::value_type& entry);
    void keep_within_memory();
    static bool read_account(base::ByteReader& in, Account& account);
    static std::size_t bytes_of(const std::string& link, const Account& account);

    LedgerSettings settings_;
    Accounts accounts_;                                       // by link
    std::set<std::pair<std::int64_t, std::string>> by_zero_;  // (zero_ns, link)
    std::size_t memory_bytes_ = 0;
    std::uint64_t driven_out_count_ = 0;
};

}  // namespace vedette::correlate
