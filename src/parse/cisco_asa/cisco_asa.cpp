// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "parse/cisco_asa/shapes.h"
#include "parse/clean_text.h"
#include "parse/line_time.h"
#include "parse/registry.h"
#include "parse/row_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using cisco_asa::Meaning;
using cisco_asa::Part;
using cisco_asa::Parts;
using event::ValueKind;

constexpr std::string_view kDataset = "cisco_asa.log";

/// "%ASA-6-302013: text", also %FTD and %PIX, and "%ASA-session-6-302013: text".
struct Mark {
    std::string_view level, code, text;
};
bool read_mark(std::string_view text, Mark& out) {
    TextScanner scanner(text);
    if (!scanner.skip("%ASA-") && !scanner.skip("%FTD-") && !scanner.skip("%PIX-")) return false;
    const auto head = scanner.until(":");
    if (!head) return false;
    const std::size_t dash = head->rfind('-');
    if (dash == std::string_view::npos || dash == 0) return false;
    out.code = head->substr(dash + 1);
    out.level = head->substr(dash - 1, 1);
    out.text = trimmed(scanner.rest());
    return is_digits(out.code, 7) && is_digits(out.level, 1);
}

struct AsaFields {
    explicit AsaFields(event::FieldDictionary& fields)
        : source_nat(*fields.intern("source.nat.ip")),
          source_nat_port(*fields.intern("source.nat.port")),
          destination_nat(*fields.intern("destination.nat.ip")),
          destination_nat_port(*fields.intern("destination.nat.port")),
          ingress(*fields.intern("observer.ingress.interface.name")),
          egress(*fields.intern("observer.egress.interface.name")),
          direction(*fields.intern("network.direction")),
          connection(*fields.intern("cisco_asa.connection_id")),
          duration(*fields.intern("event.duration")),
          bytes(*fields.intern("network.bytes")),
          reason(*fields.intern("event.reason")),
          list(*fields.intern("rule.name")),
          group(*fields.intern("cisco_asa.group")),
          icmp_type(*fields.intern("icmp.type")),
          icmp_code(*fields.intern("icmp.code")),
          severity(*fields.intern("event.severity")),
          level(*fields.intern("log.syslog.severity.code")),
          product(*fields.intern("observer.product")) {}
    event::FieldId source_nat, source_nat_port, destination_nat, destination_nat_port, ingress,
        egress, direction, connection, duration, bytes, reason, list, group, icmp_type, icmp_code,
        severity, level, product;
};

std::string_view get(const Parts& parts, Part part) {
    return parts[static_cast<std::size_t>(part)];
}

void swap_ends(Parts& parts) {
    const auto swap = [&](Part a, Part b) {
        std::swap(parts[static_cast<std::size_t>(a)], parts[static_cast<std::size_t>(b)]);
    };
    swap(Part::source, Part::destination);
    swap(Part::source_port, Part::destination_port);
    swap(Part::source_interface, Part::destination_interface);
    swap(Part::source_nat, Part::destination_nat);
    swap(Part::source_nat_port, Part::destination_nat_port);
}

/// Connections are written with the side of the lower security level first, whoever began them. The
/// one with the greater port is the client, unless the message says that the first one came in.
void order_ends(std::string_view code, Parts& parts) {
    const bool is_connection = code >= "302013" && code <= "302016";
    const std::string_view direction = get(parts, Part::direction);
    if (is_connection && direction != "inbound") {
        const auto first = to_number(get(parts, Part::source_port));
        const auto second = to_number(get(parts, Part::destination_port));
        if (first && second && *first < *second) swap_ends(parts);
    }
    // faddr is the foreign side: of an inbound ping the source.
    if (code == "302020" && direction == "inbound") swap_ends(parts);
}

