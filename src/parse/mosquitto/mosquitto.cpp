// SPDX-License-Identifier: Apache-2.0
#include "parse/line_time.h"
#include "parse/mosquitto/fields.h"
#include "parse/program_format.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace mosquitto;

void set(ProgramValues& out, std::string_view action, std::string_view outcome = {}) {
    out[kAction] = action;
    out[kCategory] = "network";
    out[kOutcome] = outcome;
    out[kProtocol] = "mqtt";
}

/// "192.0.2.7:49152", "2001:db8::7:49152": the port stands behind the last colon.
bool read_address(std::string_view text, ProgramValues& out) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_digits(text.substr(colon + 1), 5)) return false;
    out[kSourceIp] = text.substr(0, colon);
    out[kSourcePort] = text.substr(colon + 1);
    return true;
}

/// "New connection from 192.0.2.7:49152 on port 1883."
bool read_connection(TextScanner scanner, ProgramValues& out) {
    const auto address = scanner.until(" on port ");
    if (!address || !read_address(*address, out)) return false;
    set(out, "mqtt_connection");
    scanner.skip_end(".");
    out[kServerPort] = scanner.rest();
    return true;
}

/// "New client connected from 192.0.2.7:49152 as lamp (p2, c1, k60, u'name')."; before 2.0 without
/// the port. The client chose its id: only what stands around it is looked for.
bool read_client(TextScanner scanner, ProgramValues& out) {
    const auto address = scanner.until(" as ");
    const auto client = address ? scanner.until_last(" (p") : std::nullopt;
    if (!client) return false;
    if (!read_address(*address, out)) out[kSourceIp] = *address;
    set(out, "mqtt_connect", "success");
    out[kClient] = *client;
    if (scanner.until(", u'")) {
        scanner.skip_end(".");
        scanner.skip_end(")");
        scanner.skip_end("'");
        out[kUser] = scanner.rest();
    }
    return true;
}

/// "lamp (d0, q1, r0, m7, 'hall/lamp', ... (17 bytes))"
bool read_publish(TextScanner scanner, ProgramValues& out) {
    const auto client = scanner.until(" (d");
    if (!client || !scanner.until(", q")) return false;
    const auto qos = scanner.until(", r");
    const auto retained = qos ? scanner.until(", m") : std::nullopt;
    if (!retained || !scanner.until(", '")) return false;
    const auto topic = scanner.until_last("', ... (");
    if (!topic) return false;
    out[kClient] = *client;
    out[kQos] = *qos;
    if (*retained == "1") out[kRetained] = *retained;
    out[kTopic] = *topic;
    out[kPayloadBytes] = scanner.word();
    return true;
}

/// Packets between broker and client: "Received SUBSCRIBE from lamp", "Sending CONNACK to lamp (0,
/// 5)".
bool read_packet(std::string_view verb, TextScanner scanner, ProgramValues& out) {
    const bool is_sent = verb == "Sending";
    const auto packet = scanner.until(is_sent ? " to " : " from ");
    if (!packet || packet->empty() || packet->find(' ') != std::string_view::npos) return false;
    out[kPacket] = *packet;
    if (*packet == "PUBLISH") {
        if (!read_publish(scanner, out)) return false;
        set(out, is_sent ? "mqtt_delivery" : "mqtt_publish",
            verb == "Denied" ? "failure" : "success");
        return true;
    }
    set(out, is_sent ? "mqtt_packet_sent" : "mqtt_packet_received");
    if (*packet == "CONNACK") {
        const auto client = scanner.until_last(" (");
        if (!client) return false;
        scanner.skip_end(")");
        scanner.until(", ");
        out[kAction] = "mqtt_connect_answer";
        out[kReasonCode] = scanner.rest();
        out[kOutcome] = out[kReasonCode] == "0" ? "success" : "failure";
        out[kClient] = *client;
        return true;
    }
    if (*packet == "DISCONNECT") out[kAction] = "mqtt_disconnect";
    // What stands in brackets behind the id are numbers of the packet: "(m3, rc0)", "(Mid: 3)".
    const auto client = scanner.until_last(" (");
    out[kClient] = client ? *client : scanner.rest();
    return true;
}

