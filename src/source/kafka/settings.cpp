// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/settings.h"

#include <algorithm>
#include <charconv>

#include "base/files.h"
#include "source/kafka/limits.h"
#include "source/text_probe.h"

namespace vedette::source::kafka {

namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

/// Settings that are a property of the client library, and the values it takes where they are few.
struct Passed {
    std::string_view setting, property;
    std::vector<std::string_view> values = {};
};
const std::vector<Passed>& passed() {
    static const std::vector<Passed> all = {
        {"client_id", "client.id"},
        {"security", "security.protocol", {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}},
        {"tls_ca", "ssl.ca.location"},
        {"tls_certificate", "ssl.certificate.location"},
        {"tls_key", "ssl.key.location"},
        {"sasl_mechanism", "sasl.mechanism", {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}},
        {"sasl_username", "sasl.username"},
        {"sasl_password", "sasl.password"},
    };
    return all;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ",") + text;
    return out;
}

/// Either of two words, the first where nothing is said.
Result<bool> is_second(const SourceSettings& settings, const std::string& key,
                       std::string_view first, std::string_view second) {
    const std::string word = settings.get(key).value_or(std::string(first));
    if (word == first || word == second) return word == second;
    return fail(ErrorCode::bad_input,
                key + " must be " + std::string(first) + " or " + std::string(second),
                settings.where);
}

Result<std::string> milliseconds_of(const SourceSettings& settings, const std::string& key,
                                    int fallback, int lowest) {
    const std::string text = settings.get(key).value_or(std::to_string(fallback));
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr int kHighest = 3'600'000;
    if (error != std::errc() || end != text.data() + text.size() || value < lowest ||
        value > kHighest) {
        return fail(ErrorCode::bad_input,
                    key + " must be a whole number of " + std::to_string(lowest) + " to " +
                        std::to_string(kHighest),
                    settings.where);
    }
    return text;
}

Result<void> add_passed(const SourceSettings& settings, KafkaSettings& wanted) {
    for (const Passed& one : passed()) {
        const auto value = settings.get(std::string(one.setting));
        if (!value) continue;
        const bool is_known = one.values.empty() || std::find(one.values.begin(), one.values.end(),
                                                              *value) != one.values.end();
        if (!is_known) {
            std::string words;
            for (const std::string_view word : one.values) words += " " + std::string(word);
            return fail(ErrorCode::bad_input,
                        std::string(one.setting) + " is none of those that are known",
                        settings.where, "use one of:" + words);
        }
        wanted.properties.emplace_back(one.property, *value);
    }
    const auto path = settings.get("sasl_password_file");
    if (!path) return {};
    VD_TRY(std::string password, base::read_file(*path, kPasswordBytesMax));
    while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
    wanted.properties.emplace_back("sasl.password", std::move(password));
    return {};
}

/// What is ours to decide, whatever the operator says.
void add_fixed(const SourceContext& context, KafkaSettings& wanted) {
    const std::vector<std::pair<std::string, std::string>> fixed = {
        {"client.id", "vedette-" + context.name},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        // A place that is gone is told to us instead of being passed over in silence.
        {"auto.offset.reset", "error"},
        {"partition.assignment.strategy", "range,roundrobin"},
        {"queued.max.messages.kbytes", std::to_string(kFetchedAheadKib)},
        {"fetch.max.bytes", std::to_string(kFetchBytesMax)},
        {"receive.message.max.bytes", std::to_string(kAnswerBytesMax)},
        {"check.crcs", "true"},
    };
    wanted.properties.insert(wanted.properties.begin(), fixed.begin(), fixed.end());
}

}  // namespace

std::vector<std::string> setting_names() {
    std::vector<std::string> names = {"brokers",
                                      "topics",
                                      "group",
                                      "format",
                                      "records",
                                      "start",
                                      "sasl_password_file",
                                      "session_timeout_ms",
                                      "topics_look_ms"};
    for (const Passed& one : passed()) names.emplace_back(one.setting);
    return names;
}

Result<KafkaSettings> read_settings(const SourceSettings& settings, const SourceContext& context) {
    KafkaSettings wanted;
    wanted.topics = settings.all("topics");
    wanted.format = settings.get("format").value_or("");
    const std::vector<std::string> brokers = settings.all("brokers");
    if (brokers.empty() || wanted.topics.empty()) {
        return fail(ErrorCode::bad_input, "a source of kind kafka needs brokers and topics",
                    settings.where, "e.g. brokers: [kafka1:9092], topics: [logs, ^audit-.*]");
    }
    if (!wanted.format.empty() && find_format(context.formats, wanted.format) == nullptr) {
        return fail(ErrorCode::bad_input, "there is no format named " + wanted.format,
                    settings.where, "`vedette formats` lists them");
    }
    VD_TRY(wanted.by_lines, is_second(settings, "records", "message", "lines"));
    VD_TRY(wanted.from_end, is_second(settings, "start", "beginning", "end"));
    VD_TRY(const std::string session, milliseconds_of(settings, "session_timeout_ms", 45'000, 100));
    VD_TRY(const std::string look, milliseconds_of(settings, "topics_look_ms", kTopicsLookMs, 100));
    add_fixed(context, wanted);
    wanted.properties.emplace_back("bootstrap.servers", joined(brokers));
    wanted.properties.emplace_back("group.id", settings.get("group").value_or("vedette"));
    wanted.properties.emplace_back("session.timeout.ms", session);
    wanted.properties.emplace_back("topic.metadata.refresh.interval.ms", look);
    VD_TRY_DO(add_passed(settings, wanted));
    return wanted;
}

}  // namespace vedette::source::kafka
