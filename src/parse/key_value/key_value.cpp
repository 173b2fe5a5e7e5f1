// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "parse/clean_text.h"
#include "parse/json_map.h"
#include "parse/key_value/limits.h"
#include "parse/key_value_scan.h"
#include "parse/quoted_text.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/table_map.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;
using enum Convert;

constexpr std::string_view kDataset = "key_value";

// Names that firewalls (FortiGate, SonicWall, Sophos, Palo Alto's and iptables' own words) and
// loggers agree on well enough.
constexpr FieldRule kRules[] = {
    {"srcip", "source.ip"},
    {"src_ip", "source.ip"},
    {"source_ip", "source.ip"},
    {"client_ip", "source.ip"},
    {"remote_addr", "source.ip"},
    {"SRC", "source.ip"},
    {"src", "source.ip"},
    {"srcport", "source.port"},
    {"src_port", "source.port"},
    {"SPT", "source.port"},
    {"spt", "source.port"},
    {"dstip", "destination.ip"},
    {"dst_ip", "destination.ip"},
    {"dest_ip", "destination.ip"},
    {"DST", "destination.ip"},
    {"dst", "destination.ip"},
    {"dstport", "destination.port"},
    {"dst_port", "destination.port"},
    {"dest_port", "destination.port"},
    {"DPT", "destination.port"},
    {"dpt", "destination.port"},
    {"transip", "source.nat.ip"},
    {"srcintf", "observer.ingress.interface.name"},
    {"dstintf", "observer.egress.interface.name"},
    {"PROTO", "network.transport", lower},
    {"protocol", "network.transport", lower},
    {"service", "network.protocol", lower},
    {"app", "network.protocol", lower},
    {"sentbyte", "source.bytes"},
    {"rcvdbyte", "destination.bytes"},
    {"user", "user.name"},
    {"username", "user.name"},
    {"usr", "user.name"},
    {"dstuser", "user.target.name"},
    {"action", "event.action"},
    {"act", "event.action"},
    {"status", "event.outcome"},
    {"logid", "event.code"},
    {"devname", "observer.name"},
    {"hostname", "host.name"},
    {"level", "log.level"},
    {"lvl", "log.level"},
    {"severity", "log.level"},
    {"msg", "message"},
    {"logdesc", "message"},
    {"url", "url.original"},
    {"method", "http.request.method"},
    {"agent", "user_agent.original"},
    {"caller", "log.logger"},
    {"logger", "log.logger"},
    {"err", "error.message"},
    {"error", "error.message"},
    {"policyname", "rule.name"},
    {"policyid", "rule.id"},
};

/// Records that are pairs and nothing else: logfmt, firewalls.
class KeyValueDecoder final : public Decoder {
  public:
    explicit KeyValueDecoder(event::FieldDictionary& fields)
        : fields_(fields),
          map_(fields, kRules, {}),
          named_(fields),
          date_(*fields.intern("date")),
          time_(*fields.intern("time")),
          times_(fields, {"eventtime", "ts", "timestamp", "time", "t", "@timestamp"}) {}

    void attach(const Registry& registry, event::FieldDictionary&) override {
        named_.use(registry.mappings());
    }

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (decode_inner(clean.text, envelope, sink)) return;
        row.flags |= event::kRowNotDecoded;
        sink.batch().add(ecs::kMessage, clean.text);
    }

    bool decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) override {
        // "<189>date=...": a syslog priority without more of a header is left to the raw record.
        if (bytes.starts_with('<') && bytes.substr(0, 5).find('>') != bytes.npos) {
            bytes.remove_prefix(bytes.find('>') + 1);
        }
        KeyValueScanner pairs(bytes);
        std::size_t count = 0;
        while (const auto pair = pairs.next()) {
            if (++count > key_value::kPairsMax) {
                sink.batch().rows().back().flags |= event::kRowTruncated;
                break;
            }
            add_pair(*pair, sink);
        }
        return count > 0;
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        decoded_.clear();
        for (const std::uint32_t row : rows) {
            if ((batch.rows()[row].flags & event::kRowNotDecoded) == 0) decoded_.push_back(row);
        }
        map_.begin(batch);
        for (const std::uint32_t row : decoded_) map_.map(batch, row);
        batch.settle();
        named_.map(batch, decoded_);
        const std::uint32_t plain = batch.dataset_index("json");
        const std::uint32_t own = batch.dataset_index(kDataset);
        times_.begin(batch);
        ColumnCursor dates(batch, date_), times(batch, time_);
        for (const std::uint32_t row : decoded_) {
            event::Row& head = batch.rows()[row];
            if (head.dataset == plain) head.dataset = own;
            times_.set(batch, row);
            const event::Cell* const date = dates.at(row);
            const event::Cell* const time = times.at(row);
            if (date == nullptr || time == nullptr) continue;
            // FortiGate: date=2025-05-17 time=10:05:03; an eventtime with more digits has won.
            if ((head.flags & event::kRowTimeGuessed) == 0) continue;
            joined_.assign(batch.text(*date)).append(" ").append(batch.text(*time));
            if (const auto read = reader_.read(joined_)) set_time(head, *read);
        }
    }

  private:
    void add_pair(const KeyValue& pair, RowSink& sink) {
        const std::string_view value =
            pair.has_escapes ? unescape_bytes(pair.value, unescaped_) : pair.value;
        const bool is_number =
            !pair.was_quoted && is_digits(value, 18) && (value.size() == 1 || value[0] != '0');
        const auto kind = is_number ? ValueKind::integer : ValueKind::text;
        if (const auto field = field_of(pair.key, sink)) {
            sink.batch().add(*field, value, kind);
        } else {
            sink.batch().add_overflow(pair.key, value, kind);
            sink.batch().rows().back().flags |= event::kRowOverflow;
        }
    }

    std::optional<event::FieldId> field_of(std::string_view key, RowSink& sink) {
        if (const auto found = remembered_.find(key); found != remembered_.end()) {
            return found->second;
        }
        const auto field = fields_.intern(key, sink.field_budget());
        if (field && remembered_.size() < key_value::kRememberedFieldsMax) {
            remembered_.emplace(fields_.name(*field), *field);
        }
        return field;
    }

    event::FieldDictionary& fields_;
    TableMap map_;
    JsonMap named_;
    event::FieldId date_, time_;
    TimeFields times_;
    TimeReader reader_;
    std::unordered_map<std::string_view, event::FieldId> remembered_;  // keys live in fields_
    std::vector<std::uint32_t> decoded_;
    std::string scratch_, unescaped_, joined_;
};

/// 62 times the share of lines that are at least three pairs and hardly anything else; nothing
/// below a half, because such a line stands in the head of every mail.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (record.starts_with('<') && record.substr(0, 5).find('>') != record.npos) {
            record.remove_prefix(record.find('>') + 1);
        }
        KeyValueScanner pairs(record);
        std::size_t found = 0;
        while (pairs.next()) ++found;
        if (found >= 3 && pairs.skipped_count() * 8 <= found) ++known;
    }
    return count == 0 || 2 * known < count ? 0 : 62 * known / count;
}

}  // namespace

void register_key_value(Registry& registry) {
    Format format;
    format.declaration.name = "key_value";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<KeyValueDecoder>(fields);
    };
    format.summary = "key=value pairs: logfmt, firewalls";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
