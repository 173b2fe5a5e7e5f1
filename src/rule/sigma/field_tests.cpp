// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/field_tests.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"
#include "rule/sigma/measure.h"
#include "rule/sigma/regex_scan.h"

namespace vedette::rule::sigma {

namespace {

using Token = Wildcard::Token;
using TokenKind = Wildcard::Token::Kind;

struct MetByText {
    std::string_view raw, folded;

    bool operator()(const TextTest& test) const {
        return test.pattern.matches(test.is_cased ? raw : folded);
    }
    bool operator()(const RegexTest& test) const { return test.regex->matches(raw); }
    bool operator()(const NetworkTest& test) const {
        const auto address = parse_address(raw);
        return address && test.network.contains(*address);
    }
    bool operator()(const NumberTest& test) const { return meets(test, raw); }
    bool operator()(const NullTest&) const { return false; }
    bool operator()(const ExistsTest&) const { return false; }
    bool operator()(const ReferenceTest&) const { return false; }
};

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Whether the tokens are these kinds, in order.
bool are(const std::vector<Token>& tokens, std::initializer_list<TokenKind> kinds) {
    return std::equal(tokens.begin(), tokens.end(), kinds.begin(), kinds.end(),
                      [](const Token& token, TokenKind kind) { return token.kind == kind; });
}

/// How many places may be found in a value before the rest is asked one by one.
std::uint64_t places_max(std::size_t size) { return 1'024 + kPlacesPerByteMax * size; }

}  // namespace

bool is_met_by_text(const ValueTest& test, std::string_view raw, std::string_view folded) {
    return std::visit(MetByText{raw, folded}, test);
}

std::string scanned_text(const TextTest& test) {
    std::string_view longest;
    for (const Token& token : test.pattern.tokens()) {
        if (token.kind != TokenKind::literal || token.text.size() <= longest.size()) continue;
        // A cased literal stays itself when the value is folded only if it is of ASCII: a part of a
        // character may become another character's part.
        if (test.is_cased && !is_ascii(token.text)) continue;
        longest = token.text;
    }
    const std::string_view part = longest.substr(0, kScannedTextBytesMax);
    return test.is_cased ? fold(part) : std::string(part);
}

/// Deals the tests to the tables.
class FieldTests::Builder {
  public:
    Builder(FieldTests& made, PatternSetCache& cache) : made_(made), cache_(cache) {}

    void add(PredicateId predicate, const ValueTest& form) {
        const Test test{predicate, &form};
        if (const auto* text = std::get_if<TextTest>(&form)) {
            add_text(test, *text);
        } else if (const auto* regex = std::get_if<RegexTest>(&form)) {
            add_regex(test, *regex->regex);
        } else if (const auto* number = std::get_if<NumberTest>(&form)) {
            made_.numbers_.add(*number, predicate);
        } else if (const auto* network = std::get_if<NetworkTest>(&form)) {
            made_.networks_.add(network->network, predicate);
        } else {
            VD_CHECK(false && "no test on a text");
        }
    }

    void finish() {
        made_.whole_ = TextTable(std::move(whole_));
        made_.whole_cased_ = TextTable(std::move(whole_cased_));
        made_.begins_ = EndTable(EndTable::End::first, std::move(begins_));
        made_.ends_ = EndTable(EndTable::End::last, std::move(ends_));
        made_.numbers_.settle();
        made_.networks_.settle();
        compile_texts();
        compile_regexes();
    }

  private:
    void one_by_one(const Test& test) {
        made_.one_by_one_.push_back(test);
        if (std::holds_alternative<RegexTest>(*test.form)) ++made_.one_by_one_regex_count_;
    }

    void add_text(const Test& test, const TextTest& text) {
        const std::vector<Token>& tokens = text.pattern.tokens();
        if (are(tokens, {TokenKind::many})) {
            made_.any_text_.push_back(test.predicate);
        } else if (tokens.empty() || are(tokens, {TokenKind::literal})) {
            auto& table = text.is_cased ? whole_cased_ : whole_;
            table.emplace_back(text.pattern.plain_text(), test.predicate);
        } else if (!text.is_cased && are(tokens, {TokenKind::literal, TokenKind::many})) {
            begins_.emplace_back(tokens.front().text, test.predicate);
        } else if (!text.is_cased && are(tokens, {TokenKind::many, TokenKind::literal})) {
            ends_.emplace_back(tokens.back().text, test.predicate);
        } else {
            add_scanned(test, text);
        }
    }

