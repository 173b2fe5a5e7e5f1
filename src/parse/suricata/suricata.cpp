// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/registry.h"
#include "parse/table_map.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

using enum Convert;

// In every kind of record.
constexpr FieldRule kCommon[] = {
    {"src_ip", "source.ip"},
    {"src_port", "source.port"},
    {"dest_ip", "destination.ip"},
    {"dest_port", "destination.port"},
    {"proto", "network.transport", lower},
    {"app_proto", "network.protocol"},
    {"community_id", "network.community_id"},
    {"in_iface", "observer.ingress.interface.name"},
    {"host", "observer.name"},
    {"vlan", "network.vlan.id"},
    {"icmp_type", "icmp.type"},
    {"icmp_code", "icmp.code"},
    {"flow_id", "flow.id"},
    {"src_ip_mac", "source.mac"},
    // An alert carries the record of the protocol it was found in, so these stand for all kinds.
    {"http.hostname", "url.domain"},
    {"http.url", "url.original"},
    {"http.http_method", "http.request.method"},
    {"http.http_user_agent", "user_agent.original"},
    {"http.http_refer", "http.request.referrer"},
    {"http.protocol", "http.version"},
    {"http.status", "http.response.status_code"},
    {"http.length", "http.response.body.bytes"},
    {"http.http_content_type", "http.response.mime_type"},
    {"http.xff", "network.forwarded_ip"},
    {"dns.rrname", "dns.question.name"},
    {"dns.query.rrname", "dns.question.name"},
    {"dns.queries.rrname", "dns.question.name"},
    {"dns.rrtype", "dns.question.type"},
    {"dns.query.rrtype", "dns.question.type"},
    {"dns.queries.rrtype", "dns.question.type"},
    {"dns.rcode", "dns.response_code"},
    {"dns.id", "dns.id"},
    {"dns.query.id", "dns.id"},
    {"dns.answers.rdata", "dns.answers.data"},
    {"dns.rdata", "dns.answers.data"},
    {"dns.type", "dns.type"},
    {"tls.sni", "tls.client.server_name"},
    {"tls.sni", "destination.domain"},
    {"tls.subject", "tls.server.subject"},
    {"tls.issuerdn", "tls.server.issuer"},
    {"tls.fingerprint", "tls.server.hash.sha1"},
    {"tls.notbefore", "tls.server.not_before"},
    {"tls.notafter", "tls.server.not_after"},
    {"tls.ja3.hash", "tls.client.ja3"},
    {"tls.ja3s.hash", "tls.server.ja3s"},
    {"ssh.client.software_version", "user_agent.original"},
    {"smb.filename", "file.path"},
    {"smb.share", "smb.share"},
    {"smb.ntlmssp.user", "user.name"},
    {"smb.ntlmssp.domain", "user.domain"},
    {"smb.ntlmssp.host", "source.domain"},
    {"krb5.cname", "user.name"},
    {"krb5.sname", "service.name"},
    {"krb5.realm", "user.domain"},
    {"krb5.error_code", "error.code"},
    {"rdp.cookie", "user.name"},
    {"ftp.command", "event.action"},
    {"smtp.mail_from", "email.from.address"},
    {"smtp.rcpt_to", "email.to.address"},
    {"email.from", "email.from.address"},
    {"email.to", "email.to.address"},
    {"email.subject", "email.subject"},
    {"email.attachment", "email.attachments.file.name"},
    {"fileinfo.filename", "file.path"},
    {"fileinfo.size", "file.size"},
    {"fileinfo.magic", "file.magic"},
    {"fileinfo.md5", "hash.md5"},
    {"fileinfo.sha1", "file.hash.sha1"},
    {"fileinfo.sha256", "hash.sha256"},
    {"flow.bytes_toserver", "source.bytes"},
    {"flow.bytes_toclient", "destination.bytes"},
    {"flow.pkts_toserver", "source.packets"},
    {"flow.pkts_toclient", "destination.packets"},
    {"flow.age", "event.duration", seconds_to_ns},
    {"netflow.bytes", "network.bytes"},
    {"netflow.pkts", "network.packets"},
};

constexpr FieldRule kAlert[] = {
    {"alert.signature_id", "rule.id"},
    {"alert.signature", "rule.name"},
    {"alert.signature", "message"},
    {"alert.category", "rule.category"},
    {"alert.rev", "rule.version"},
    {"alert.severity", "event.severity"},
    {"alert.action", "event.action"},
    {"alert.metadata.mitre_technique_id", "threat.technique.id"},
    {"alert.metadata.mitre_tactic_id", "threat.tactic.id"},
};
constexpr FieldRule kAnomaly[] = {
    {"anomaly.event", "event.action"},
    {"anomaly.type", "rule.category"},
};
constexpr FieldRule kFlow[] = {{"flow.state", "event.action"}};
constexpr FieldRule kDrop[] = {{"drop.reason", "event.reason"}};
constexpr FieldRule kKrb5[] = {{"krb5.msg_type", "event.action"}};
constexpr FieldRule kSmb[] = {{"smb.command", "event.action"}};
constexpr FieldRule kDhcp[] = {
    {"dhcp.client_mac", "source.mac"},
    {"dhcp.hostname", "source.domain"},
    {"dhcp.type", "event.action"},
};
constexpr FieldRule kDns[] = {{"dns.type", "event.action"}};

constexpr FixedValue kEverywhere[] = {{"event.module", "suricata"}};
constexpr FixedValue kNetwork[] = {{"event.kind", "event"}, {"event.category", "network"}};
constexpr FixedValue kAlertValues[] = {{"event.kind", "alert"},
                                       {"event.category", "intrusion_detection"}};
