// SPDX-License-Identifier: Apache-2.0
#include "parse/clean_text.h"
#include "parse/line_time.h"
#include "parse/registry.h"
#include "parse/row_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;

/// One alert, as views into its line; empty: not there.
struct Alert {
    std::string_view generator, signature, revision;
    std::string_view name, category, priority, protocol, verdict;
    std::string_view source, destination;  ///< with ports
};

/// "05/21-11:09:21.820134", "05/21/24-..." (Snort -y) or "05/21/2024-..." (Suricata).
std::optional<base::Timestamp> read_time(TextScanner& scanner, const TimeHints& hints) {
    std::string_view rest = scanner.rest();
    base::Civil civil;
    if (rest.size() < 14 || rest[2] != '/') return std::nullopt;
    civil.month = two_digits(rest, 0);
    civil.day = two_digits(rest, 3);
    rest.remove_prefix(5);
    bool has_year = false;
    if (rest.front() == '/') {
        const std::size_t end = rest.find('-');
        const auto year = to_number(rest.substr(1, end == rest.npos ? 0 : end - 1));
        if (!year || (end != 3 && end != 5)) return std::nullopt;
        civil.year = static_cast<int>(end == 3 ? 2000 + *year : *year);
        has_year = true;
        rest.remove_prefix(end);
    }
    if (rest.empty() || rest.front() != '-') return std::nullopt;
    rest.remove_prefix(1);
    if (!read_time_of_day(rest, civil)) return std::nullopt;
    const auto time = has_year ? in_zone(civil, hints) : with_year_told_or_guessed(civil, hints);
    if (!time) return std::nullopt;
    scanner = TextScanner(rest);
    scanner.skip_blanks();
    return time;
}

bool read_ids(TextScanner& scanner, Alert& out) {
    if (!scanner.skip("[")) return false;
    const auto ids = scanner.until("]");
    if (!ids) return false;
    TextScanner parts(*ids);
    const auto generator = parts.until(":"), signature = parts.until(":");
    if (!generator || !signature) return false;
    out.generator = *generator;
    out.signature = *signature;
    out.revision = parts.rest();
    return is_digits(out.generator, 10) && is_digits(out.signature, 10) &&
           is_digits(out.revision, 10);
}

/// "[**] [Drop] [**] [1:384:1] NAME [**] [Classification: c] [Priority: 3] {TCP} a:1 -> b:2". The
/// name is the rule's; what a packet can say is not in the line.
bool read_alert(TextScanner scanner, Alert& out) {
    if (scanner.skip("[Drop] ") || scanner.skip("[wDrop] ")) out.verdict = "drop";
    if (!scanner.skip("[**] ")) return false;
    if (scanner.skip("[Drop] [**] ")) out.verdict = "drop";
    if (!read_ids(scanner, out)) return false;
    scanner.skip_blanks();
    const auto name = scanner.until(" [**]");
    if (!name) return false;
    out.name = *name;
    if (out.name.size() > 1 && out.name.front() == '"' && out.name.back() == '"') {
        out.name = out.name.substr(1, out.name.size() - 2);  // Snort 3
    }
    scanner.skip_blanks();
    if (scanner.skip("[Classification: ")) {
        out.category = scanner.until("]").value_or("");
        scanner.skip_blanks();
    }
    if (scanner.skip("[Priority: ")) {
        out.priority = scanner.until("]").value_or("");
        scanner.skip_blanks();
    }
    while (scanner.rest().starts_with('[') || scanner.rest().starts_with('<')) {
        if (!scanner.until(scanner.rest().front() == '[' ? "]" : ">")) return false;
        scanner.skip_blanks();  // [AppID: ...] and <interface>
    }
    if (!scanner.skip("{")) return false;
    out.protocol = scanner.until("}").value_or("");
    scanner.skip_blanks();
    out.source = scanner.until(" -> ").value_or("");
    out.destination = trimmed(scanner.rest());
    return !out.source.empty() && !out.destination.empty();
}

struct AlertFields {
    explicit AlertFields(event::FieldDictionary& fields)
        : id(*fields.intern("rule.id")),
          name(*fields.intern("rule.name")),
          category(*fields.intern("rule.category")),
          version(*fields.intern("rule.version")),
          generator(*fields.intern("snort.generator_id")),
          severity(*fields.intern("event.severity")) {}
    event::FieldId id, name, category, version, generator, severity;
};