/// "\thall/+ (QoS 1)" behind "Received SUBSCRIBE from"; rsyslog writes the tab as "#011".
bool read_subscription(TextScanner scanner, ProgramValues& out) {
    const auto topic = scanner.until_last(" (QoS ");
    if (!topic || topic->empty() || !scanner.skip_end(")")) return false;
    set(out, "mqtt_subscribe");
    out[kTopic] = *topic;
    out[kQos] = scanner.rest();
    return is_digits(out[kQos], 1);
}

/// "Client lamp disconnected, not authorised.", "Client lamp closed its connection."
bool read_end(TextScanner scanner, ProgramValues& out) {
    constexpr std::string_view kForms[] = {" disconnected", " closed its connection",
                                           " has exceeded timeout, disconnecting",
                                           " already connected, closing old connection"};
    scanner.skip_end(".");
    for (const std::string_view form : kForms) {
        const std::size_t at = scanner.rest().rfind(form);
        if (at == std::string_view::npos) continue;
        const std::string_view behind = scanner.rest().substr(at + form.size());
        if (!behind.empty() && behind.front() != ',' && behind.front() != ' ') continue;
        set(out, "mqtt_disconnect");
        out[kClient] = scanner.rest().substr(0, at);
        TextScanner reason(behind);
        if (reason.skip(", ") || reason.skip(" due to ")) {
            out[kReason] = reason.rest();
            out[kOutcome] = "failure";
        }
        return true;
    }
    return false;
}

/// "mosquitto version 2.0.11 starting"
bool read_state(TextScanner scanner, ProgramValues& out) {
    scanner.word();
    const std::string_view what = scanner.rest();
    if (what != "starting" && what != "running" && what != "terminating") return false;
    out[kAction] = what == "terminating" ? "mqtt_broker_stopped" : "mqtt_broker_started";
    out[kCategory] = "process";
    return true;
}

/// Into syslog, too, mosquitto writes the seconds since 1970 unless told otherwise.
std::string_view without_seconds(std::string_view text) {
    constexpr std::size_t kDigits = 10;
    const bool has = text.size() > kDigits + 2 && is_digits(text.substr(0, kDigits), kDigits) &&
                     text.substr(kDigits, 2) == ": ";
    return has ? text.substr(kDigits + 2) : text;
}

bool read(std::string_view text, ProgramValues& out) {
    text = without_seconds(text);
    TextScanner scanner(text);
    if (scanner.skip("New connection from ")) return read_connection(scanner, out);
    if (scanner.skip("New client connected from ")) return read_client(scanner, out);
    for (const std::string_view verb : {"Received", "Sending", "Denied"}) {
        if (!text.starts_with(verb)) continue;
        scanner.word();
        return read_packet(verb, scanner, out);
    }
    if (scanner.skip("\t") || scanner.skip("#011")) return read_subscription(scanner, out);
    if (scanner.skip("Client ")) return read_end(scanner, out);
    if (scanner.skip("mosquitto version ")) return read_state(scanner, out);
    return false;
}

/// "1732800000: " since 1970, or "2026-11-28T13:34:01: " as many set log_timestamp_format, in the
/// source's zone.
std::optional<base::Timestamp> read_time(std::string_view& text, const event::Envelope& envelope) {
    const std::size_t end = text.find(": ");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view stamp = text.substr(0, end);
    std::optional<base::Timestamp> time;
    if (stamp.size() == 10 && is_digits(stamp, 10)) {
        const auto seconds = to_number(stamp);
        if (seconds) time = base::Timestamp{std::int64_t{*seconds} * 1'000'000'000};
    } else if (stamp.size() == 19 && stamp[4] == '-' && stamp[10] == 'T') {
        time = base::parse_rfc3339(stamp);
        if (time) time = to_utc(*time, time_hints(envelope).zone);
    }
    if (time) text.remove_prefix(end + 2);
    return time;
}

constexpr std::string_view kHints[] = {"mosquitto"};

}  // namespace

void register_mosquitto(Registry& registry) {
    ProgramFormat format;
    format.name = "mosquitto";
    format.dataset = "mqtt.mosquitto";
    format.summary = "mosquitto: MQTT clients, subscriptions, messages";
    format.fields = kFields;
    format.read = read;
    format.read_time = read_time;
    format.hints = kHints;
    add_program(registry, format);
}

}  // namespace vedette::parse
