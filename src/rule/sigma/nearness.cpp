// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/nearness.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rule/sigma/fold.h"
#include "rule/sigma/measure.h"

namespace vedette::rule::sigma {

namespace {

/// Less than this in common is chance.
constexpr double kShareMin = 0.4;
constexpr std::size_t kCommonBytesMin = 3;

/// The longest text that two texts have in common, of the first their place in `a`.
std::string_view common_part(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::size_t best = 0, best_end = 0;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = b.size(); j > 0; --j) {
            row[j] = a[i - 1] == b[j - 1] ? row[j - 1] + 1 : 0;
            if (row[j] > best) best = row[j], best_end = i;
        }
    }
    return a.substr(best_end - best, best);
}

std::string longest_literal(const Wildcard& pattern) {
    std::string longest;
    for (const Wildcard::Token& token : pattern.tokens()) {
        if (token.text.size() > longest.size()) longest = token.text;
    }
    return longest;
}

std::optional<Nearness> near_text(const TextTest& test, FieldValue& value) {
    if (test.is_cased) {
        std::vector<Wildcard::Token> tokens = test.pattern.tokens();
        for (Wildcard::Token& token : tokens) token.text = fold(token.text);
        if (Wildcard(tokens).matches(value.folded())) {
            return Nearness{0.99, "differs in upper and lower case only"};
        }
    }
    const std::string literal = fold(longest_literal(test.pattern));
    if (literal.empty()) return std::nullopt;
    const std::string_view wanted = std::string_view(literal).substr(0, kNearBytesMax);
    const std::string_view there = std::string_view(value.folded()).substr(0, kNearBytesMax);
    const std::string_view common = common_part(wanted, there);
    if (common.size() == literal.size()) {
        return Nearness{0.95, fmt::format("has \"{}\", but elsewhere or with more around it",
                                          cut_text(common, kNearBytesMax / 4))};
    }
    const double share = static_cast<double>(common.size()) / static_cast<double>(wanted.size());
    if (share < kShareMin || common.size() < kCommonBytesMin) return std::nullopt;
    return Nearness{share * 0.9,
                    fmt::format("has \"{}\", {} of {} bytes", cut_text(common, kNearBytesMax / 4),
                                common.size(), wanted.size())};
}

std::optional<Nearness> near_number(const NumberTest& test, std::string_view text) {
    if (test.part) {
        const auto part = time_part_in(text, *test.part);
        if (!part) return Nearness{0, "is no time"};
        return Nearness{0.5, fmt::format("that part of the time is {}", *part)};
    }
    const auto number = number_in(text);
    if (!number) return Nearness{0, "is no number"};
    const auto apart =
        static_cast<double>(*number < test.number ? test.number - *number : *number - test.number);
    return Nearness{1 / (2 + apart), fmt::format("is {} away", apart)};
}

std::optional<Nearness> near_network(const NetworkTest& test, std::string_view text) {
    const auto address = parse_address(text);
    if (!address) return Nearness{0, "is no address"};
    const Network& network = test.network;
    if (address->size_bytes != network.address.size_bytes) {
        return Nearness{0, "is an address of the other family"};
    }
    int same = 0;
    const auto bit = [](const Address& of, int index) {
        return (of.bytes[static_cast<std::size_t>(index / 8)] >> (7 - index % 8)) & 1;
    };
    while (same < network.prefix_bits && bit(*address, same) == bit(network.address, same)) ++same;
    return Nearness{static_cast<double>(same) / 128,
                    fmt::format("shares {} of {} bits", same, network.prefix_bits)};
}

}  // namespace

std::optional<Nearness> nearness(const ValueTest& test, FieldValue& value) {
    if (!value.has_text()) return std::nullopt;
    if (const auto* text = std::get_if<TextTest>(&test)) return near_text(*text, value);
    if (const auto* number = std::get_if<NumberTest>(&test)) {
        return near_number(*number, value.text);
    }
    if (const auto* network = std::get_if<NetworkTest>(&test)) {
        return near_network(*network, value.text);
    }
    return std::nullopt;
}

}  // namespace vedette::rule::sigma
