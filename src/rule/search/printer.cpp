// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "rule/search/names.h"
#include "rule/search/query.h"
#include "rule/search/scanner.h"

namespace vedette::rule::search {

namespace {

bool is_wildcard(const Value& value, std::size_t at) {
    return std::binary_search(value.wildcards.begin(), value.wildcards.end(), at);
}

// Characters that end or change a word wherever they stand, and those that do so in front.
constexpr std::string_view kEverywhere = "\\\"()*?<>|";
constexpr std::string_view kInBareWords = ":=";
constexpr std::string_view kInBounds = "]}";
constexpr std::string_view kInFront = "-!'/[{&,+";

std::string print_word(const Value& value, std::string_view also) {
    std::string out;
    for (std::size_t i = 0; i < value.text.size(); ++i) {
        const char c = value.text[i];
        const bool is_special = is_blank(c) || kEverywhere.find(c) != std::string_view::npos ||
                                also.find(c) != std::string_view::npos ||
                                (i == 0 && kInFront.find(c) != std::string_view::npos) ||
                                (c == ',' && i + 1 == value.text.size());
        if (is_special && !is_wildcard(value, i)) out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

std::string print_value(const Value& value, std::string_view also) {
    return value.is_quoted ? print_quoted(value.text) : print_word(value, also);
}

std::string print_pattern(std::string_view pattern) {
    std::string out = "/";
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            out.push_back(pattern[i++]);
        } else if (pattern[i] == '/') {
            out.push_back('\\');
        }
        out.push_back(pattern[i]);
    }
    return out + '/';
}

// A name of one letter could be a drive (C:\), one of hexadecimal digits an address: a blank behind
// the colon says that it is neither.
std::string field_prefix(std::string_view name) {
    const bool is_ambiguous = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    return print_field(name) + (is_ambiguous || name.size() == 1 ? ": " : ":");
}

std::string print_range(const Test& test) {
    if (test.lower && test.upper) {
        return field_prefix(test.field) + (test.lower->is_inclusive ? "[" : "{") +
               print_value(test.lower->value, kInBounds) + " TO " +
               print_value(test.upper->value, kInBounds) + (test.upper->is_inclusive ? "]" : "}");
    }
    const Bound& bound = test.lower ? *test.lower : *test.upper;
    return print_field(test.field) + (test.lower ? '>' : '<') + (bound.is_inclusive ? "=" : "") +
           print_value(bound.value, "=");
}

// A word of the language is a field's name only in quotes when no colon follows.
std::string print_list_field(const std::string& name) {
    return keyword(name).empty() ? print_field(name) : print_quoted(name);
}

std::string print_test(const Test& test) {
    const std::string prefix = test.field.empty() ? "" : field_prefix(test.field);
    switch (test.kind) {
        case Test::Kind::value:
            return prefix + print_value(test.value, test.field.empty() ? kInBareWords : "");
        case Test::Kind::exists: return prefix + '*';
        case Test::Kind::regex: return prefix + print_pattern(test.value.text);
        case Test::Kind::range: return print_range(test);
        case Test::Kind::list: return print_list_field(test.field) + " in @" + test.value.text;
    }
    return {};
}

std::string print_child(const Node& child, bool needs_brackets) {
    return needs_brackets ? '(' + print(child) + ')' : print(child);
}

}  // namespace

std::string print(const Node& node) {
    using Kind = Node::Kind;
    switch (node.kind) {
        case Kind::everything: return "*";
        case Kind::test: return print_test(node.test);
        case Kind::negation: {
            const Node& child = node.children.front();
            return "not " +
                   print_child(child, child.kind == Kind::all_of || child.kind == Kind::any_of);
        }
        case Kind::all_of:
        case Kind::any_of: break;
    }
    const bool is_all = node.kind == Kind::all_of;
    std::string out;
    for (const Node& child : node.children) {
        const bool needs_brackets =
            child.kind == Kind::any_of || (is_all && child.kind == Kind::all_of);
        if (!out.empty()) out += is_all ? " and " : " or ";
        out += print_child(child, needs_brackets);
    }
    return out;
}

}  // namespace vedette::rule::search