constexpr FixedValue kDnsValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "dns"}};
constexpr FixedValue kHttpValues[] = {
    {"event.kind", "event"}, {"event.category", "web"}, {"network.protocol", "http"}};
constexpr FixedValue kTlsValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "tls"}};
constexpr FixedValue kSshValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "ssh"}};
constexpr FixedValue kSmbValues[] = {
    {"event.kind", "event"}, {"event.category", "file"}, {"network.protocol", "smb"}};
constexpr FixedValue kKrb5Values[] = {{"event.kind", "event"},
                                      {"event.category", "authentication"},
                                      {"network.protocol", "kerberos"}};
constexpr FixedValue kFileValues[] = {{"event.kind", "event"}, {"event.category", "file"}};
constexpr FixedValue kMailValues[] = {
    {"event.kind", "event"}, {"event.category", "email"}, {"network.protocol", "smtp"}};
constexpr FixedValue kStats[] = {{"event.kind", "metric"}, {"event.category", "host"}};

// By event_type; the last one is for all others.
constexpr KindTable kKinds[] = {
    {"alert", "suricata.alert", kAlert, kAlertValues},
    {"anomaly", "suricata.anomaly", kAnomaly, kNetwork},
    {"drop", "suricata.drop", kDrop, kNetwork},
    {"flow", "suricata.flow", kFlow, kNetwork},
    {"netflow", "suricata.netflow", {}, kNetwork},
    {"dns", "suricata.dns", kDns, kDnsValues},
    {"http", "suricata.http", {}, kHttpValues},
    {"http2", "suricata.http", {}, kHttpValues},
    {"tls", "suricata.tls", {}, kTlsValues},
    {"ssh", "suricata.ssh", {}, kSshValues},
    {"smb", "suricata.smb", kSmb, kSmbValues},
    {"krb5", "suricata.krb5", kKrb5, kKrb5Values},
    {"dhcp", "suricata.dhcp", kDhcp, kNetwork},
    {"fileinfo", "suricata.fileinfo", {}, kFileValues},
    {"smtp", "suricata.smtp", {}, kMailValues},
    {"ftp", "suricata.ftp", {}, kNetwork},
    {"rdp", "suricata.rdp", {}, kNetwork},
    {"snmp", "suricata.snmp", {}, kNetwork},
    {"mqtt", "suricata.mqtt", {}, kNetwork},
    {"modbus", "suricata.modbus", {}, kNetwork},
    {"dnp3", "suricata.dnp3", {}, kNetwork},
    {"stats", "suricata.stats", {}, kStats},
    {"", "suricata.other", {}, kNetwork},
};

/// Records of Suricata's eve.json.
class SuricataMap final : public RowMap {
  public:
    explicit SuricataMap(event::FieldDictionary& fields)
        : kind_(*fields.intern("event_type")),
          status_(*fields.intern("http.status")),
          common_(fields, kCommon, kEverywhere),
          time_(fields, {"timestamp"}) {
        for (const KindTable& table : kKinds) {
            kinds_.push_back({&table, TableMap(fields, table.fields, table.values), {}});
        }
    }

    void map(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        sort_rows(batch, rows);
        for (Kind& kind : kinds_) {
            if (kind.rows.empty()) continue;
            const std::uint32_t dataset = batch.dataset_index(kind.table->dataset);
            kind.map.begin(batch);
            for (const std::uint32_t row : kind.rows) {
                kind.map.map(batch, row);
                batch.rows()[row].dataset = dataset;
            }
        }
        batch.settle();
        common_.begin(batch);
        time_.begin(batch);
        ColumnCursor statuses(batch, status_);
        LinkTarget outcome(batch, event::ecs::kEventOutcome);
        for (const std::uint32_t row : rows) {
            common_.map(batch, row);
            time_.set(batch, row);
            const event::Cell* const status = statuses.at(row);
            if (status == nullptr || status->size != 3 || !outcome.wants(batch, row)) continue;
            outcome.add(batch, row, batch.text(*status)[0] < '4' ? "success" : "failure");
        }
    }

  private:
    struct Kind {
        const KindTable* table;
        TableMap map;
        std::vector<std::uint32_t> rows;
    };

    void sort_rows(const event::Batch& batch, std::span<const std::uint32_t> rows) {
        for (Kind& kind : kinds_) kind.rows.clear();
        ColumnCursor names(batch, kind_);
        for (const std::uint32_t row : rows) {
            const event::Cell* const name = names.at(row);
            std::size_t kind = name == nullptr ? kinds_.size() - 1 : 0;
            while (kind + 1 < kinds_.size() && kinds_[kind].table->kind != batch.text(*name))
                ++kind;
            kinds_[kind].rows.push_back(row);
        }
    }

    event::FieldId kind_, status_;
    std::vector<Kind> kinds_;
    TableMap common_;
    TimeFields time_;
};

}  // namespace

void register_suricata(Registry& registry) {
    Mapping mapping;
    mapping.name = "suricata";
    mapping.marks = {{"event_type", "timestamp", "flow_id"},
                     {"event_type", "timestamp", "src_ip"},
                     {"event_type", "timestamp", "stats.uptime"}};
    mapping.make = [](event::FieldDictionary& fields) {
        return std::make_unique<SuricataMap>(fields);
    };
    registry.add(std::move(mapping));
}

}  // namespace vedette::parse
