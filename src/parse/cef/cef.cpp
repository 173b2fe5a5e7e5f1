// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "parse/cef/header.h"
#include "parse/cef/limits.h"
#include "parse/clean_text.h"
#include "parse/line_time.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/table_map.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using cef::Header;
using cef::Pair;
using event::ValueKind;
using enum Convert;

// Keys of CEF and of LEEF, whose meanings agree where they share a name.
constexpr FieldRule kRules[] = {
    {"src", "source.ip"},
    {"sourceAddress", "source.ip"},
    {"c6a2", "source.ip"},
    {"spt", "source.port"},
    {"srcPort", "source.port"},
    {"shost", "source.domain"},
    {"smac", "source.mac"},
    {"srcMAC", "source.mac"},
    {"sourceTranslatedAddress", "source.nat.ip"},
    {"srcPostNAT", "source.nat.ip"},
    {"sourceTranslatedPort", "source.nat.port"},
    {"dst", "destination.ip"},
    {"c6a3", "destination.ip"},
    {"dpt", "destination.port"},
    {"dstPort", "destination.port"},
    {"dhost", "destination.domain"},
    {"dmac", "destination.mac"},
    {"dstMAC", "destination.mac"},
    {"destinationTranslatedAddress", "destination.nat.ip"},
    {"dstPostNAT", "destination.nat.ip"},
    {"destinationTranslatedPort", "destination.nat.port"},
    {"suser", "user.name"},
    {"usrName", "user.name"},
    {"duser", "user.target.name"},
    {"suid", "user.id"},
    {"sntdom", "user.domain"},
    {"domain", "user.domain"},
    {"act", "event.action"},
    {"action", "event.action"},
    {"outcome", "event.outcome", lower},
    {"reason", "event.reason"},
    {"cat", "cef.category"},
    {"proto", "network.transport", lower},
    {"app", "network.protocol", lower},
    {"in", "source.bytes"},
    {"srcBytes", "source.bytes"},
    {"out", "destination.bytes"},
    {"dstBytes", "destination.bytes"},
    {"request", "url.original"},
    {"url", "url.original"},
    {"requestMethod", "http.request.method"},
    {"requestClientApplication", "user_agent.original"},
    {"requestContext", "http.request.referrer"},
    {"fname", "file.name"},
    {"filePath", "file.path"},
    {"fsize", "file.size"},
    {"sproc", "process.name"},
    {"spid", "process.pid"},
    {"dproc", "process.name"},
    {"dpid", "process.pid"},
    {"dvchost", "host.name"},
    {"deviceHostName", "host.name"},
    {"dvc", "host.ip"},
    {"msg", "message"},
    {"externalId", "event.id"},
    {"sev", "event.severity"},
};

struct CefFields {
    explicit CefFields(event::FieldDictionary& fields)
        : vendor(*fields.intern("observer.vendor")),
          product(*fields.intern("observer.product")),
          version(*fields.intern("observer.version")),
          name(*fields.intern("cef.name")),
          severity(*fields.intern("event.severity")),
          severity_name(*fields.intern("log.level")) {}
    event::FieldId vendor, product, version, name, severity, severity_name;
};

/// Undoes "\\", "\=", "\|", "\n" and "\r"; another backslash stays (Windows paths).
std::string_view unescape(std::string_view text, std::string& scratch) {
    if (text.find('\\') == std::string_view::npos) return text;
    scratch.clear();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        constexpr std::string_view kLetters = "\\=|nr";
        const std::size_t letter = kLetters.find(next);
        if (text[at] != '\\' || next == '\0' || letter == std::string_view::npos) {
            scratch += text[at];
            continue;
        }
        scratch += "\\=|\n\r"[letter];
        ++at;
    }
    return scratch;
}

