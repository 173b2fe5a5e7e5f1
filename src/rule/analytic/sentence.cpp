// SPDX-License-Identifier: Apache-2.0
#include "rule/analytic/sentence.h"

#include <algorithm>

#include "event/yaml_reader.h"
#include "rule/analytic/limits.h"

namespace vedette::rule::analytic {

namespace {

constexpr std::pair<std::string_view, Word> kWords[] = {
    {"entity", Word::entity}, {"observed", Word::observed}, {"expected", Word::expected},
    {"low", Word::low},       {"high", Word::high},         {"value", Word::value},
    {"before", Word::before}, {"window", Word::window},     {"when", Word::when},
    {"n", Word::n},           {"against", Word::against},
};

tl::unexpected<base::Error> unknown_word(std::string_view where, std::string_view word) {
    std::vector<std::string> known;
    std::string all;
    for (const auto& [name, unused] : kWords) {
        known.emplace_back(name);
        all += (all.empty() ? "{" : ", {") + std::string(name) + "}";
    }
    const std::string guess = event::nearest(word, known);
    return base::fail(
        base::ErrorCode::bad_input, "there is no word {" + std::string(word) + "} in sentences",
        std::string(where), guess.empty() ? "known are " + all : "did you mean {" + guess + "}?");
}

}  // namespace

std::string_view name(Word word) {
    for (const auto& [name, known] : kWords) {
        if (known == word) return name;
    }
    return {};
}

base::Result<Sentence> Sentence::parse(std::string_view where, std::string_view text) {
    if (text.size() > kSentenceBytesMax) {
        return base::fail(
            base::ErrorCode::limit,
            "the sentence is longer than " + std::to_string(kSentenceBytesMax) + " bytes",
            std::string(where), "one sentence for a person who is in a hurry");
    }
    Sentence out;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        if (open > 0) out.parts_.push_back({false, {}, std::string(text.substr(0, open))});
        if (open == text.size()) break;
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos) {
            return base::fail(base::ErrorCode::bad_input, "a '{' of the sentence is not closed",
                              std::string(where), "words stand in brackets: {entity}");
        }
        const std::string_view word = text.substr(open + 1, close - open - 1);
        const auto known = std::find_if(std::begin(kWords), std::end(kWords),
                                        [&](const auto& entry) { return entry.first == word; });
        if (known == std::end(kWords)) return unknown_word(where, word);
        out.parts_.push_back({true, known->second, {}});
        text.remove_prefix(close + 1);
    }
    return out;
}

bool Sentence::names(Word word) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const Part& part) { return part.is_word && part.word == word; });
}

std::string Sentence::text(const std::vector<Filling>& fillings) const {
    std::string out;
    for (const Part& part : parts_) {
        if (!part.is_word) {
            out += part.text;
            continue;
        }
        const auto filling = std::find_if(fillings.begin(), fillings.end(),
                                          [&](const Filling& f) { return f.word == part.word; });
        out += filling == fillings.end() ? "?" : filling->text;
    }
    return out;
}

}  // namespace vedette::rule::analytic
