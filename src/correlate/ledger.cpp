// SPDX-License-Identifier: Apache-2.0
#include "correlate/ledger.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "base/hash.h"
#include "correlate/open_incident.h"

namespace vedette::correlate {

namespace {

constexpr std::uint8_t kLedgerStateVersion = 1;
/// What a node of a map or set costs besides its value.
constexpr std::size_t kNodeBytes = 48;

/// TA0001 to TA0043 as bits; 0 for what is no tactic.
std::uint64_t tactic_bit(std::string_view id) {
    constexpr std::string_view kPrefix = "TA00";
    if (!id.starts_with(kPrefix) || id.size() != kPrefix.size() + 2) return 0;
    unsigned number = 0;
    const auto [end, error] =
        std::from_chars(id.data() + kPrefix.size(), id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size() || number > 63) return 0;
    return std::uint64_t{1} << number;
}

/// Whether each such finding is a test of its own, whose bits were staked.
bool is_staked(const cases::Finding& finding) {
    return std::any_of(finding.reasons.begin(), finding.reasons.end(), [](const auto& reason) {
        return reason.against == "self" || reason.against == "peers" ||
               reason.against == "everybody";
    });
}

/// Nothing for the account of a rule whose findings name nobody.
std::optional<event::Entity> entity_of(const std::string& link) {
    const std::size_t colon = std::min(link.find(':'), link.size());
    const std::string_view type = std::string_view(link).substr(0, colon);
    for (int i = 0; i <= static_cast<int>(event::kEntityTypeLast); ++i) {
        const auto known = static_cast<event::EntityType>(i);
        if (name(known) == type) return event::Entity{known, link.substr(colon + 1)};
    }
    return std::nullopt;
}

}  // namespace

BitSteps to_bit_steps(double bits) {
    const double bounded = std::clamp(bits, -kLedgerFindingBitsMax, kLedgerFindingBitsMax);
    return static_cast<BitSteps>(std::floor(bounded / learn::kBitsStep));
}

BitSteps Ledger::fading(const Account& account, base::Timestamp time) const {
    if (time.unix_ns <= account.faded_ns) return 0;
    // In milliseconds, so that the product fits; 100 years of fading are enough for everything.
    const std::int64_t elapsed_ms = time.unix_ms() - account.faded_ns / base::kNsPerMs;
    constexpr std::int64_t kDayMs = 86'400'000;
    const BitSteps by_time = elapsed_ms / kDayMs * settings_.fading_per_day +
                             elapsed_ms % kDayMs * settings_.fading_per_day / kDayMs;
    return std::min(std::max<BitSteps>(account.lines.sum(), 0), by_time);
}

void Ledger::fade(Account& account, base::Timestamp time) const {
    if (time.unix_ns <= account.faded_ns) return;
    const BitSteps by = fading(account, time);
    // A moment too short to take anything is not forgotten: fading goes on from where it was.
    if (by == 0 && account.lines.sum() > 0) return;
    account.lines.faded -= by;
    account.faded_ns = time.unix_ns;
}

BitSteps Ledger::within_cap(Account& account, const cases::Finding& finding, BitSteps bits) const {
    const std::uint64_t detector = base::hash64(finding.detector);
    const std::int32_t day = base::Timestamp{account.faded_ns}.day();
    auto known = std::find_if(account.detectors.begin(), account.detectors.end(),
                              [&](const DetectorDay& one) { return one.detector == detector; });
    if (known == account.detectors.end()) {
        if (account.detectors.size() == kLedgerDetectorsMax) {
            account.detectors.erase(account.detectors.begin());
        }
        account.detectors.push_back({detector, day, 0});
        known = std::prev(account.detectors.end());
    }
    if (known->day != day) *known = {detector, day, 0};
    const BitSteps allowed = std::max<BitSteps>(settings_.detector_per_day_max - known->booked, 0);
    const BitSteps taken = std::min(bits, allowed);
    known->booked += std::max<BitSteps>(taken, 0);
    return taken;
}

void Ledger::add_tactics(Account& account, const cases::Finding& finding) const {
    std::uint64_t tactics = account.tactics;
    for (const std::string& id : finding.attack) tactics |= tactic_bit(id);
    const auto further = [](std::uint64_t bits) { return std::max(std::popcount(bits) - 1, 0); };
    account.lines.tactics +=
        (further(tactics) - further(account.tactics)) * settings_.per_further_tactic;
    account.tactics = tactics;
}

void Ledger::book(const std::string& link, const cases::Finding& finding) {
    const auto [place, is_new] = accounts_.try_emplace(link);
    Account& account = place->second;
    if (is_new) {
        account.since = finding.first_seen;
        account.faded_ns = finding.last_seen.unix_ns;
    } else {
        take_out(*place);
        fade(account, finding.last_seen);
        if (account.lines.sum() <= 0) {
            // Faded to nothing: it begins anew, without credit and without memory.
            const std::int64_t faded_ns = account.faded_ns;
            account = Account();
            account.since = finding.first_seen;
            account.faded_ns = faded_ns;
        }
    }
    const BitSteps found = to_bit_steps(finding.bits());
    BitSteps counted = found;
    if (!is_staked(finding)) {
        const std::uint64_t rule = base::hash64(finding.rule_id);
        auto known = std::find_if(account.rules.begin(), account.rules.end(),
                                  [&](const RuleBooking& one) { return one.rule == rule; });
        if (known == account.rules.end()) {
            if (account.rules.size() == kLedgerRulesMax) account.rules.erase(account.rules.begin());
            account.rules.push_back({rule, 0});
            known = std::prev(account.rules.end());
        }
        counted = std::max<BitSteps>(found - known->most, 0);
        known->most = std::max(known->most, found);
    }
    account.lines.found += found;
    account.lines.overlap += counted - found;
    const BitSteps capped = within_cap(account, finding, counted);
    account.lines.cap += capped - counted;
    if (capped > 0) add_tactics(account, finding);
    account.last = std::max(account.last, finding.last_seen);
    ++account.finding_count;
    put_in(*place);
}

void Ledger::observe(const cases::Finding& finding) {
    for (const std::string& link : link_keys(finding)) book(link, finding);
    keep_within_memory();
}

void Ledger::tick(base::Timestamp time) {
    while (!by_zero_.empty() && by_zero_.begin()->first <= time.unix_ns) {
        const auto account = accounts_.find(by_zero_.begin()->second);
        take_out(*account);
        accounts_.erase(account);
    }
}

void Ledger::keep_within_memory() {
    while (memory_bytes_ > settings_.memory_bytes_max && !by_zero_.empty()) {
        const auto account = accounts_.find(by_zero_.begin()->second);
        take_out(*account);
        accounts_.erase(account);
        ++driven_out_count_;
    }
}

std::size_t Ledger::bytes_of(const std::string& link, const Account& account) {
    return 2 * (kNodeBytes + sizeof link + link.size()) + sizeof account +
           account.rules.capacity() * sizeof(RuleBooking) +
           account.detectors.capacity() * sizeof(DetectorDay);
}

void Ledger::take_out(const Accounts::value_type& entry) {
    by_zero_.erase({entry.second.zero_ns, entry.first});
    memory_bytes_ -= bytes_of(entry.first, entry.second);
}

void Ledger::put_in(Accounts::value_type& entry) {
    Account& account = entry.second;
    // Rounded up to a millisecond for each step, and far enough from the end of time.
    const BitSteps left = std::max<BitSteps>(account.lines.sum(), 0);
    const std::int64_t per_day = std::max<BitSteps>(settings_.fading_per_day, 1);
    const double days = static_cast<double>(left + 1) / static_cast<double>(per_day);
    const double room_ns = static_cast<double>(INT64_MAX) - static_cast<double>(account.faded_ns);
    const double ns = std::min(days * static_cast<double>(base::kNsPerDay), room_ns / 2);
    account.zero_ns = account.faded_ns + static_cast<std::int64_t>(ns);
    by_zero_.insert({account.zero_ns, entry.first});
    memory_bytes_ += bytes_of(entry.first, account);
}

BitSteps Ledger::balance(const std::string& link, base::Timestamp time) const {
    const auto account = accounts_.find(link);
    if (account == accounts_.end()) return 0;
    return std::max<BitSteps>(account->second.lines.sum() - fading(account->second, time), 0);
}

BitSteps Ledger::largest(const cases::Finding& finding) const {
    BitSteps most = 0;
    for (const std::string& link : link_keys(finding)) {
        most = std::max(most, balance(link, finding.last_seen));
    }
    return most;
}

std::vector<LedgerAccount> Ledger::top(std::size_t count_max, base::Timestamp time) const {
    std::vector<LedgerAccount> out;
    // All fade alike, so the one that will be gone last has most.
    for (auto at = by_zero_.rbegin(); at != by_zero_.rend() && out.size() < count_max; ++at) {
        const auto entity = entity_of(at->second);
        if (!entity) continue;
        Account account = accounts_.at(at->second);
        fade(account, time);
        out.push_back({*entity, account.lines, account.since, account.last, account.finding_count});
    }
    return out;
}

std::string Ledger::save() const {
    std::string out;
    base::put(out, kLedgerStateVersion);
    base::put_varint(out, driven_out_count_);
    base::put_varint(out, accounts_.size());
    for (const auto& [link, account] : accounts_) {
        base::put_text(out, link);
        for (const BitSteps line : {account.lines.found, account.lines.overlap, account.lines.cap,
                                    account.lines.faded, account.lines.tactics}) {
            base::put(out, line);
        }
        base::put(out, account.since.unix_ns);
        base::put(out, account.last.unix_ns);
        base::put(out, account.faded_ns);
        base::put_varint(out, account.finding_count);
        base::put(out, account.tactics);
        base::put_varint(out, account.rules.size());
        for (const RuleBooking& rule : account.rules) {
            base::put(out, rule.rule);
            base::put(out, rule.most);
        }
        base::put_varint(out, account.detectors.size());
        for (const DetectorDay& detector : account.detectors) {
            base::put(out, detector.detector);
            base::put(out, detector.day);
            base::put(out, detector.booked);
        }
    }
    return out;
}

base::Result<void> Ledger::restore(std::string_view state) {
    *this = Ledger(settings_);
    if (state.empty()) return {};
    base::ByteReader in(state);
    const auto version = in.get<std::uint8_t>();
    if (version != kLedgerStateVersion) {
        return base::fail(base::ErrorCode::unsupported, "the ledger was written by another version",
                          {}, "rebuild the state from the journal");
    }
    Ledger made(settings_);
    made.driven_out_count_ = in.varint();
    const std::uint64_t count = in.varint();
    bool is_good = true;
    std::string before;
    for (std::uint64_t i = 0; i < count && in.is_good() && is_good; ++i) {
        std::string link(in.text());
        is_good = i == 0 || before < link;
        before = link;
        Account account;
        is_good &= made.read_account(in, account);
        if (!is_good || !in.is_good()) break;
        const auto place = made.accounts_.emplace(std::move(link), std::move(account)).first;
        made.put_in(*place);
    }
    if (!is_good || !in.is_good() || !in.is_at_end()) {
        return base::fail(base::ErrorCode::corrupt, "the bytes are not a ledger", {},
                          "rebuild the state from the journal");
    }
    *this = std::move(made);
    return {};
}

bool Ledger::read_account(base::ByteReader& in, Account& account) {
    // No account can have booked more than this; sums of what is read stay within 64 bits.
    constexpr BitSteps kLineMax = BitSteps{1} << 53;
    for (BitSteps* line : {&account.lines.found, &account.lines.overlap, &account.lines.cap,
                           &account.lines.faded, &account.lines.tactics}) {
        *line = in.get<BitSteps>();
        if (*line > kLineMax || *line < -kLineMax) return false;
    }
    account.since.unix_ns = in.get<std::int64_t>();
    account.last.unix_ns = in.get<std::int64_t>();
    account.faded_ns = in.get<std::int64_t>();
    account.finding_count = in.varint();
    account.tactics = in.get<std::uint64_t>();
    const std::uint64_t rules = in.varint();
    if (rules > kLedgerRulesMax) return false;
    for (std::uint64_t i = 0; i < rules; ++i) {
        const auto rule = in.get<std::uint64_t>();
        account.rules.push_back({rule, in.get<BitSteps>()});
        if (account.rules.back().most > kLineMax || account.rules.back().most < 0) return false;
    }
    const std::uint64_t detectors = in.varint();
    if (detectors > kLedgerDetectorsMax) return false;
    for (std::uint64_t i = 0; i < detectors; ++i) {
        const auto detector = in.get<std::uint64_t>();
        const auto day = in.get<std::int32_t>();
        account.detectors.push_back({detector, day, in.get<BitSteps>()});
        if (account.detectors.back().booked > kLineMax || account.detectors.back().booked < 0) {
            return false;
        }
    }
    return true;
}

std::uint64_t Ledger::checksum() const { return base::hash64(save()); }

}  // namespace vedette::correlate
