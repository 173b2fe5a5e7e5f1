// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/stix_pattern.h"

#include <algorithm>
#include <optional>

#include "rule/intel/limits.h"

namespace vedette::rule::intel {

namespace {

struct Token {
    enum class Kind { end, mark, word, text, broken };
    Kind kind = Kind::end;
    std::string text;  ///< of a word as written; of a string without quotes and escapes
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Cuts a pattern into words (paths, operators, numbers), strings and marks.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Token next() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        if (at_ == text_.size()) return {};
        const char c = text_[at_];
        constexpr std::string_view kMarks = "[](),";
        if (kMarks.find(c) != std::string_view::npos) {
            ++at_;
            return {Token::Kind::mark, std::string(1, c)};
        }
        constexpr std::string_view kOperators = "=!<>";
        if (kOperators.find(c) != std::string_view::npos) {
            const std::size_t begin = at_++;
            if (at_ < text_.size() && (text_[at_] == '=' || text_[at_] == '>')) ++at_;
            return {Token::Kind::word, std::string(text_.substr(begin, at_ - begin))};
        }
        if (c == '\'') return string();
        return word();
    }

  private:
    Token string() {
        std::string out;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\'') {
                ++at_;
                return {Token::Kind::text, std::move(out)};
            }
            if (text_[at_] == '\\' && ++at_ == text_.size()) break;
            out.push_back(text_[at_]);
        }
        return {Token::Kind::broken, {}};
    }

    /// A path has steps in quotes and in brackets: network-traffic:extensions.'http-request-ext'.x,
    /// email-message:to_refs[*].value. Quotes are left out.
    Token word() {
        std::string out;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            constexpr std::string_view kEnds = "]()=!<>,";
            if (is_blank(c) || kEnds.find(c) != std::string_view::npos) break;
            if (c == '[') {
                const std::size_t close = text_.find(']', at_);
                if (close == std::string_view::npos) return {Token::Kind::broken, {}};
                at_ = close + 1;
                continue;
            }
            if (c == '\'') {
                const Token quoted = string();
                if (quoted.kind == Token::Kind::broken) return quoted;
                // t'...', h'...', b'...' are literals of their own.
                if (out.size() == 1) return {Token::Kind::text, quoted.text};
                out += quoted.text;
                continue;
            }
            out.push_back(c);
            ++at_;
        }
        return {Token::Kind::word, std::move(out)};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

std::optional<IndicatorType> hash_type(std::string_view algorithm) {
    std::string plain;
    for (const char c : algorithm) {
        if (c != '-') plain.push_back(c);
    }
    for (const IndicatorType type : {IndicatorType::md5, IndicatorType::sha1, IndicatorType::sha256,
                                     IndicatorType::sha512, IndicatorType::imphash}) {
        if (plain == name(type)) return type;
    }
    return std::nullopt;
}

/// What values of a path are; for a reference to an address or a name, what the value looks like.
std::optional<IndicatorType> type_of(const std::string& path, const std::string& value) {
    static constexpr std::pair<std::string_view, IndicatorType> kPaths[] = {
        {"ipv4-addr:value", IndicatorType::network},
        {"ipv6-addr:value", IndicatorType::network},
        {"domain-name:value", IndicatorType::domain},
        {"url:value", IndicatorType::url},
        {"email-addr:value", IndicatorType::email},
        {"email-message:from_ref.value", IndicatorType::email},
        {"email-message:sender_ref.value", IndicatorType::email},
        {"network-traffic:extensions.http-request-ext.request_header.user-agent",
         IndicatorType::user_agent},
        {"file:extensions.windows-pebinary-ext.imphash", IndicatorType::imphash},
    };
    for (const auto& [known, type] : kPaths) {
        if (path == known) return type;
    }
    for (const std::string_view owner :
         {"file:hashes.", "artifact:hashes.", "process:image_ref.hashes.",
          "process:binary_ref.hashes."}) {
        if (path.starts_with(owner)) return hash_type(std::string_view(path).substr(owner.size()));
    }
    if (path == "network-traffic:dst_ref.value" || path == "network-traffic:src_ref.value") {
        const auto guessed = guess_type(value);
        if (guessed == IndicatorType::network || guessed == IndicatorType::domain) return guessed;
    }
    return std::nullopt;
}

class Parser {
  public:
    explicit Parser(std::string_view text) : scanner_(text) { advance(); }

    StixPattern read() {
        StixPattern out = observations(0);
        if (!is_broken_ && now_.kind == Token::Kind::end) return out;
        return {{}, {is_too_deep_ ? "nested too deeply" : "not a pattern that can be read"}};
    }

  private:
    void advance() {
        now_ = scanner_.next();
        if (now_.kind == Token::Kind::broken) is_broken_ = true;
    }
    bool is_mark(char c) const { return now_.kind == Token::Kind::mark && now_.text[0] == c; }
    bool take_mark(char c) {
        if (!is_mark(c)) return false;
        advance();
        return true;
    }
    bool take_word(std::string_view word) {
        if (now_.kind != Token::Kind::word || now_.text != word) return false;
        advance();
        return true;
    }
    StixPattern broken() {
        is_broken_ = true;
        return {};
    }
    bool may_go_deeper(int depth) {
        if (depth < kPatternDepthMax) return true;
        is_broken_ = is_too_deep_ = true;
        return false;
    }
    static void append(StixPattern& out, StixPattern more) {
        std::move(more.values.begin(), more.values.end(), std::back_inserter(out.values));
        std::move(more.refused.begin(), more.refused.end(), std::back_inserter(out.refused));
    }