/// Common Event Format and LEEF: vendors' events with pairs of a shared dictionary.
class CefDecoder final : public Decoder {
  public:
    CefDecoder(event::FieldDictionary& fields, bool is_leef)
        : names_(fields),
          fields_(fields),
          map_(fields, kRules, {}),
          time_(fields, {"rt", "deviceReceiptTime", "devTime", "start", "end"}),
          is_leef_(is_leef) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (decode_inner(clean.text, envelope, sink)) return;
        row.flags |= event::kRowNotDecoded;
        sink.batch().add(ecs::kMessage, clean.text);
    }

    bool decode_inner(std::string_view bytes, const event::Envelope& envelope,
                      RowSink& sink) override {
        Header header;
        if (!(is_leef_ ? cef::read_leef(bytes, header) : cef::read_cef(bytes, header)))
            return false;
        event::Batch& batch = sink.batch();
        batch.rows().back().dataset = batch.dataset_index(is_leef_ ? "leef" : "cef");
        add_header(header, batch);
        add_pairs(header, envelope, sink);
        return true;
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        map_.begin(batch);
        for (const std::uint32_t row : rows) map_.map(batch, row);
        time_.begin(batch);
        for (const std::uint32_t row : rows) time_.set(batch, row);
    }

  private:
    void add_header(const Header& header, event::Batch& batch) {
        const auto add = [&](event::FieldId field, std::string_view value) {
            add_text(batch, field, unescape(value, unescaped_));
        };
        batch.add(ecs::kEventKind, "event");
        add(names_.vendor, header.vendor);
        add(names_.product, header.product);
        add(names_.version, header.device_version);
        add(ecs::kEventCode, header.event_id);
        add(names_.name, header.name);
        if (header.severity.empty()) return;
        if (is_digits(header.severity, 2)) {
            batch.add(names_.severity, header.severity, ValueKind::integer);
        } else if (!batch.last_row_has(names_.severity_name)) {
            add(names_.severity_name, header.severity);  // Unknown, Low, Medium, High, Very-High
        }
    }

    void add_pairs(const Header& header, const event::Envelope& envelope, RowSink& sink) {
        labels_.clear();
        std::string_view rest = header.extension;
        for (std::size_t i = 0;; ++i) {
            const auto pair =
                is_leef_ ? cef::next_leef_pair(rest, header.delimiter) : cef::next_cef_pair(rest);
            if (!pair) break;
            if (i == cef::kPairsMax) {
                sink.batch().rows().back().flags |= event::kRowTruncated;
                break;
            }
            if (pair->key.empty() || pair->value.empty()) continue;
            const std::string_view value =
                is_leef_ ? pair->value : unescape(pair->value, unescaped_);
            add_pair(pair->key, value, sink);
            if (pair->key == "rt" || pair->key == "devTime") read_time(value, envelope, sink);
            if (!is_leef_) labels_.push_back(*pair);
        }
        for (const Pair& label : labels_) {
            if (label.key.ends_with("Label")) add_labelled(label, sink);
        }
    }

    /// cs1=Bridge cs1Label=Interface: the value once more under the name that the sender means.
    void add_labelled(const Pair& label, RowSink& sink) {
        const std::string_view key = label.key.substr(0, label.key.size() - 5);
        if (label.value.size() > cef::kLabelBytesMax) return;
        for (const Pair& pair : labels_) {
            if (pair.key != key || pair.value.empty()) continue;
            label_.assign("cef.");
            label_ += unescape(label.value, unescaped_);
            std::replace(label_.begin(), label_.end(), ' ', '_');
            add_pair(label_, unescape(pair.value, unescaped_), sink);
            return;
        }
    }

    void add_pair(std::string_view key, std::string_view value, RowSink& sink) {
        const bool is_number = is_digits(value, 18) && (value.size() == 1 || value[0] != '0');
        const auto kind = is_number ? ValueKind::integer : ValueKind::text;
        if (const auto field = field_of(key, sink)) {
            sink.batch().add(*field, value, kind);
        } else {
            sink.batch().add_overflow(key, value, kind);
            sink.batch().rows().back().flags |= event::kRowOverflow;
        }
    }

    std::optional<event::FieldId> field_of(std::string_view key, RowSink& sink) {
        if (const auto found = remembered_.find(key); found != remembered_.end()) {
            return found->second;
        }
        const auto field = fields_.intern(key, sink.field_budget());
        if (field && remembered_.size() < cef::kRememberedFieldsMax) {
            remembered_.emplace(fields_.name(*field), *field);
        }
        return field;
    }

    /// "May 21 2024 11:00:25" and the like; numbers and ISO times are read in finish().
    static void read_time(std::string_view value, const event::Envelope& envelope, RowSink& sink) {
        if (const auto time = read_bsd_time(value, time_hints(envelope))) {
            set_time(sink.batch().rows().back(), *time);
        }
    }

    CefFields names_;
    event::FieldDictionary& fields_;
    TableMap map_;
    TimeFields time_;
    const bool is_leef_;
    std::unordered_map<std::string_view, event::FieldId> remembered_;  // keys live in fields_
    std::vector<Pair> labels_;
    std::string scratch_, unescaped_, label_;
};

template <bool (*Read)(std::string_view, Header&)>
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        Header header;
        if (Read(record, header)) ++known;
    }
    return count == 0 ? 0 : 97 * known / count;
}

void register_one(Registry& registry, bool is_leef) {
    Format format;
    format.declaration.name = is_leef ? "leef" : "cef";
    format.declaration.recognise = is_leef ? recognise<cef::read_leef> : recognise<cef::read_cef>;
    format.make = [is_leef](event::FieldDictionary& fields) {
        return std::make_unique<CefDecoder>(fields, is_leef);
    };
    format.inner_starts = {is_leef ? "LEEF:" : "CEF:"};
    format.summary = is_leef ? "LEEF 1.0 and 2.0, alone or inside syslog"
                             : "Common Event Format, alone or inside syslog";
    registry.add(std::move(format));
}

}  // namespace

void register_cef(Registry& registry) {
    register_one(registry, false);
    register_one(registry, true);
}

}  // namespace vedette::parse
