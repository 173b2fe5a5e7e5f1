// SPDX-License-Identifier: Apache-2.0
#include "parse/zeek/zeek_tables.h"

namespace vedette::parse::zeek {

namespace {

using enum Convert;

constexpr FieldRule kCommon[] = {
    {"id.orig_h", "source.ip"},
    {"id.orig_p", "source.port"},
    {"id.resp_h", "destination.ip"},
    {"id.resp_p", "destination.port"},
    {"proto", "network.transport", lower},
    {"community_id", "network.community_id"},
    {"peer", "observer.name"},
    {"peer_descr", "observer.name"},
};

constexpr FieldRule kConn[] = {
    {"service", "network.protocol"},   {"duration", "event.duration", seconds_to_ns},
    {"orig_ip_bytes", "source.bytes"}, {"resp_ip_bytes", "destination.bytes"},
    {"orig_pkts", "source.packets"},   {"resp_pkts", "destination.packets"},
    {"orig_l2_addr", "source.mac"},    {"resp_l2_addr", "destination.mac"},
    {"conn_state", "event.action"},    {"vlan", "network.vlan.id"},
};
constexpr FieldRule kDns[] = {
    {"query", "dns.question.name"},
    {"qtype_name", "dns.question.type"},
    {"qclass_name", "dns.question.class"},
    {"rcode_name", "dns.response_code"},
    {"answers", "dns.answers.data"},
    {"TTLs", "dns.answers.ttl"},
    {"trans_id", "dns.id"},
    {"rtt", "event.duration", seconds_to_ns},
};
constexpr FieldRule kHttp[] = {
    {"method", "http.request.method"},
    {"host", "url.domain"},
    {"uri", "url.original"},
    {"referrer", "http.request.referrer"},
    {"version", "http.version"},
    {"user_agent", "user_agent.original"},
    {"status_code", "http.response.status_code"},
    {"request_body_len", "http.request.body.bytes"},
    {"response_body_len", "http.response.body.bytes"},
    {"username", "user.name"},
    {"resp_mime_types", "http.response.mime_type"},
    {"orig_mime_types", "http.request.mime_type"},
    {"resp_filenames", "file.name"},
    {"orig_filenames", "file.name"},
};
constexpr FieldRule kSsl[] = {
    {"version", "tls.version"},
    {"cipher", "tls.cipher"},
    {"curve", "tls.curve"},
    {"server_name", "tls.client.server_name"},
    {"server_name", "destination.domain"},
    {"resumed", "tls.resumed"},
    {"established", "tls.established"},
    {"next_protocol", "tls.next_protocol"},
    {"subject", "tls.server.subject"},
    {"issuer", "tls.server.issuer"},
    {"client_subject", "tls.client.subject"},
    {"client_issuer", "tls.client.issuer"},
    {"ja3", "tls.client.ja3"},
    {"ja3s", "tls.server.ja3s"},
    {"validation_status", "error.message"},
};
constexpr FieldRule kX509[] = {
    {"certificate.subject", "x509.subject.distinguished_name"},
    {"certificate.issuer", "x509.issuer.distinguished_name"},
    {"certificate.serial", "x509.serial_number"},
    {"certificate.version", "x509.version_number"},
    {"certificate.key_alg", "x509.public_key_algorithm"},
    {"certificate.sig_alg", "x509.signature_algorithm"},
    {"certificate.key_length", "x509.public_key_size"},
    {"certificate.not_valid_before", "x509.not_before"},
    {"certificate.not_valid_after", "x509.not_after"},
    {"san.dns", "x509.alternative_names"},
    {"fingerprint", "file.hash.sha256"},
};
constexpr FieldRule kFiles[] = {
    {"filename", "file.name"},
    {"mime_type", "file.mime_type"},
    {"md5", "hash.md5"},
    {"sha1", "file.hash.sha1"},
    {"sha256", "hash.sha256"},
    {"total_bytes", "file.size"},
    {"seen_bytes", "file.size"},
    {"tx_hosts", "source.ip"},
    {"rx_hosts", "destination.ip"},
    {"source", "network.protocol", lower},
    {"duration", "event.duration", seconds_to_ns},
};
constexpr FieldRule kSsh[] = {
    {"client", "user_agent.original"},
    {"auth_attempts", "ssh.auth_attempts"},
};
constexpr FieldRule kRdp[] = {
    {"cookie", "user.name"},
    {"client_name", "source.domain"},
    {"result", "event.action"},
};
constexpr FieldRule kSmbFiles[] = {
    {"action", "event.action"}, {"path", "file.directory"}, {"name", "file.name"},
    {"name", "file.path"},      {"size", "file.size"},
};
constexpr FieldRule kSmbMapping[] = {
    {"path", "file.path"},
    {"share_type", "smb.share_type"},
};
constexpr FieldRule kDceRpc[] = {
    {"operation", "event.action"},
    {"endpoint", "rpc.endpoint"},
    {"named_pipe", "file.name"},
};
constexpr FieldRule kKerberos[] = {
    {"request_type", "event.action"}, {"client", "user.name"},  {"service", "service.name"},
    {"error_msg", "error.code"},      {"cipher", "tls.cipher"},
};
constexpr FieldRule kNtlm[] = {
    {"username", "user.name"},
    {"domainname", "user.domain"},
    {"hostname", "source.domain"},
};
constexpr FieldRule kDhcp[] = {
    {"client_addr", "source.ip"}, {"assigned_addr", "source.ip"}, {"server_addr", "destination.ip"},
    {"mac", "source.mac"},        {"host_name", "source.domain"}, {"msg_types", "event.action"},
};
constexpr FieldRule kWeird[] = {
    {"name", "event.action"},
    {"addl", "message"},
};
constexpr FieldRule kNotice[] = {
    {"note", "rule.name"},       {"msg", "message"},        {"sub", "rule.description"},
    {"src", "source.ip"},        {"dst", "destination.ip"}, {"p", "destination.port"},
    {"actions", "event.action"},
};
constexpr FieldRule kDpd[] = {
    {"analyzer", "network.protocol", lower},
    {"failure_reason", "error.message"},
};
constexpr FieldRule kPe[] = {
    {"machine", "file.pe.architecture"},
    {"subsystem", "file.pe.subsystem"},
};
constexpr FieldRule kSnmp[] = {
    {"version", "snmp.version"},
    {"duration", "event.duration", seconds_to_ns},
};
constexpr FieldRule kSip[] = {
    {"method", "event.action"},
    {"uri", "url.original"},
    {"user_agent", "user_agent.original"},
    {"status_code", "sip.status_code"},
};
constexpr FieldRule kSmtp[] = {
    {"helo", "source.domain"},
    {"mailfrom", "email.from.address"},
    {"rcptto", "email.to.address"},
    {"from", "email.from.address"},
    {"to", "email.to.address"},
    {"cc", "email.cc.address"},
    {"subject", "email.subject"},
    {"msg_id", "email.message_id"},
    {"reply_to", "email.reply_to.address"},
    {"user_agent", "email.x_mailer"},
};
constexpr FieldRule kFtp[] = {
    {"user", "user.name"},
    {"command", "event.action"},
    {"arg", "url.original"},
    {"reply_code", "ftp.reply_code"},
};
constexpr FieldRule kIrc[] = {
    {"nick", "user.name"},
    {"command", "event.action"},
    {"dcc_file_name", "file.name"},
};
constexpr FieldRule kMysql[] = {
    {"cmd", "event.action"},
    {"arg", "mysql.query"},
};
constexpr FieldRule kModbus[] = {{"func", "event.action"}, {"exception", "error.message"}};
constexpr FieldRule kDnp3[] = {{"fc_request", "event.action"}, {"fc_reply", "dnp3.reply"}};
constexpr FieldRule kMqttConnect[] = {{"client_id", "mqtt.client_id"},
                                      {"connect_status", "event.action"}};
constexpr FieldRule kMqttPublish[] = {{"topic", "mqtt.topic"}, {"status", "event.action"}};
constexpr FieldRule kMqttSubscribe[] = {{"topics", "mqtt.topic"}, {"action", "event.action"}};
constexpr FieldRule kOcsp[] = {{"certStatus", "event.action"},
                               {"serialNumber", "x509.serial_number"}};
constexpr FieldRule kNtp[] = {{"version", "ntp.version"}};
constexpr FieldRule kSoftware[] = {
    {"host", "host.ip"},
    {"name", "package.name"},
    {"unparsed_version", "package.version"},
    {"software_type", "package.type"},
};
constexpr FieldRule kKnownHosts[] = {{"host", "host.ip"}, {"host", "source.ip"}};
constexpr FieldRule kTunnel[] = {{"tunnel_type", "network.protocol", lower},
                                 {"action", "event.action"}};
constexpr FieldRule kLdap[] = {{"object", "user.name"}, {"opcode", "event.action"}};
constexpr FieldRule kRadius[] = {{"username", "user.name"},
                                 {"mac", "source.mac"},
                                 {"framed_addr", "source.ip"},
                                 {"result", "event.outcome"}};
constexpr FieldRule kSocks[] = {{"user", "user.name"}, {"request.host", "destination.ip"}};
constexpr FieldRule kSyslog[] = {
    {"message", "message"}, {"facility", "log.syslog.facility.name"}, {"severity", "log.level"}};
constexpr FieldRule kPlain[] = {{"service", "network.protocol"}};

constexpr FixedValue kNetwork[] = {{"event.kind", "event"}, {"event.category", "network"}};
constexpr FixedValue kDnsValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "dns"}};
constexpr FixedValue kHttpValues[] = {
    {"event.kind", "event"}, {"event.category", "web"}, {"network.protocol", "http"}};
