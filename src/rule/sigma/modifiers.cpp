// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/modifiers.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "rule/sigma/encode.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"
#include "rule/sigma/placeholder.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;
using Token = Wildcard::Token;
using Kind = Wildcard::Token::Kind;
using Tokens = std::vector<Token>;

/// Which modifiers may stand together is decided by family.
enum class Family {
    list,
    text,
    text_end,
    expand,
    regex,
    regex_flag,
    network,
    exists,
    reference,
    compare,
    time
};

struct Entry {
    std::string_view name;
    Modifier modifier;
    Family family;
};

constexpr std::array kEntries = {
    Entry{"all", Modifier::all, Family::list},
    Entry{"neq", Modifier::neq, Family::list},
    Entry{"base64", Modifier::base64, Family::text},
    Entry{"base64offset", Modifier::base64offset, Family::text},
    Entry{"utf16", Modifier::utf16, Family::text},
    Entry{"utf16be", Modifier::utf16be, Family::text},
    Entry{"utf16le", Modifier::utf16le, Family::text},
    Entry{"wide", Modifier::utf16le, Family::text},
    Entry{"windash", Modifier::windash, Family::text},
    Entry{"cased", Modifier::cased, Family::text_end},
    Entry{"contains", Modifier::contains, Family::text_end},
    Entry{"startswith", Modifier::startswith, Family::text_end},
    Entry{"endswith", Modifier::endswith, Family::text_end},
    Entry{"expand", Modifier::expand, Family::expand},
    Entry{"re", Modifier::re, Family::regex},
    Entry{"i", Modifier::ignorecase, Family::regex_flag},
    Entry{"ignorecase", Modifier::ignorecase, Family::regex_flag},
    Entry{"m", Modifier::multiline, Family::regex_flag},
    Entry{"multiline", Modifier::multiline, Family::regex_flag},
    Entry{"s", Modifier::dotall, Family::regex_flag},
    Entry{"dotall", Modifier::dotall, Family::regex_flag},
    Entry{"cidr", Modifier::cidr, Family::network},
    Entry{"exists", Modifier::exists, Family::exists},
    Entry{"fieldref", Modifier::fieldref, Family::reference},
    Entry{"lt", Modifier::lt, Family::compare},
    Entry{"lte", Modifier::lte, Family::compare},
    Entry{"gt", Modifier::gt, Family::compare},
    Entry{"gte", Modifier::gte, Family::compare},
    Entry{"minute", Modifier::minute, Family::time},
    Entry{"hour", Modifier::hour, Family::time},
    Entry{"day", Modifier::day, Family::time},
    Entry{"week", Modifier::week, Family::time},
    Entry{"month", Modifier::month, Family::time},
    Entry{"year", Modifier::year, Family::time},
};

const Entry* find_entry(std::string_view name) {
    const auto found = std::find_if(kEntries.begin(), kEntries.end(),
                                    [&](const Entry& entry) { return entry.name == name; });
    return found == kEntries.end() ? nullptr : &*found;
}

bool goes_with(Family earlier, Family later) {
    const auto pair = [&](Family a, Family b) {
        return (earlier == a && later == b) || (earlier == b && later == a);
    };
    const auto is_text = [](Family family) {
        return family == Family::text || family == Family::text_end || family == Family::expand;
    };
    if (pair(Family::list, Family::exists)) return false;
    if (earlier == Family::list || later == Family::list) return true;
    if (is_text(earlier) && is_text(later)) return true;
    if (later == Family::regex_flag) return true;  // that `re` stands before is checked apart
    return pair(Family::reference, Family::text_end) || pair(Family::regex, Family::expand) ||
           pair(Family::network, Family::expand) || pair(Family::compare, Family::time);
}