/// Alerts in Snort's one-line form, which Suricata's fast.log shares.
class SnortFastDecoder final : public Decoder {
  public:
    explicit SnortFastDecoder(event::FieldDictionary& fields) : names_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        sink.batch().add(ecs::kMessage, clean.text);
        TextScanner scanner(clean.text);
        const auto time = read_time(scanner, time_hints(envelope));
        if (!time || !add_alert(scanner, sink.batch())) {
            row.flags |= event::kRowNotDecoded;
            return;
        }
        set_time(row, *time);
    }

    /// Inside syslog: "snort[123]: [1:384:1] NAME [Classification: c] [Priority: 3]: {TCP} a -> b".
    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        Alert alert;
        TextScanner scanner(bytes);
        if (!read_ids(scanner, alert)) return false;
        scanner.skip_blanks();
        const std::size_t end = scanner.rest().find(" [");
        alert.name = scanner.rest().substr(0, end);
        if (const auto before = scanner.until("[Classification: ")) {
            alert.category = scanner.until("]").value_or("");
        }
        if (scanner.until("[Priority: ")) alert.priority = scanner.until("]").value_or("");
        if (!scanner.until("{")) return false;
        alert.protocol = scanner.until("}").value_or("");
        scanner.skip_blanks();
        alert.source = scanner.until(" -> ").value_or("");
        alert.destination = trimmed(scanner.rest());
        if (alert.source.empty()) return false;
        add(alert, sink.batch());
        return true;
    }

  private:
    bool add_alert(TextScanner scanner, event::Batch& batch) {
        Alert alert;
        if (!read_alert(scanner, alert)) return false;
        add(alert, batch);
        return true;
    }

    void add(const Alert& alert, event::Batch& batch) {
        batch.rows().back().dataset = batch.dataset_index("snort.alert");
        batch.add(ecs::kEventKind, "alert");
        batch.add(ecs::kEventCategory, "intrusion_detection");
        batch.add(ecs::kEventAction, alert.verdict.empty() ? "alert" : alert.verdict);
        add_number(batch, names_.id, alert.signature);
        add_number(batch, names_.generator, alert.generator);
        add_number(batch, names_.version, alert.revision);
        add_text(batch, names_.name, alert.name);
        add_text(batch, names_.category, alert.category);
        add_number(batch, names_.severity, alert.priority);
        add_transport(alert.protocol, batch);
        add_end(alert.source, ecs::kSourceIp, ecs::kSourceDomain, ecs::kSourcePort, batch);
        add_end(alert.destination, ecs::kDestinationIp, ecs::kDestinationDomain,
                ecs::kDestinationPort, batch);
    }

    void add_transport(std::string_view protocol, event::Batch& batch) {
        lower_.assign(protocol);
        for (char& c : lower_) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        add_text(batch, ecs::kNetworkTransport, lower_);
    }

    /// IPv6 stands without brackets: "2001:db8::1:443" is an address of its own, so only a text
    /// that is no address loses its port.
    static void add_end(std::string_view text, event::FieldId ip, event::FieldId domain,
                        event::FieldId port, event::Batch& batch) {
        HostAndPort parts = split_port(text);
        const std::size_t colon = text.rfind(':');
        if (parts.port.empty() && colon != text.npos && text.find("::") == text.npos &&
            !is_ip_address(text)) {
            parts = {text.substr(0, colon), text.substr(colon + 1)};
        }
        add_peer(batch, ip, domain, parts.host);
        add_number(batch, port, parts.port);
    }

    AlertFields names_;
    std::string scratch_, lower_;  // caches of memory, not of meaning
};

int recognise(const std::vector<std::string_view>& records) {
    const TimeHints hints{base::Timestamp{1'700'000'000 * base::kNsPerSecond}, std::nullopt,
                          nullptr};
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        Alert alert;
        TextScanner scanner(record);
        if (read_time(scanner, hints) && read_alert(scanner, alert)) ++known;
    }
    return count == 0 ? 0 : 97 * known / count;
}

}  // namespace

void register_snort_fast(Registry& registry) {
    Format format;
    format.declaration.name = "snort_fast";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<SnortFastDecoder>(fields);
    };
    format.inner_hints = {"snort"};
    format.summary = "Snort's fast alerts and Suricata's fast.log";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