constexpr FixedValue kTlsValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "tls"}};
constexpr FixedValue kFileValues[] = {{"event.kind", "event"}, {"event.category", "file"}};
constexpr FixedValue kSshValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "ssh"}};
constexpr FixedValue kRdpValues[] = {
    {"event.kind", "event"}, {"event.category", "network"}, {"network.protocol", "rdp"}};
constexpr FixedValue kSmbValues[] = {
    {"event.kind", "event"}, {"event.category", "file"}, {"network.protocol", "smb"}};
constexpr FixedValue kKerberosValues[] = {{"event.kind", "event"},
                                          {"event.category", "authentication"},
                                          {"network.protocol", "kerberos"}};
constexpr FixedValue kNtlmValues[] = {
    {"event.kind", "event"}, {"event.category", "authentication"}, {"network.protocol", "ntlm"}};
constexpr FixedValue kMailValues[] = {
    {"event.kind", "event"}, {"event.category", "email"}, {"network.protocol", "smtp"}};
constexpr FixedValue kAlert[] = {{"event.kind", "alert"},
                                 {"event.category", "intrusion_detection"}};
constexpr FixedValue kHost[] = {{"event.kind", "asset"}, {"event.category", "host"}};

template <std::size_t N>
constexpr KindTable table(std::string_view kind, std::string_view dataset,
                          const FieldRule (&fields)[N], std::span<const FixedValue> values) {
    return {kind, dataset, fields, values};
}

