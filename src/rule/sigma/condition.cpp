// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/condition.h"

#include <algorithm>

#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"
#include "rule/sigma/wildcard.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;
using Kind = Condition::Kind;

struct Word {
    std::string text;    ///< as written
    std::string folded;  ///< for keywords
    std::size_t column = 0;
};

bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '*' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

tl::unexpected<base::Error> wrong(std::size_t column, std::string text, std::string hint = {}) {
    return base::fail(ErrorCode::bad_input, std::move(text), std::to_string(column),
                      std::move(hint));
}

base::Result<std::vector<Word>> cut_words(std::string_view text) {
    std::vector<Word> words;
    for (std::size_t i = 0; i < text.size();) {
        if (is_blank(text[i])) {
            ++i;
            continue;
        }
        const std::size_t begin = i;
        if (text[i] == '|') {
            return base::fail(ErrorCode::unsupported,
                              "an aggregation after '|' is of an older Sigma and is not run",
                              std::to_string(i + 1), "write a correlation rule instead");
        }
        while (i < text.size() && is_name(text[i])) ++i;
        if (i == begin && text[i] != '(' && text[i] != ')') {
            std::size_t end = i;
            next_code_point(text, end);
            return wrong(i + 1,
                         "'" + std::string(text.substr(i, end - i)) + "' has no meaning here");
        }
        if (i == begin) ++i;
        const std::string_view word = text.substr(begin, i - begin);
        words.push_back({std::string(word), fold(word), begin + 1});
        if (words.size() > kConditionTokensMax) {
            return base::fail(ErrorCode::limit, "the condition has more than " +
                                                    std::to_string(kConditionTokensMax) + " words");
        }
    }
    words.push_back({"", "", text.size() + 1});
    return words;
}

/// Recursive descent over the words, one function per line of the grammar.
class Reader {
  public:
    explicit Reader(std::vector<Word> words) : words_(std::move(words)) {}

    base::Result<Condition> whole() {
        VD_TRY(Condition condition, either());
        if (!now().text.empty()) {
            return wrong(now().column,
                         "'" + now().text + "' where 'and', 'or' or the end should be");
        }
        return condition;
    }

  private:
    const Word& now() const { return words_[at_]; }
    const Word& next() const { return words_[std::min(at_ + 1, words_.size() - 1)]; }

    base::Result<Condition> either() { return chain("or", Kind::either, &Reader::both); }
    base::Result<Condition> both() { return chain("and", Kind::both, &Reader::negation); }

    base::Result<Condition> chain(std::string_view word, Kind kind,
                                  base::Result<Condition> (Reader::*part)()) {
        VD_TRY(Condition first, (this->*part)());
        if (now().folded != word) return first;
        Condition all{kind};
        all.parts.push_back(std::move(first));
        while (now().folded == word) {
            ++at_;
            VD_TRY(Condition other, (this->*part)());
            all.parts.push_back(std::move(other));
        }
        return all;
    }

    base::Result<Condition> negation() {
        if (now().folded != "not") return group();
        if (++depth_ > kConditionDepthMax) return too_deep();
        ++at_;
        VD_TRY(Condition inner, negation());
        --depth_;
        Condition condition{Kind::negation};
        condition.parts.push_back(std::move(inner));
        return condition;
    }

    base::Result<Condition> group() {
        if (now().text == "(") {
            if (++depth_ > kConditionDepthMax) return too_deep();
            const std::size_t opened = now().column;
            ++at_;
            VD_TRY(Condition inner, either());
            if (now().text != ")") return wrong(opened, "this '(' is not closed");
            ++at_;
            --depth_;
            return inner;
        }
        if (next().folded == "of") return quantity();
        return name();
    }

    base::Result<Condition> quantity() {
        const std::string& count = now().folded;
        if (count != "1" && count != "any" && count != "all") {
            return base::fail(ErrorCode::unsupported, "'" + now().text + " of' is not run",
                              std::to_string(now().column), "use '1 of', 'any of' or 'all of'");
        }
        Condition condition{count == "all" ? Kind::all_of : Kind::some_of};
        at_ += 2;
        if (is_reserved(now())) return wrong(now().column, "a name or 'them' should follow 'of'");
        condition.name = now().folded == "them" ? "them" : now().text;
        ++at_;
        return condition;
    }

    base::Result<Condition> name() {
        if (is_reserved(now())) {
            return wrong(now().column, now().text.empty()
                                           ? "the condition ends where a name should be"
                                           : "'" + now().text + "' where a name should be");
        }
        if (now().text.find('*') != std::string::npos) {
            return wrong(now().column, "the pattern '" + now().text + "' needs '1 of' or 'all of'",
                         "write '1 of " + now().text + "'");
        }
        Condition condition{Kind::selection, now().text};
        ++at_;
        return condition;
    }

    static bool is_reserved(const Word& word) {
        return word.text.empty() || word.text == "(" || word.text == ")" || word.folded == "and" ||
               word.folded == "or" || word.folded == "not" || word.folded == "of";
    }

    static tl::unexpected<base::Error> too_deep() {
        return base::fail(ErrorCode::limit, "the condition is nested deeper than " +
                                                std::to_string(kConditionDepthMax) + " levels");
    }

    std::vector<Word> words_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

int strength(Kind kind) {
    switch (kind) {
        case Kind::either: return 0;
        case Kind::both: return 1;
        case Kind::negation: return 2;
        default: return 3;
    }
}

std::string print_part(const Condition& part, Kind parent) {
    // A chain inside a chain of its own kind keeps its parentheses: it is another tree.
    const bool needs_group =
        strength(part.kind) < strength(parent) || (part.kind == parent && parent != Kind::negation);
    return needs_group ? "(" + print(part) + ")" : print(part);
}

}  // namespace

base::Result<Condition> parse_condition(std::string_view text) {
    VD_TRY(std::vector<Word> words, cut_words(text));
    return Reader(std::move(words)).whole();
}

std::string print(const Condition& condition) {
    switch (condition.kind) {
        case Kind::selection: return condition.name;
        case Kind::some_of: return "1 of " + condition.name;
        case Kind::all_of: return "all of " + condition.name;
        case Kind::negation: return "not " + print_part(condition.parts.front(), condition.kind);
        default: break;
    }
    std::string out;
    for (const Condition& part : condition.parts) {
        if (!out.empty()) out += condition.kind == Kind::both ? " and " : " or ";
        out += print_part(part, condition.kind);
    }
    return out;
}

bool is_meant(std::string_view pattern, std::string_view name) {
    if (name.starts_with('_') && !pattern.starts_with('_')) return false;
    if (pattern == "them") return true;
    std::vector<Wildcard::Token> tokens;
    for (const char c : pattern) {
        if (c == '*') {
            tokens.push_back({Wildcard::Token::Kind::many});
        } else {
            tokens.push_back({Wildcard::Token::Kind::literal, std::string(1, c)});
        }
    }
    return Wildcard(std::move(tokens)).matches(name);
}

}  // namespace vedette::rule::sigma