    void add_scanned(const Test& test, const TextTest& text) {
        std::string scanned = scanned_text(text);
        // One byte is found faster by itself than it is worth among thousands.
        if (scanned.size() < 2) return one_by_one(test);
        const std::vector<Token>& tokens = text.pattern.tokens();
        const bool is_whole = !text.is_cased &&
                              are(tokens, {TokenKind::many, TokenKind::literal, TokenKind::many}) &&
                              tokens[1].text.size() == scanned.size();
        texts_[std::move(scanned)].push_back({test, !is_whole});
    }

    void add_regex(const Test& test, const Regex& regex) {
        const auto scan = scannable(regex);
        if (!scan || regexes_size_ + scan->size > kScannedRegexesSizeMax) return one_by_one(test);
        regexes_size_ += scan->size;
        regexes_.push_back(scan_text(regex));
        made_.regex_targets_.push_back({test, !scan->stays_in_a_line});
    }

    void compile_texts() {
        std::vector<std::string> patterns;
        made_.text_target_begins_.push_back(0);
        for (auto& [text, targets] : texts_) {
            patterns.push_back(text);
            made_.text_sizes_.push_back(text.size());
            made_.text_targets_.insert(made_.text_targets_.end(), targets.begin(), targets.end());
            made_.text_target_begins_.push_back(
                static_cast<std::uint32_t>(made_.text_targets_.size()));
        }
        std::vector<std::uint32_t> refused;
        made_.texts_ = cache_.get(PatternSet::Kind::literal, patterns, refused);
        for (const std::uint32_t pattern : refused) {
            for (std::uint32_t i = made_.text_target_begins_[pattern];
                 i < made_.text_target_begins_[pattern + 1]; ++i) {
                one_by_one(made_.text_targets_[i].test);
            }
        }
    }

    void compile_regexes() {
        std::vector<std::uint32_t> refused;
        made_.regexes_ = cache_.get(PatternSet::Kind::expression, regexes_, refused);
        for (const std::uint32_t i : refused) one_by_one(made_.regex_targets_[i].test);
    }

    FieldTests& made_;
    PatternSetCache& cache_;
    std::vector<std::pair<std::string, PredicateId>> whole_, whole_cased_, begins_, ends_;
    std::map<std::string, std::vector<Target>> texts_;
    std::vector<std::string> regexes_;
    std::size_t regexes_size_ = 0;
};

FieldTests::FieldTests(const std::vector<std::pair<PredicateId, const ValueTest*>>& tests,
                       PatternSetCache& cache) {
    Builder builder(*this, cache);
    for (const auto& [predicate, form] : tests) builder.add(predicate, *form);
    builder.finish();
}

void FieldTests::fit(Scratch& scratch) const {
    if (texts_) scratch.patterns.fit(*texts_);
    if (regexes_) scratch.patterns.fit(*regexes_);
    const std::size_t targets = text_targets_.size() + regex_targets_.size();
    if (scratch.asked.size() < targets) scratch.asked.resize(targets, 0);
}

/// What both scans do with what they find: ask each target once of a value, as long as a value does
/// not have too many places.
class FieldTests::Asking {
  public:
    Asking(const ValueTable& values, Scratch& scratch, std::uint32_t base, std::size_t first_target,
           std::vector<Truth>& out)
        : values_(values), asked_(scratch.asked.data() + first_target), base_(base), out_(out) {}

    /// False if the value has had its share of places.
    bool may_go_on(std::uint32_t value, std::size_t size) {
        if (value != counted_) {
            counted_ = value;
            places_ = 0;
        }
        return ++places_ <= places_max(size);
    }