using Marks = std::string_view[];
constexpr Marks kConnMarks = {"conn_state"};
constexpr Marks kDnsMarks = {"trans_id", "qtype_name"};
constexpr Marks kSmtpMarks = {"helo", "mailfrom", "last_reply"};
constexpr Marks kSipMarks = {"call_id"};
constexpr Marks kHttpMarks = {"trans_depth", "status_code"};
constexpr Marks kRdpMarks = {"security_protocol", "keyboard_layout"};
constexpr Marks kSshMarks = {"auth_success", "auth_attempts", "kex_alg", "host_key_alg"};
constexpr Marks kSslMarks = {"ssl_history", "established", "resumed"};
constexpr Marks kX509Marks = {"certificate.subject", "certificate.serial"};
constexpr Marks kFilesMarks = {"seen_bytes", "tx_hosts"};
constexpr Marks kSmbFilesMarks = {"times.modified", "prev_name"};
constexpr Marks kSmbMappingMarks = {"share_type"};
constexpr Marks kDceRpcMarks = {"named_pipe", "endpoint"};
constexpr Marks kKerberosMarks = {"request_type"};
constexpr Marks kNtlmMarks = {"domainname", "server_nb_computer_name"};
constexpr Marks kDhcpMarks = {"msg_types", "assigned_addr"};
constexpr Marks kNoticeMarks = {"note"};
constexpr Marks kDpdMarks = {"failure_reason"};
constexpr Marks kPeMarks = {"is_exe", "compile_ts"};
constexpr Marks kSnmpMarks = {"get_requests", "community"};
constexpr Marks kFtpMarks = {"reply_code", "data_channel.passive"};
constexpr Marks kIrcMarks = {"nick"};
constexpr Marks kMysqlMarks = {"cmd"};
constexpr Marks kModbusMarks = {"func"};
constexpr Marks kDnp3Marks = {"fc_request", "fc_reply"};
constexpr Marks kMqttConnectMarks = {"connect_status"};
constexpr Marks kMqttPublishMarks = {"from_client"};
constexpr Marks kMqttSubscribeMarks = {"granted_qos_level"};
constexpr Marks kOcspMarks = {"certStatus"};
constexpr Marks kNtpMarks = {"stratum"};
constexpr Marks kSoftwareMarks = {"software_type"};
constexpr Marks kTunnelMarks = {"tunnel_type"};
constexpr Marks kWeirdMarks = {"notice"};