    /// Operands between `AND`: more than one is no single value.
    template <class Operand>
    StixPattern all_of(Operand&& operand, const char* refusal) {
        StixPattern out = operand();
        bool is_several = false;
        while (!is_broken_ && take_word("AND")) {
            operand();
            is_several = true;
        }
        return is_several ? StixPattern{{}, {refusal}} : out;
    }
    template <class Operand>
    StixPattern any_of(Operand&& operand) {
        StixPattern out = operand();
        while (!is_broken_ && take_word("OR")) append(out, operand());
        return out;
    }

    StixPattern observations(int depth) {
        if (!may_go_deeper(depth)) return {};
        const auto atom = [&] { return observation(depth); };
        const auto all = [&] { return all_of(atom, "AND of several observations"); };
        StixPattern out = any_of(all);
        bool is_sequence = false;
        while (!is_broken_ && take_word("FOLLOWEDBY")) {
            any_of(all);
            is_sequence = true;
        }
        return is_sequence ? StixPattern{{}, {"FOLLOWEDBY"}} : out;
    }

    StixPattern observation(int depth) {
        StixPattern out;
        if (take_mark('(')) {
            out = observations(depth + 1);
            if (!take_mark(')')) return broken();
        } else {
            if (!take_mark('[')) return broken();
            out = tests(depth + 1);
            if (!take_mark(']')) return broken();
        }
        return qualified(std::move(out));
    }

    /// Qualifiers say how often or when: a single value cannot.
    StixPattern qualified(StixPattern out) {
        for (;;) {
            if (is_broken_) return {};
            std::size_t words = 0;
            const std::string qualifier = now_.text;
            if (take_word("WITHIN") || take_word("REPEATS")) {
                words = 2;  // 5 SECONDS, 3 TIMES
            } else if (take_word("START")) {
                words = 3;  // t'...' STOP t'...'
            } else {
                return out;
            }
            for (std::size_t i = 0; i < words; ++i) {
                if (now_.kind != Token::Kind::word && now_.kind != Token::Kind::text)
                    return broken();
                advance();
            }
            out = {{}, {qualifier}};
        }
    }

    StixPattern tests(int depth) {
        if (!may_go_deeper(depth)) return {};
        const auto atom = [&]() -> StixPattern {
            if (!take_mark('(')) return test();
            StixPattern inner = tests(depth + 1);
            return take_mark(')') ? inner : broken();
        };
        return any_of([&] { return all_of(atom, "AND of several tests"); });
    }

    StixPattern test() {
        if (now_.kind != Token::Kind::word) return broken();
        if (now_.text == "NOT" || now_.text == "EXISTS") {
            take_word("NOT");
            if (!take_word("EXISTS") || now_.kind != Token::Kind::word) return broken();
            advance();
            return {{}, {"EXISTS"}};
        }
        const std::string path = lower(now_.text);
        if (path.find(':') == std::string::npos) return broken();
        advance();
        const bool is_negated = take_word("NOT");
        const std::string operation = now_.text;
        static constexpr std::string_view kOperations[] = {
            "=",  "==", "!=",   "<>",      "<",        ">",         "<=",
            ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"};
        const bool is_known = now_.kind == Token::Kind::word &&
                              std::find(std::begin(kOperations), std::end(kOperations),
                                        operation) != std::end(kOperations);
        if (!is_known) return broken();
        advance();
        std::vector<std::string> values;
        if (!literals(operation == "IN", values)) return broken();
        if (is_negated || operation == "!=" || operation == "<>") return {{}, {"NOT"}};
        const bool is_equal = operation == "=" || operation == "==" || operation == "IN";
        const bool is_subset =
            operation == "ISSUBSET" && (path == "ipv4-addr:value" || path == "ipv6-addr:value");
        if (!is_equal && !is_subset) return {{}, {"the operator " + operation}};
        StixPattern out;
        for (std::string& value : values) {
            if (const auto type = type_of(path, value)) {
                out.values.emplace_back(*type, std::move(value));
            } else {
                constexpr std::size_t kToldBytesMax = 60;
                out.refused.push_back("values of " + path.substr(0, kToldBytesMax));
            }
        }
        return out;
    }

    bool literals(bool is_list, std::vector<std::string>& out) {
        const auto one = [&] {
            if (now_.kind != Token::Kind::text && now_.kind != Token::Kind::word) return false;
            out.push_back(now_.text);
            advance();
            return true;
        };
        if (!is_list) return one();
        if (!take_mark('(')) return false;
        do {
            if (!one()) return false;
        } while (take_mark(','));
        return take_mark(')');
    }

    Scanner scanner_;
    Token now_;
    bool is_broken_ = false, is_too_deep_ = false;
};

}  // namespace

StixPattern read_stix_pattern(std::string_view text) {
    if (text.size() > kPatternBytesMax) return {{}, {"a pattern that is too long"}};
    return Parser(text).read();
}

}  // namespace vedette::rule::intel
