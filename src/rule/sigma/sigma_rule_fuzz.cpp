// SPDX-License-Identifier: Apache-2.0
// Any bytes as a rule file: read, checked, bound and matched against one event; then explained.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"

namespace {

using namespace vedette;
using namespace vedette::rule::sigma;

event::Batch make_event(event::FieldDictionary& fields) {
    event::Batch batch(fields);
    batch.add_row();
    const auto add = [&](const char* field, const char* text,
                         event::ValueKind kind = event::ValueKind::text) {
        batch.add(*fields.intern(field), text, kind);
    };
    add("Image", "C:\\Windows\\System32\\cmd.exe");
    add("CommandLine",
        "cmd.exe /c \"whoami\" \xE2\x80\x93"
        "enc aGVsbG8=");
    add("EventID", "1", event::ValueKind::integer);
    add("IpAddress", "::ffff:10.0.0.1");
    add("UtcTime", "2026-11-22 16:03:00.1");
    add("Data", "one");
    add("Data", "two\n");
    add("Empty", "");
    add("Null", "null", event::ValueKind::null);
    batch.add_overflow("far.away", "Data\xFF", event::ValueKind::text);
    return batch;
}

/// Every log source a rule can name becomes one that every event fits.
LogSourceMap sources_of(const std::vector<Rule>& rules) {
    LogSourceMap sources;
    for (const Rule& rule : rules) {
        std::string entry = "logsources: [{match: {}";
        const auto add = [&](const char* key, const std::string& value) {
            std::string quoted;
            for (const char c : value) quoted += c == '\'' ? std::string("''") : std::string(1, c);
            if (!value.empty()) entry += std::string(", ") + key + ": '" + quoted + "'";
        };
        add("category", rule.logsource.category);
        add("product", rule.logsource.product);
        add("service", rule.logsource.service);
        static_cast<void>(sources.add("l.yml", entry + "}]"));
    }
    return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    LoadOptions options;
    options.placeholders["Servers"] = {"srv*", "(", "10.0.0.0/8"};
    LoadedRules loaded = load_rule_set({{"r.yml", text}}, options);
    VD_CHECK(!loaded.rules.empty() || !loaded.refusals.empty());
    for (const Refusal& refusal : loaded.refusals) VD_CHECK(!refusal.error.text.empty());
    const LogSourceMap sources = sources_of(loaded.rules);
    event::FieldDictionary fields;
    Matcher matcher(std::move(loaded.rules), sources, fields);
    const event::Batch batch = make_event(fields);
    std::vector<Matcher::Hit> hits;
    matcher.match(batch, hits);
    for (const Matcher::Hit& hit : hits) VD_CHECK(!matcher.explain(hit).empty());
    return 0;
}