    void ask(std::size_t index, const Target& target, std::uint32_t value, bool is_simple = true) {
        std::uint32_t& asked = asked_[index];
        if (asked == base_ + value) return;
        asked = base_ + value;
        if ((is_simple && !target.needs_asking) || is_met(target, value)) {
            out_.push_back({value, target.test.predicate});
        }
    }

    /// Asks of a value everything that was not yet.
    void ask_all(const std::vector<Target>& targets, std::uint32_t value) {
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (asked_[i] == base_ + value) continue;
            asked_[i] = base_ + value;
            if (is_met(targets[i], value)) out_.push_back({value, targets[i].test.predicate});
        }
    }

  private:
    bool is_met(const Target& target, std::uint32_t value) const {
        return is_met_by_text(*target.test.form, values_.raw(value), values_.folded(value));
    }

    const ValueTable& values_;
    std::uint32_t* asked_;
    std::uint32_t base_;
    std::vector<Truth>& out_;
    std::uint32_t counted_ = 0xFFFF'FFFF;
    std::uint64_t places_ = 0;
};

/// The pass over the folded texts.
class FieldTests::TextScan {
  public:
    TextScan(const FieldTests& tests, const ValueTable& values, Scratch& scratch,
             std::uint32_t base, std::vector<Truth>& out)
        : tests_(tests),
          values_(values),
          scratch_(scratch),
          asking_(values, scratch, base, 0, out) {}

    void run() {
        const std::string_view text = values_.folded_text();
        while (value_ < values_.size()) {
            start_ = values_.folded_begin(value_);
            is_stopped_ = false;
            scan_patterns(*tests_.texts_, scratch_.patterns, text.substr(start_), *this);
            if (!is_stopped_) return;
            asking_.ask_all(tests_.text_targets_, value_);
            ++value_;
        }
    }

    int operator()(std::uint32_t pattern, std::uint64_t end_in_scan) {
        const std::size_t end = start_ + end_in_scan;
        const std::size_t begin = end - tests_.text_sizes_[pattern];
        find_value(end - 1);
        const std::size_t value_begin = values_.folded_begin(value_);
        const std::size_t value_size = values_.folded(value_).size();
        // Found across two values, or with the NUL between them.
        if (begin < value_begin || end > value_begin + value_size) return 0;
        if (!asking_.may_go_on(value_, value_size)) {
            is_stopped_ = true;
            return 1;
        }
        for (std::uint32_t i = tests_.text_target_begins_[pattern];
             i < tests_.text_target_begins_[pattern + 1]; ++i) {
            asking_.ask(i, tests_.text_targets_[i], value_);
        }
        return 0;
    }

  private:
    /// Ends come in ascending order or nearly.
    void find_value(std::size_t at) {
        while (value_ > 0 && values_.folded_begin(value_) > at) --value_;
        while (value_ + 1 < values_.size() && values_.folded_begin(value_ + 1) <= at) ++value_;
    }

    const FieldTests& tests_;
    const ValueTable& values_;
    Scratch& scratch_;
    Asking asking_;
    std::uint32_t value_ = 0;
    std::size_t start_ = 0;
    bool is_stopped_ = false;
};

/// The pass over the squeezed values, one to a line.
class FieldTests::RegexScan {
  public:
    RegexScan(const FieldTests& tests, const ValueTable& values, Scratch& scratch,
              std::uint32_t base, std::vector<Truth>& out)
        : tests_(tests),
          scratch_(scratch),
          asking_(values, scratch, base, tests.text_targets_.size(), out) {
        scratch_.lines.clear();
        scratch_.line_ends.clear();
        for (std::uint32_t value = 0; value < values.size(); ++value) {
            bool is_simple = false;
            if (!append_squeezed(values.raw(value), scratch_.lines, is_simple)) {
                asking_.ask_all(tests_.regex_targets_, value);
                continue;
            }
            scratch_.line_ends.push_back({scratch_.lines.size(), value, is_simple});
            scratch_.lines.push_back('\n');
        }
    }

    void run() {
        const std::string_view text = scratch_.lines;
        while (line_ < scratch_.line_ends.size()) {
            start_ = line_begin();
            is_stopped_ = false;
            scan_patterns(*tests_.regexes_, scratch_.patterns, text.substr(start_), *this);
            if (!is_stopped_) return;
            asking_.ask_all(tests_.regex_targets_, value());
            ++line_;
        }
    }

