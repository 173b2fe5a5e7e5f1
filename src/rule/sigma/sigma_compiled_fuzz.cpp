// SPDX-License-Identifier: Apache-2.0
// Any bytes as a rule file and events behind it: the compiled matcher finds and explains what the
// plain one does. Behind a line `%%%` an event is lines `field=value`, ended by an empty line; a
// field that begins with `~` goes to the overflow map, a value `!null`, `!list` or `!object` is
// that.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/sigma/rule_set.h"
#include "rule/sigma/test_samples.h"

namespace {

using namespace vedette;
using namespace vedette::rule::sigma;
using samples::TestEvent;

constexpr std::size_t kEventsMax = 16, kValuesMax = 32;

std::string_view next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return line;
}

TestEvent::Value read_value(std::string_view line) {
    TestEvent::Value value;
    value.is_overflow = line.starts_with('~');
    if (value.is_overflow) line.remove_prefix(1);
    const std::size_t equal = line.find('=');
    value.field = line.substr(0, equal);
    value.text = equal == std::string_view::npos ? std::string_view() : line.substr(equal + 1);
    if (value.text == "!null") value.kind = event::ValueKind::null;
    if (value.text == "!list") value.kind = event::ValueKind::empty_list;
    if (value.text == "!object") value.kind = event::ValueKind::empty_object;
    return value;
}

std::vector<TestEvent> read_events(std::string_view text) {
    std::vector<TestEvent> events(1);
    while (!text.empty() && events.size() < kEventsMax) {
        const std::string_view line = next_line(text);
        TestEvent& event = events.back();
        if (line.empty()) {
            events.emplace_back();
        } else if (event.values.size() < kValuesMax) {
            event.values.push_back(read_value(line));
            event.raw += event.values.back().text;
            event.has_link = event.values.size() % 2 == 0;
        }
    }
    return events;
}

/// Every log source a rule can name is told by a field, and once by other names for fields.
LogSourceMap sources_of(const std::vector<Rule>& rules) {
    LogSourceMap sources;
    for (const Rule& rule : rules) {
        std::string names;
        const auto add = [&](const char* key, const std::string& value) {
            std::string quoted;
            for (const char c : value) quoted += c == '\'' ? std::string("''") : std::string(1, c);
            if (!value.empty()) names += std::string(", ") + key + ": '" + quoted + "'";
        };
        add("category", rule.logsource.category);
        add("product", rule.logsource.product);
        add("service", rule.logsource.service);
        static_cast<void>(
            sources.add("l.yml",
                        "logsources: [{any: [{match: {Channel: '*'}}, {match: {}, fields: {Image: "
                        "NewImage, CommandLine: Command}}]" +
                            names + "}]"));
    }
    return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = text.find("\n%%%\n");
    LoadOptions options;
    options.placeholders["Servers"] = {"srv*", "(", "10.0.0.0/8"};
    const LoadedRules loaded =
        load_rule_set({{"r.yml", std::string(text.substr(0, cut))}}, options);
    if (loaded.rules.empty()) return 0;
    const std::vector<TestEvent> events =
        read_events(cut == std::string_view::npos ? std::string_view() : text.substr(cut + 5));
    const LogSourceMap sources = sources_of(loaded.rules);
    event::FieldDictionary fields;
    PatternSetCache cache;
    const auto program = Program::make(loaded.rules, sources, fields, cache);
    VD_CHECK(program.has_value());
    CompiledMatcher compiled(*program);
    Matcher plain(loaded.rules, sources, fields);
    const std::vector<std::string> expected =
        samples::all_hits(plain, events, events.size(), fields);
    // A value on which an expression gave up may be asked in one matcher and not in the other.
    if (plain.regex_gave_up_count() > 0) return 0;
    for (const std::size_t rows_max : {events.size(), std::size_t{1}}) {
        VD_CHECK(samples::all_hits(compiled, events, rows_max, fields) == expected);
    }
    return 0;
}
