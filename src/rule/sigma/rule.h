// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "rule/sigma/condition.h"
#include "rule/sigma/correlation.h"
#include "rule/sigma/level.h"
#include "rule/sigma/network.h"
#include "rule/sigma/regex.h"
#include "rule/sigma/wildcard.h"

namespace vedette::rule::sigma {

// What a value may be asked. A value with modifiers becomes one or several of these, of which one
// must be met. What they mean on events: matcher.h.

struct TextTest {
    Wildcard pattern;  ///< folded unless is_cased
    bool is_cased = false;
};
struct RegexTest {
    std::shared_ptr<const Regex> regex;  ///< shared, because copies of a rule keep one program
};
struct NetworkTest {
    Network network;
};
struct NullTest {};
struct ExistsTest {
    bool is_wanted = true;
};
enum class TimePart : std::uint8_t { minute, hour, day, week, month, year };
struct NumberTest {
    enum class Comparison : std::uint8_t { less, less_or_equal, greater, greater_or_equal, equal };
    Comparison comparison = Comparison::equal;
    long double number = 0;             ///< wide enough for every 64-bit integer
    std::optional<TimePart> part = {};  ///< of a date, instead of the value itself
};
struct ReferenceTest {
    enum class Position : std::uint8_t { whole, start, end, anywhere };
    std::string field;  ///< the other field
    Position position = Position::whole;
    bool is_cased = false;
};
using ValueTest =
    std::variant<TextTest, RegexTest, NetworkTest, NullTest, ExistsTest, NumberTest, ReferenceTest>;

/// One value as written, and what it became.
struct RuleValue {
    std::string written;
    std::vector<ValueTest> any_of;
};

/// One `field|modifiers: values` line of a selection, or a list of keywords.
struct FieldTest {
    std::string field;        ///< empty for keywords: any value of the event
    std::string modifiers;    ///< as written, joined with '|'
    bool needs_all = false;   ///< modifier all: every value and not just one
    bool is_negated = false;  ///< modifier neq
    std::vector<RuleValue> values;
    /// How the value is asked, for people: "ends with \"\\cmd.exe\"".
    std::string words(const RuleValue& value) const;
};

/// A search identifier: one of `any_of` must hold, and all tests within it.
struct Selection {
    std::string name;
    std::vector<std::vector<FieldTest>> any_of;
};

struct LogSource {
    std::string category, product, service;
    auto operator<=>(const LogSource&) const = default;
    std::string text() const;  ///< "product=windows category=process_creation"
};

/// One checked single-event rule. Everything is resolved but field names and log sources, which
/// need a field dictionary and a mapping (matcher.h).
struct Rule {
    std::string path;  ///< file, for messages
    int line = 1;      ///< where its document begins
    std::string id;    ///< as written; or "title-" and a hash of the document's title
    std::string title, name, status, description, author;
    Level level = Level::medium;  ///< the specification leaves it out at will: medium then
    LogSource logsource;
    std::vector<Selection> selections;
    std::vector<Condition> conditions;  ///< any of them
    std::vector<std::string> condition_texts;
    std::vector<std::string> tags, falsepositives, fields, references;
    std::uint64_t content_hash = 0;  ///< of the file's text and the document's number
    /// Only correlations use it: what it matches is no finding of its own.
    bool is_silent = false;
};

/// A `filter:` document: what it says is added to the rules that it names (filter.h).
struct Filter {
    std::string path;
    int line = 1;
    std::string id, title;
    LogSource logsource;                        ///< a rule must have what is said here
    std::vector<Correlation::Reference> rules;  ///< none: any
    std::vector<Selection> selections;
    std::vector<Condition> conditions;
    std::vector<std::string> condition_texts;
    std::uint64_t content_hash = 0;
};

/// A document that is not run, and why: what was wrong, or what of Sigma is not run here.
struct Refusal {
    std::string id, title;  ///< where they could be read
    base::Error error;      ///< where = file:line:column
};

struct LoadedRules {
    std::vector<Rule> rules;
    std::vector<Refusal> refusals;
    /// As read by load_rules; resolved by load_rule_set, where those that others use come first.
    std::vector<Correlation> correlations;
    std::vector<Filter> filters;
};

struct LoadOptions {
    /// Values for the placeholders of `expand`, by name without percent signs.
    std::map<std::string, std::vector<std::string>, std::less<>> placeholders = {};
    /// Why others have none.
    std::map<std::string, std::string, std::less<>> refused_placeholders = {};
};

/// Reads every document of one rule file. Never fails as a whole: a document that cannot be used is
/// a refusal, and one refusal stands for a file that is not YAML at all. Collections (`action:`) of
/// older Sigma are recognised and refused as unsupported. Correlations and filters come unresolved:
/// what they name may lie in another file. Cost: about 0.2 ms for a usual rule.   Limits: limits.h
/// Source: Sigma specification 2.1.0, rules, correlation rules, filters and modifiers
LoadedRules load_rules(std::string_view path, std::string_view text,
                       const LoadOptions& options = {});

/// ATT&CK ids of a rule's tags: attack.t1059.001 gives T1059.001, attack.g0016 and attack.s0002
/// their ids; a tactic's name gives its id (attack.execution: TA0002). Sorted, each once.
std::vector<std::string> attack_ids(const std::vector<std::string>& tags);

}  // namespace vedette::rule::sigma
