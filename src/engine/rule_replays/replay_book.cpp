// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/replay_book.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "engine/rule_replays/limits.h"

namespace vedette::engine::rule_replays {

namespace {

constexpr std::uint8_t kVersion = 1;

/// `content`: is_content() of it.
base::Hash128 hash_of(const std::string& content) {
    base::Hash128 out;
    std::from_chars(content.data(), content.data() + 16, out.high, 16);
    std::from_chars(content.data() + 16, content.data() + 32, out.low, 16);
    return out;
}

void put_set(std::string& out, const ReplayBook::Set& set) {
    base::put_text(out, set.name);
    base::put_varint(out, set.offset);
}

ReplayBook::Set get_set(base::ByteReader& in) {
    ReplayBook::Set out;
    out.name = in.text();
    out.offset = in.varint();
    return out;
}

void put_entry(std::string& out, const ReplayBook::Entry& entry) {
    const ReplayOutcome& outcome = entry.outcome;
    base::put_text(out, entry.rule.content);
    base::put_text(out, entry.rule.id);
    base::put_text(out, entry.rule.title);
    put_set(out, entry.set);
    base::put(out, entry.from_ns);
    base::put(out, static_cast<std::uint8_t>(outcome.state));
    base::put_text(out, outcome.reason);
    base::put(out, outcome.when_ns);
    for (const std::uint64_t count :
         {outcome.events, outcome.hits, outcome.known, outcome.left_out, entry.findings}) {
        base::put_varint(out, count);
    }
    base::put(out, static_cast<std::uint8_t>(outcome.is_cut ? 1 : 0));
}

/// False: there is no sane entry.
bool get_entry(base::ByteReader& in, ReplayBook::Entry& entry) {
    ReplayOutcome& outcome = entry.outcome;
    entry.rule.content = in.text();
    entry.rule.id = in.text();
    entry.rule.title = in.text();
    entry.set = get_set(in);
    entry.from_ns = in.get<std::int64_t>();
    const auto state = in.get<std::uint8_t>();
    outcome.state = static_cast<ReplayState>(state);
    outcome.content = entry.rule.content;
    outcome.reason = in.text();
    outcome.when_ns = in.get<std::int64_t>();
    outcome.events = in.varint();
    outcome.hits = in.varint();
    outcome.known = in.varint();
    outcome.left_out = in.varint();
    entry.findings = in.varint();
    const auto is_cut = in.get<std::uint8_t>();
    outcome.is_cut = is_cut == 1;
    return in.is_good() && is_content(entry.rule.content) && is_cut <= 1 &&
           state <= static_cast<std::uint8_t>(ReplayState::skipped);
}

}  // namespace

void ReplayBook::observe_set(const std::string& name, journal::Offset offset) {
    // Past the bound the first stays, because it says what is known to begin with.
    if (sets_.size() >= kSetsMax) sets_.erase(sets_.begin() + 1);
    sets_.push_back({name, offset});
}

void ReplayBook::observe_seen(const RulesSeen& seen) {
    const Set set{seen.set, seen.offset};
    // The set that an older version had in force was given the place from which on it is known, so
    // that the journal may know it of earlier.
    const auto found = std::find_if(sets_.rbegin(), sets_.rend(), [&](const Set& one) {
        return one.name == set.name && one.offset <= set.offset;
    });
    if (found == sets_.rend()) return;  // told twice
    sets_.erase(sets_.begin(), found.base());
    seen_ = set;
    for (const std::string& content : seen.known) add_known(content);
    for (const DueRule& rule : seen.due) {
        if (is_known(rule.content)) continue;
        add_known(rule.content);
        Entry& entry = entries_.emplace_back();
        entry.rule = rule;
        entry.set = set;
        entry.from_ns = seen.from_ns;
        entry.outcome.content = rule.content;
        entry.outcome.state = ReplayState::waiting;
    }
}

bool ReplayBook::observe_outcome(const ReplayOutcome& outcome) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.outcome.state == ReplayState::waiting && entry.rule.content == outcome.content;
    });
    if (found == entries_.end()) return false;
    found->outcome = outcome;
    found->outcome.findings.clear();
    found->findings = outcome.findings.size();
    if (outcome.state == ReplayState::skipped) {
        const base::Hash128 hash = hash_of(outcome.content);
        known_.erase(hash);
        std::erase(known_order_, hash);
    }
    drop_oldest_shown();
    return true;
}

std::optional<ReplayBook::Set> ReplayBook::next_set() const {
    if (sets_.empty()) return std::nullopt;
    return sets_.front();
}

const ReplayBook::Entry* ReplayBook::next() const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
        return entry.outcome.state == ReplayState::waiting;
    });
    return found == entries_.end() ? nullptr : &*found;
}

bool ReplayBook::is_known(const std::string& content) const {
    return is_content(content) && known_.count(hash_of(content)) > 0;
}

void ReplayBook::add_known(const std::string& content) {
    const base::Hash128 hash = hash_of(content);
    if (!known_.insert(hash).second) return;
    known_order_.push_back(hash);
    if (known_order_.size() <= kKnownMax) return;
    known_.erase(known_order_.front());
    known_order_.pop_front();
}

void ReplayBook::drop_oldest_shown() {
    const auto is_over = [](const Entry& entry) {
        return entry.outcome.state != ReplayState::waiting;
    };
    const auto over = std::count_if(entries_.begin(), entries_.end(), is_over);
    if (static_cast<std::size_t>(over) <= kShownMax) return;
    entries_.erase(std::find_if(entries_.begin(), entries_.end(), is_over));
}

std::string ReplayBook::save() const {
    std::string out;
    base::put(out, kVersion);
    base::put_varint(out, sets_.size());
    for (const Set& set : sets_) put_set(out, set);
    put_set(out, seen_);
    base::put_varint(out, known_order_.size());
    for (const base::Hash128& hash : known_order_) {
        base::put(out, hash.high);
        base::put(out, hash.low);
    }
    base::put_varint(out, entries_.size());
    for (const Entry& entry : entries_) put_entry(out, entry);
    return out;
}

base::Result<void> ReplayBook::restore(std::string_view bytes) {
    *this = ReplayBook();
    base::ByteReader in(bytes);
    ReplayBook read;
    bool is_sane = in.get<std::uint8_t>() == kVersion;
    const std::uint64_t sets = in.varint();
    is_sane = is_sane && sets <= kSetsMax;
    for (std::uint64_t i = 0; is_sane && in.is_good() && i < sets; ++i) {
        read.sets_.push_back(get_set(in));
    }
    read.seen_ = get_set(in);
    const std::uint64_t known = in.varint();
    is_sane = is_sane && known <= kKnownMax;
    for (std::uint64_t i = 0; is_sane && in.is_good() && i < known; ++i) {
        base::Hash128 hash;
        hash.high = in.get<std::uint64_t>();
        hash.low = in.get<std::uint64_t>();
        is_sane = read.known_.insert(hash).second;
        read.known_order_.push_back(hash);
    }
    const std::uint64_t entries = in.varint();
    for (std::uint64_t i = 0; is_sane && in.is_good() && i < entries; ++i) {
        is_sane = get_entry(in, read.entries_.emplace_back());
    }
    if (!is_sane || !in.is_good() || !in.is_at_end()) {
        return base::fail(base::ErrorCode::corrupt, "the saved book of replays is not whole");
    }
    *this = std::move(read);
    return {};
}

}  // namespace vedette::engine::rule_replays