/// "1:02:03" and "1h:02m:03s", with days before it ("2d 1:02:03"): seconds.
std::optional<std::int64_t> duration_s(std::string_view text) {
    std::int64_t sum = 0, value = 0;
    bool has_digit = false;
    for (const char c : text) {
        if (is_digit(c)) {
            value = value * 10 + (c - '0');
            has_digit = true;
            if (value > 100'000'000) return std::nullopt;
        } else if (c == ':') {
            sum = (sum + value) * 60;
            value = 0;
        } else if (c == 'd') {
            sum += value * 24;
            value = 0;
        } else if (c != 'h' && c != 'm' && c != 's' && c != ' ') {
            return std::nullopt;
        }
        if (sum > 100'000'000'000) return std::nullopt;
    }
    if (!has_digit) return std::nullopt;
    return sum + value;
}

/// Messages of Cisco's ASA (and FTD), mostly inside syslog.
class AsaDecoder final : public Decoder {
  public:
    explicit AsaDecoder(event::FieldDictionary& fields) : names_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        std::string_view text = clean.text;
        std::string_view rest = text;
        // A file may have the time and nothing else of a syslog header: "May 21 2024 11:00:25:
        // %ASA-".
        if (const auto time = read_bsd_time(rest, time_hints(envelope))) {
            set_time(row, *time);
            while (rest.starts_with(' ') || rest.starts_with(':')) rest.remove_prefix(1);
            text = rest;
        }
        sink.batch().add(ecs::kMessage, text);
        if (!decode_inner(text, envelope, sink)) row.flags |= event::kRowNotDecoded;
    }

    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        Mark mark;
        if (!read_mark(bytes, mark)) return false;
        event::Batch& batch = sink.batch();
        batch.rows().back().dataset = batch.dataset_index(kDataset);
        batch.add(ecs::kEventCode, mark.code);
        batch.add(ecs::kEventKind, "event");
        batch.add(names_.severity, mark.level, ValueKind::integer);
        if (!batch.last_row_has(names_.level)) {
            batch.add(names_.level, mark.level, ValueKind::integer);
        }
        batch.add(names_.product, bytes.substr(1, 3));
        add_meaning(mark, batch);
        return true;
    }

  private:
    void add_meaning(const Mark& mark, event::Batch& batch) {
        const auto all = cisco_asa::meanings();
        const auto below = [](const Meaning& meaning, std::string_view code) {
            return meaning.code < code;
        };
        auto at = std::lower_bound(all.begin(), all.end(), mark.code, below);
        for (; at != all.end() && at->code == mark.code; ++at) {
            Parts parts{};
            if (!cisco_asa::read_shape(at->shape, mark.text, parts)) continue;
            order_ends(mark.code, parts);
            add_what(*at, parts, batch);
            add_ends(parts, batch);
            add_detail(parts, batch);
            return;
        }
    }

    void add_what(const Meaning& meaning, const Parts& parts, event::Batch& batch) {
        batch.add(ecs::kEventCategory, meaning.category);
        if (meaning.action != "%R") {
            batch.add(ecs::kEventAction, meaning.action);
            add_text(batch, ecs::kEventOutcome, meaning.outcome);
            add_text(batch, names_.reason, trimmed(get(parts, Part::reason)));
            return;
        }
        // The access list's own word: permitted, denied, est-allowed.
        const std::string_view verdict = get(parts, Part::reason);
        add_text(batch, ecs::kEventAction, verdict);
        batch.add(ecs::kEventOutcome, verdict == "denied" ? "failure" : "success");
    }

    void add_ends(const Parts& parts, event::Batch& batch) {
        add_peer(batch, ecs::kSourceIp, ecs::kSourceDomain, get(parts, Part::source));
        add_number(batch, ecs::kSourcePort, get(parts, Part::source_port));
        add_peer(batch, ecs::kDestinationIp, ecs::kDestinationDomain,
                 get(parts, Part::destination));
        add_number(batch, ecs::kDestinationPort, get(parts, Part::destination_port));
        add_nat(names_.source_nat, names_.source_nat_port, get(parts, Part::source_nat),
                get(parts, Part::source_nat_port), get(parts, Part::source), batch);
        add_nat(names_.destination_nat, names_.destination_nat_port,
                get(parts, Part::destination_nat), get(parts, Part::destination_nat_port),
                get(parts, Part::destination), batch);
        add_text(batch, names_.ingress, get(parts, Part::source_interface));
        add_text(batch, names_.egress, get(parts, Part::destination_interface));
        std::string_view user = get(parts, Part::source_user);
        if (user.starts_with("LOCAL\\")) user.remove_prefix(6);
        const std::size_t slash = user.find('\\');
        if (slash != user.npos) {
            add_text(batch, ecs::kUserDomain, user.substr(0, slash));
            user.remove_prefix(slash + 1);
        }
        // Where the user is not known, stars stand in its place.
        if (user.find_first_not_of('*') != user.npos) batch.add(ecs::kUserName, user);
    }

    /// A translated address that differs from the real one.
    static void add_nat(event::FieldId ip, event::FieldId port, std::string_view address,
                        std::string_view number, std::string_view real, event::Batch& batch) {
        if (!is_ip_address(address) || address == real) return;
        batch.add(ip, address);
        add_number(batch, port, number);
    }

    void add_detail(const Parts& parts, event::Batch& batch) {
        add_protocol(get(parts, Part::protocol), batch);
        add_lower(names_.direction, get(parts, Part::direction), batch);
        add_text(batch, names_.connection, get(parts, Part::connection));
        add_number(batch, names_.bytes, get(parts, Part::bytes));
        add_text(batch, names_.list, get(parts, Part::list));
        add_text(batch, names_.group, get(parts, Part::group));
        add_number(batch, names_.icmp_type, get(parts, Part::icmp_type));
        add_number(batch, names_.icmp_code, get(parts, Part::icmp_code));
        add_text(batch, ecs::kProcessCommandLine, get(parts, Part::command));
        add_text(batch, ecs::kUrlOriginal, get(parts, Part::url));
        if (const auto seconds = duration_s(get(parts, Part::duration))) {
            char digits[24];
            const auto end = std::to_chars(digits, digits + sizeof digits, *seconds);
            std::string_view text(digits, static_cast<std::size_t>(end.ptr - digits));
            lower_.assign(text);
            if (*seconds > 0) lower_ += "000000000";
            batch.add(names_.duration, lower_, ValueKind::integer);
        }
    }

    /// "TCP" is a transport, "ssh" and "SSL" are what runs over one.
    void add_protocol(std::string_view name, event::Batch& batch) {
        constexpr std::string_view kTransports[] = {"tcp", "udp",  "icmp", "icmp6", "ipv6-icmp",
                                                    "gre", "esp",  "ah",   "sctp",  "igmp",
                                                    "ip",  "ospf", "pim",  "eigrp"};
        const auto is_same = [&](std::string_view known) {
            return known.size() == name.size() &&
                   std::equal(name.begin(), name.end(), known.begin(), [](char a, char b) {
                       return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                   });
        };
        const bool is_transport = is_digits(name, 3) || std::any_of(std::begin(kTransports),
                                                                    std::end(kTransports), is_same);
        add_lower(is_transport ? ecs::kNetworkTransport : ecs::kNetworkProtocol, name, batch);
    }

    void add_lower(event::FieldId field, std::string_view text, event::Batch& batch) {
        if (text.empty()) return;
        lower_.assign(text);
        for (char& c : lower_) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        batch.add(field, lower_);
    }

    AsaFields names_;
    std::string scratch_, lower_;  // caches of memory, not of meaning
};

/// Alone, without a syslog header that names a host: those lines are syslog's.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        read_bsd_time(record, {base::Timestamp{1'700'000'000 * base::kNsPerSecond}, {}, 0});
        while (record.starts_with(' ') || record.starts_with(':')) record.remove_prefix(1);
        Mark mark;
        if (read_mark(record, mark)) ++known;
    }
    return count == 0 ? 0 : 96 * known / count;
}

}  // namespace

void register_cisco_asa(Registry& registry) {
    Format format;
    format.declaration.name = "cisco_asa";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<AsaDecoder>(fields);
    };
    format.inner_starts = {"%ASA-", "%FTD-", "%PIX-"};
    format.summary = "Cisco ASA and FTD messages, inside syslog or alone";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
