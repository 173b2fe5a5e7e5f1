// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/feed_input.h"

#include <algorithm>

#include "event/table_text.h"
#include "rule/intel/limits.h"

namespace vedette::rule::intel {

namespace {

constexpr std::size_t kExampleBytesMax = 120;
constexpr std::int64_t kDaySeconds = 86'400;

/// The networks that make up a range, the largest first at each place.   Source: RFC 4632
bool networks_of(const event::Address& first, const event::Address& last,
                 std::vector<event::Network>& out) {
    if (first > last || first.is_v4() != last.is_v4()) return false;
    event::Address at = first;
    const int shortest = first.is_v4() ? event::kV4PrefixBits : 0;
    while (out.size() < kRangeNetworksMax) {
        int bits = 128;
        while (bits > shortest && at.masked(bits - 1) == at && at.last(bits - 1) <= last) --bits;
        out.push_back({at, bits});
        const event::Address end = at.last(bits);
        if (end == last) return true;
        at = *end.next();
    }
    return false;
}

/// "192.0.2.1" of "192.0.2.1:443".
std::string_view without_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && colon + 1 < text.size() &&
                          text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
    return has_port ? text.substr(0, colon) : text;
}

/// Text of strangers in messages: without what terminals obey.
std::string clean(std::string_view text) {
    std::string out(text.substr(0, kExampleBytesMax));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
    }
    return out;
}

}  // namespace

std::size_t FeedReport::refused_count() const {
    std::size_t total = 0;
    for (const auto& [reason, count] : refused) total += count.count;
    return total;
}

std::size_t FeedReport::kept_out_count() const {
    std::size_t total = 0;
    for (const auto& [list, count] : kept_out) total += count.count;
    return total;
}

void FeedInput::count(std::map<std::string, FeedReport::Count>& counts, std::string_view reason,
                      std::string_view where, std::string_view what) {
    std::string key = clean(reason);
    if (!counts.contains(key) && counts.size() >= kReasonsMax) key = "others";
    FeedReport::Count& entry = counts[key];
    if (entry.count++ == 0) entry.example = clean(where) + (what.empty() ? "" : ": " + clean(what));
}

void FeedInput::refuse(std::string_view reason, std::string_view where, std::string_view what) {
    count(report_.refused, reason, where, what);
}

void FeedInput::add(const FeedEntry& entry, std::string_view where) {
    if (entry.value.size() > kValueBytesMax)
        return refuse("a value that is too long", where, entry.value);
    const std::string text = refanged(event::trimmed(entry.value));
    if (text.empty()) return refuse("a value that is empty", where);
    auto type = entry.type;
    const bool may_be_network = !type || type == IndicatorType::network;
    if (may_be_network && add_range(entry, text, where)) return;
    if (!type) type = guess_type(text);
    if (type) {
        if (auto key = make_key(*type, text, room_)) return add_key(entry, *type, *key, where);
    }
    const std::string_view host = without_port(text);
    const bool may_have_port =
        !type || *type == IndicatorType::network || *type == IndicatorType::domain;
    if (may_have_port && host.size() < text.size()) {
        if (!type) type = guess_type(host);
        if (type) {
            if (auto key = make_key(*type, host, room_)) return add_key(entry, *type, *key, where);
        }
    }
    if (!type) return refuse("not an address, domain, URL, e-mail address or hash", where, text);
    refuse("not of the type " + std::string(name(*type)), where, text);
}

/// "192.0.2.0-192.0.2.255". False if it is none.
bool FeedInput::add_range(const FeedEntry& entry, std::string_view text, std::string_view where) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return false;
    const auto first = event::read_address(event::trimmed(text.substr(0, dash)));
    const auto last = event::read_address(event::trimmed(text.substr(dash + 1)));
    if (!first || !last) return false;
    std::vector<event::Network> networks;
    if (!networks_of(*first, *last, networks)) {
        refuse("a range that is none, or of too many networks", where, text);
        return true;
    }
    for (const event::Network& network : networks) {
        add_key(entry, IndicatorType::network, network_key(network), where);
    }
    return true;
}

void FeedInput::add_key(const FeedEntry& entry, IndicatorType type, std::string_view key,
                        std::string_view where) {
    const int confidence = std::clamp(entry.confidence.value_or(settings_.confidence), 0, 100);
    if (confidence < settings_.confidence_min) {
        return refuse("less sure than confidence_min", where, value_text(type, key));
    }
    if (const auto list = warnings_.keeps_out(type, key)) {
        return count(report_.kept_out, *list, where, value_text(type, key));
    }
    facts_.confidence = static_cast<std::uint8_t>(confidence);
    facts_.from_s = entry.from_s.value_or(0);
    facts_.until_s = entry.until_s.value_or(0);
    if (facts_.until_s == 0 && facts_.from_s > 0 && settings_.expire_days > 0) {
        facts_.until_s = facts_.from_s + settings_.expire_days * kDaySeconds;
    }
    if (facts_.until_s > 0 && facts_.until_s <= facts_.from_s) {
        return refuse("it ends before it begins", where, value_text(type, key));
    }
    facts_.label = clean(event::trimmed(entry.label));
    facts_.attack = entry.attack;
    if (!builder_.add(type, key, facts_)) is_full_ = true;
}

base::Result<ReadFeed> FeedInput::finish() {
    if (is_full_) {
        return base::fail(base::ErrorCode::limit,
                          "more than " + std::to_string(kIndicatorsMax) + " indicators",
                          settings_.name);
    }
    FeedSetBuilder::Built built = builder_.finish();
    report_.taken = built.set.size();
    report_.repeated = built.repeated;
    if (built.crowded > 0) report_.refused["made to collide with others"].count = built.crowded;
    return ReadFeed{std::move(built.set), std::move(report_)};
}

}  // namespace vedette::rule::intel