constexpr LogTable kLogs[] = {
    {table("conn", "zeek.conn", kConn, kNetwork), kConnMarks},
    {table("dns", "zeek.dns", kDns, kDnsValues), kDnsMarks},
    {table("smtp", "zeek.smtp", kSmtp, kMailValues), kSmtpMarks},
    {table("sip", "zeek.sip", kSip, kNetwork), kSipMarks},
    {table("http", "zeek.http", kHttp, kHttpValues), kHttpMarks},
    {table("rdp", "zeek.rdp", kRdp, kRdpValues), kRdpMarks},
    {table("ssh", "zeek.ssh", kSsh, kSshValues), kSshMarks},
    {table("ssl", "zeek.ssl", kSsl, kTlsValues), kSslMarks},
    {table("x509", "zeek.x509", kX509, kTlsValues), kX509Marks},
    {table("files", "zeek.files", kFiles, kFileValues), kFilesMarks},
    {table("smb_files", "zeek.smb_files", kSmbFiles, kSmbValues), kSmbFilesMarks},
    {table("smb_mapping", "zeek.smb_mapping", kSmbMapping, kSmbValues), kSmbMappingMarks},
    {table("dce_rpc", "zeek.dce_rpc", kDceRpc, kNetwork), kDceRpcMarks},
    {table("kerberos", "zeek.kerberos", kKerberos, kKerberosValues), kKerberosMarks},
    {table("ntlm", "zeek.ntlm", kNtlm, kNtlmValues), kNtlmMarks},
    {table("dhcp", "zeek.dhcp", kDhcp, kNetwork), kDhcpMarks},
    {table("notice", "zeek.notice", kNotice, kAlert), kNoticeMarks},
    {table("notice_alarm", "zeek.notice", kNotice, kAlert), {}},
    {table("dpd", "zeek.dpd", kDpd, kNetwork), kDpdMarks},
    {table("analyzer", "zeek.analyzer", kDpd, kNetwork), {}},
    {table("pe", "zeek.pe", kPe, kFileValues), kPeMarks},
    {table("snmp", "zeek.snmp", kSnmp, kNetwork), kSnmpMarks},
    {table("ftp", "zeek.ftp", kFtp, kNetwork), kFtpMarks},
    {table("irc", "zeek.irc", kIrc, kNetwork), kIrcMarks},
    {table("mysql", "zeek.mysql", kMysql, kNetwork), kMysqlMarks},
    {table("modbus", "zeek.modbus", kModbus, kNetwork), kModbusMarks},
    {table("dnp3", "zeek.dnp3", kDnp3, kNetwork), kDnp3Marks},
    {table("mqtt_connect", "zeek.mqtt_connect", kMqttConnect, kNetwork), kMqttConnectMarks},
    {table("mqtt_publish", "zeek.mqtt_publish", kMqttPublish, kNetwork), kMqttPublishMarks},
    {table("mqtt_subscribe", "zeek.mqtt_subscribe", kMqttSubscribe, kNetwork), kMqttSubscribeMarks},
    {table("ocsp", "zeek.ocsp", kOcsp, kTlsValues), kOcspMarks},
    {table("ntp", "zeek.ntp", kNtp, kNetwork), kNtpMarks},
    {table("software", "zeek.software", kSoftware, kHost), kSoftwareMarks},
    {table("known_hosts", "zeek.known_hosts", kKnownHosts, kHost), {}},
    {table("known_services", "zeek.known_services", kKnownHosts, kHost), {}},
    {table("tunnel", "zeek.tunnel", kTunnel, kNetwork), kTunnelMarks},
    {table("ldap", "zeek.ldap", kLdap, kNetwork), {}},
    {table("radius", "zeek.radius", kRadius, kNetwork), {}},
    {table("socks", "zeek.socks", kSocks, kNetwork), {}},
    {table("syslog", "zeek.syslog", kSyslog, kNetwork), {}},
    {table("weird", "zeek.weird", kWeird, kNetwork), kWeirdMarks},
    {table("", "zeek.other", kPlain, kNetwork), {}},
};

}  // namespace

std::span<const FieldRule> common_fields() { return kCommon; }

std::span<const LogTable> logs() { return kLogs; }

}  // namespace vedette::parse::zeek