base::Result<void> check_place(const Entry& entry, const std::vector<const Entry*>& before) {
    const bool is_after_re = std::any_of(before.begin(), before.end(), [](const Entry* other) {
        return other->family == Family::regex;
    });
    if (entry.family == Family::regex_flag && !is_after_re) {
        return base::fail(ErrorCode::bad_input, "the modifier '" + std::string(entry.name) +
                                                    "' has a meaning only behind 're'");
    }
    for (const Entry* other : before) {
        const std::string both =
            "'" + std::string(other->name) + "' and '" + std::string(entry.name) + "'";
        if (other->modifier == entry.modifier) {
            return base::fail(ErrorCode::bad_input, "the modifiers " + both + " repeat each other");
        }
        const bool is_re = other->family == Family::regex || entry.family == Family::regex;
        if (!goes_with(other->family, entry.family)) {
            return base::fail(
                ErrorCode::bad_input, "the modifiers " + both + " do not go together", {},
                is_re ? "an expression is searched anywhere; anchor it with ^ and $" : "");
        }
    }
    return {};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

bool has(const std::vector<Modifier>& modifiers, Modifier wanted) {
    return std::find(modifiers.begin(), modifiers.end(), wanted) != modifiers.end();
}

tl::unexpected<base::Error> wrong(std::string text, std::string hint = {}) {
    return base::fail(ErrorCode::bad_input, std::move(text), {}, std::move(hint));
}

tl::unexpected<base::Error> too_many_forms() {
    return base::fail(ErrorCode::limit, "the value becomes more than " +
                                            std::to_string(kFormsPerValueMax) + " forms");
}

/// A text value on its way through the modifiers: all its forms, as tokens.
class TextForms {
  public:
    explicit TextForms(const Wildcard& value) : forms_{value.tokens()} {}

    base::Result<void> apply(Modifier modifier, const LoadOptions& options) {
        switch (modifier) {
            case Modifier::contains: open_left(), open_right(); return {};
            case Modifier::startswith: open_right(); return {};
            case Modifier::endswith: open_left(); return {};
            case Modifier::windash: return dashes();
            case Modifier::expand: return placeholders(options);
            case Modifier::base64:
                return encode(
                    [](std::string_view bytes) { return std::vector<std::string>{base64(bytes)}; });
            case Modifier::base64offset: return offsets();
            case Modifier::utf16: return wide(Utf16::little_with_mark);
            case Modifier::utf16le: return wide(Utf16::little);
            case Modifier::utf16be: return wide(Utf16::big);
            default: return {};  // all, neq and cased do not change the text
        }
    }

    void open_left() {
        for (Tokens& form : forms_) form.insert(form.begin(), Token{Kind::many});
    }
    void open_right() {
        for (Tokens& form : forms_) form.push_back(Token{Kind::many});
    }
    const std::vector<Tokens>& forms() const { return forms_; }

  private:
    /// Replaces each literal of each form by every one of its writings.
    template <typename Writings>
    base::Result<void> rewrite(const Writings& writings_of) {
        std::vector<Tokens> out;
        for (const Tokens& form : forms_) {
            std::vector<Tokens> begun(1);
            for (const Token& token : form) {
                std::vector<Tokens> writings = {{token}};
                if (token.kind == Kind::literal) {
                    VD_TRY(writings, writings_of(token.text));
                }
                std::vector<Tokens> longer;
                for (const Tokens& begin : begun) {
                    for (const Tokens& writing : writings) {
                        if (longer.size() >= kFormsPerValueMax) return too_many_forms();
                        longer.push_back(begin);
                        longer.back().insert(longer.back().end(), writing.begin(), writing.end());
                    }
                }
                begun = std::move(longer);
            }
            if (out.size() + begun.size() > kFormsPerValueMax) return too_many_forms();
            out.insert(out.end(), begun.begin(), begun.end());
        }
        forms_ = std::move(out);
        return {};
    }

    base::Result<void> dashes() {
        return rewrite([](const std::string& text) -> base::Result<std::vector<Tokens>> {
            std::vector<Tokens> out;
            for (std::string& writing : windash(text, kFormsPerValueMax)) {
                out.push_back({{Kind::literal, std::move(writing)}});
            }
            return out;
        });
    }

    base::Result<void> placeholders(const LoadOptions& options) {
        return rewrite([&](const std::string& text) -> base::Result<std::vector<Tokens>> {
            std::vector<Tokens> out(1);
            VD_TRY(const std::vector<PlaceholderPart> parts, cut_placeholders(text, options));
            for (const PlaceholderPart& part : parts) {
                std::vector<Tokens> longer;
                for (const Tokens& begin : out) {
                    for (const std::string& value : part.values) {
                        if (longer.size() >= kFormsPerValueMax) return too_many_forms();
                        longer.push_back(begin);
                        const Wildcard read =
                            part.is_placeholder ? Wildcard::parse(value) : Wildcard::literal(value);
                        longer.back().insert(longer.back().end(), read.tokens().begin(),
                                             read.tokens().end());
                    }
                }
                out = std::move(longer);
            }
            return out;
        });
    }

    base::Result<void> wide(Utf16 order) {
        VD_TRY_DO(rewrite([&](const std::string& text) -> base::Result<std::vector<Tokens>> {
            const Utf16 plain = order == Utf16::big ? Utf16::big : Utf16::little;
            return std::vector<Tokens>{{{Kind::literal, utf16(text, plain)}}};
        }));
        if (order != Utf16::little_with_mark) return {};
        for (Tokens& form : forms_) {
            form.insert(form.begin(), Token{Kind::literal, utf16({}, order)});
        }
        return {};
    }

    base::Result<void> offsets() {
        for (const Tokens& form : forms_) {
            if (Wildcard(form).plain_text().size() < 2) {
                return wrong("the value is too short for 'base64offset'",
                             "nothing of one byte is certain in its encoded form");
            }
        }
        return encode([](std::string_view bytes) {
            const auto all = base64_offsets(bytes);
            return std::vector<std::string>(all.begin(), all.end());
        });
    }

    template <typename Encoder>
    base::Result<void> encode(const Encoder& encoder) {
        std::vector<Tokens> out;
        for (const Tokens& form : forms_) {
            const Wildcard whole(form);
            if (whole.has_wildcards()) {
                return wrong("a value with wildcards cannot be encoded as Base64",
                             "write \\* or \\? for the plain character, and 'contains' behind "
                             "'base64' or 'base64offset'");
            }
            for (std::string& text : encoder(whole.plain_text())) {
                if (out.size() >= kFormsPerValueMax) return too_many_forms();
                out.push_back({{Kind::literal, std::move(text)}});
            }
        }
        forms_ = std::move(out);
        return {};
    }

    std::vector<Tokens> forms_;
};

TextTest make_text_test(Tokens tokens, bool is_cased) {
    if (!is_cased) {
        for (Token& token : tokens) token.text = fold(token.text);
    }
    return {Wildcard(std::move(tokens)), is_cased};
}

base::Result<std::vector<ValueTest>> text_tests(const std::string& written, bool is_text,
                                                const std::vector<Modifier>& modifiers,
                                                bool is_keyword, const LoadOptions& options) {
    TextForms forms(is_text ? Wildcard::parse(written) : Wildcard::literal(written));
    bool has_end = false;
    for (const Modifier modifier : modifiers) {
        VD_TRY_DO(forms.apply(modifier, options));
        has_end = has_end || modifier == Modifier::contains || modifier == Modifier::startswith ||
                  modifier == Modifier::endswith;
    }
    if (is_keyword && !has_end) forms.open_left(), forms.open_right();
    std::vector<ValueTest> out;
    for (const Tokens& form : forms.forms()) {
        out.emplace_back(make_text_test(form, has(modifiers, Modifier::cased)));
    }
    return out;
}

base::Result<std::vector<ValueTest>> regex_tests(const std::string& written,
                                                 const std::vector<Modifier>& modifiers,
                                                 const LoadOptions& options) {
    const Regex::Flags flags{has(modifiers, Modifier::ignorecase),
                             has(modifiers, Modifier::multiline), has(modifiers, Modifier::dotall)};
    std::vector<std::string> expressions = {written};
    if (has(modifiers, Modifier::expand)) {
        VD_TRY(expressions, fill_placeholders(written, options, PlaceholderQuoting::regex));
    }
    std::vector<ValueTest> out;
    for (const std::string& expression : expressions) {
        VD_TRY(auto regex, Regex::make(expression, flags));
        out.emplace_back(RegexTest{std::move(regex)});
    }
    return out;
}

base::Result<std::vector<ValueTest>> network_tests(const std::string& written,
                                                   const std::vector<Modifier>& modifiers,
                                                   const LoadOptions& options) {
    std::vector<std::string> texts = {written};
    if (has(modifiers, Modifier::expand)) {
        VD_TRY(texts, fill_placeholders(written, options, PlaceholderQuoting::none));
    }
    std::vector<ValueTest> out;
    for (const std::string& text : texts) {
        const auto network = Network::parse(text);
        if (!network)
            return wrong("'" + text + "' is not a network", "such as 10.0.0.0/8, fe80::/10");
        out.emplace_back(NetworkTest{*network});
    }
    return out;
}

base::Result<ValueTest> number_test(const YamlNode& node, const std::vector<Modifier>& modifiers) {
    const auto text = event::yaml_number(node);
    if (!text) return wrong("'" + node.text + "' is not a number", "write it without quotes");
    NumberTest test;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), test.number);
    if (read.ec != std::errc()) return wrong("'" + node.text + "' is out of range");
    using Comparison = NumberTest::Comparison;
    for (const Modifier modifier : modifiers) {
        switch (modifier) {
            case Modifier::lt: test.comparison = Comparison::less; break;
            case Modifier::lte: test.comparison = Comparison::less_or_equal; break;
            case Modifier::gt: test.comparison = Comparison::greater; break;
            case Modifier::gte: test.comparison = Comparison::greater_or_equal; break;
            case Modifier::minute: test.part = TimePart::minute; break;
            case Modifier::hour: test.part = TimePart::hour; break;
            case Modifier::day: test.part = TimePart::day; break;
            case Modifier::week: test.part = TimePart::week; break;
            case Modifier::month: test.part = TimePart::month; break;
            case Modifier::year: test.part = TimePart::year; break;
            default: break;
        }
    }
    return ValueTest(test);
}