    int operator()(std::uint32_t pattern, std::uint64_t end_in_scan) {
        const std::size_t end = start_ + end_in_scan;
        while (line_ > 0 && line_begin() > end) --line_;
        while (line_ + 1 < scratch_.line_ends.size() && scratch_.line_ends[line_].place < end) {
            ++line_;
        }
        // What ends behind a line's feed is no part of it; what ends where a line begins is empty
        // or the feed before it, so it is asked.
        if (end < line_begin() || end > scratch_.line_ends[line_].place) return 0;
        if (!asking_.may_go_on(value(), scratch_.line_ends[line_].place - line_begin())) {
            is_stopped_ = true;
            return 1;
        }
        asking_.ask(pattern, tests_.regex_targets_[pattern], value(),
                    scratch_.line_ends[line_].is_simple && end > line_begin());
        return 0;
    }

  private:
    std::size_t line_begin() const {
        return line_ == 0 ? 0 : scratch_.line_ends[line_ - 1].place + 1;
    }
    std::uint32_t value() const { return scratch_.line_ends[line_].value; }

    const FieldTests& tests_;
    Scratch& scratch_;
    Asking asking_;
    std::size_t line_ = 0, start_ = 0;
    bool is_stopped_ = false;
};

void FieldTests::find_in_tables(const ValueTable& values, Scratch& scratch,
                                std::vector<Truth>& out) const {
    const bool has_numbers = !numbers_.is_empty() || !networks_.is_empty();
    for (std::uint32_t value = 0; value < values.size(); ++value) {
        const std::string_view raw = values.raw(value), folded = values.folded(value);
        const auto add = [&](PredicateId predicate) { out.push_back({value, predicate}); };
        if (!whole_.is_empty()) {
            for (const PredicateId predicate : whole_.find(folded)) add(predicate);
        }
        if (!whole_cased_.is_empty()) {
            for (const PredicateId predicate : whole_cased_.find(raw)) add(predicate);
        }
        if (!begins_.is_empty()) begins_.find(folded, add);
        if (!ends_.is_empty()) ends_.find(folded, add);
        for (const PredicateId predicate : any_text_) add(predicate);
        for (const Test& test : one_by_one_) {
            if (is_met_by_text(*test.form, raw, folded)) add(test.predicate);
        }
        if (!has_numbers) continue;
        scratch.numbers.clear();
        if (!numbers_.is_empty()) numbers_.find(raw, scratch.numbers);
        if (!networks_.is_empty()) networks_.find(raw, scratch.numbers);
        for (const PredicateId predicate : scratch.numbers) add(predicate);
    }
}

void FieldTests::find(const ValueTable& values, Scratch& scratch, std::vector<Truth>& out) const {
    find_in_tables(values, scratch, out);
    if (!texts_ && !regexes_) return;
    if (scratch.mark > 0xFFFF'FFFF - values.size() - 1) {
        std::fill(scratch.asked.begin(), scratch.asked.end(), 0);
        scratch.mark = 0;
    }
    const std::uint32_t base = scratch.mark + 1;
    scratch.mark += static_cast<std::uint32_t>(values.size());
    if (texts_) TextScan(*this, values, scratch, base, out).run();
    if (regexes_) RegexScan(*this, values, scratch, base, out).run();
}

std::size_t FieldTests::set_bytes() const {
    return (texts_ ? texts_->memory_bytes() : 0) + (regexes_ ? regexes_->memory_bytes() : 0);
}

std::size_t FieldTests::memory_bytes() const {
    return whole_.memory_bytes() + whole_cased_.memory_bytes() + begins_.memory_bytes() +
           ends_.memory_bytes() + numbers_.memory_bytes() + networks_.memory_bytes() +
           one_by_one_.capacity() * sizeof(Test) + any_text_.capacity() * 4 +
           text_sizes_.capacity() * 8 + text_target_begins_.capacity() * 4 +
           (text_targets_.capacity() + regex_targets_.capacity()) * sizeof(Target);
}

}  // namespace vedette::rule::sigma