base::Result<ValueTest> reference_test(const YamlNode& node,
                                       const std::vector<Modifier>& modifiers) {
    if (node.text.empty()) return wrong("'fieldref' needs the name of another field");
    ReferenceTest test{node.text};
    test.is_cased = has(modifiers, Modifier::cased);
    const bool is_start = has(modifiers, Modifier::startswith);
    const bool is_end = has(modifiers, Modifier::endswith);
    using Position = ReferenceTest::Position;
    if (is_start) test.position = Position::start;
    if (is_end) test.position = Position::end;
    if ((is_start && is_end) || has(modifiers, Modifier::contains)) {
        test.position = Position::anywhere;
    }
    return ValueTest(test);
}

bool has_family(const std::vector<Modifier>& modifiers, Family family) {
    return std::any_of(kEntries.begin(), kEntries.end(), [&](const Entry& entry) {
        return entry.family == family && has(modifiers, entry.modifier);
    });
}

base::Result<std::vector<ValueTest>> make_tests(const YamlNode& node, RuleValue& value,
                                                const std::vector<Modifier>& modifiers,
                                                bool is_keyword, const LoadOptions& options) {
    if (has_family(modifiers, Family::exists)) {
        const auto wanted = event::yaml_boolean(node);
        if (!wanted) return wrong("'exists' needs true or false");
        return std::vector<ValueTest>{ExistsTest{*wanted}};
    }
    if (has_family(modifiers, Family::compare) || has_family(modifiers, Family::time)) {
        VD_TRY(ValueTest test, number_test(node, modifiers));
        return std::vector<ValueTest>{std::move(test)};
    }
    if (has(modifiers, Modifier::fieldref)) {
        VD_TRY(ValueTest test, reference_test(node, modifiers));
        return std::vector<ValueTest>{std::move(test)};
    }
    if (node.is_null()) {
        const bool is_changed =
            std::any_of(kEntries.begin(), kEntries.end(), [&](const Entry& entry) {
                return entry.family != Family::list && has(modifiers, entry.modifier);
            });
        if (is_changed || is_keyword) return wrong("null cannot be searched for in a text");
        return std::vector<ValueTest>{NullTest{}};
    }
    if (has(modifiers, Modifier::re)) return regex_tests(node.text, modifiers, options);
    if (has(modifiers, Modifier::cidr)) return network_tests(node.text, modifiers, options);
    const auto number = event::yaml_number(node);
    if (number) value.written = *number;
    return text_tests(value.written, !number, modifiers, is_keyword, options);
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
    std::string best;
    std::size_t best_distance = std::min<std::size_t>(3, word.size() / 2 + 1);
    if (word.size() > 64) return best;
    for (const std::string& name : names) {
        if (name.size() > 64) continue;
        const std::size_t distance = edit_distance(word, name);
        if (distance < best_distance) best = name, best_distance = distance;
    }
    return best;
}

base::Result<std::vector<Modifier>> parse_modifiers(std::string_view text) {
    std::vector<const Entry*> entries;
    for (bool has_more = !text.empty(); has_more;) {
        const std::size_t bar = text.find('|');
        const std::string_view name = text.substr(0, bar);
        has_more = bar != std::string_view::npos;
        if (has_more) text.remove_prefix(bar + 1);
        if (name.empty()) return wrong("a modifier should follow '|'");
        const Entry* entry = find_entry(name);
        if (entry == nullptr) {
            std::vector<std::string> names;
            names.reserve(std::size(kEntries));
            for (const Entry& known : kEntries) names.emplace_back(known.name);
            const std::string meant = nearest(name, names);
            return wrong("unknown modifier '" + std::string(name) + "'",
                         meant.empty() ? "" : "did you mean '" + meant + "'?");
        }
        VD_TRY_DO(check_place(*entry, entries));
        entries.push_back(entry);
    }
    std::vector<Modifier> out;
    out.reserve(entries.size());
    for (const Entry* entry : entries) out.push_back(entry->modifier);
    return out;
}

base::Result<RuleValue> make_value(const YamlNode& node, const std::vector<Modifier>& modifiers,
                                   bool is_keyword, const LoadOptions& options) {
    if (node.is_map()) {
        return wrong("a value cannot be a map", "write nested fields with dots: outer.inner");
    }
    if (node.is_list()) return wrong("a list cannot stand inside a list of values");
    if (node.text.size() > kValueBytesMax) {
        return base::fail(ErrorCode::limit,
                          "the value has more than " + std::to_string(kValueBytesMax) + " bytes");
    }
    if (is_keyword &&
        (has_family(modifiers, Family::exists) || has_family(modifiers, Family::reference))) {
        return wrong("a keyword names no field, so this modifier has nothing to look at");
    }
    RuleValue value{node.is_null() ? "null" : node.text, {}};
    VD_TRY(value.any_of, make_tests(node, value, modifiers, is_keyword, options));
    return value;
}

}  // namespace vedette::rule::sigma
