// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/file_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "event/yaml_reader.h"
#include "rule/yara/limits.h"

namespace vedette::rule::yara {

namespace {

constexpr std::size_t kMessagesMax = 10'000;

bool holds(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

/// What a message puts between quotes: the name it is about.
std::string quoted_in(const std::string& text) {
    const std::size_t begin = text.find('"');
    const std::size_t end = begin == std::string::npos ? begin : text.find('"', begin + 1);
    return end == std::string::npos ? std::string() : text.substr(begin + 1, end - begin - 1);
}

void gather(int level, const char*, int line, const YR_RULE*, const char* message, void* to) {
    auto& messages = *static_cast<std::vector<CompilerMessage>*>(to);
    if (messages.size() >= kMessagesMax) return;
    messages.push_back({level == YARA_ERROR_LEVEL_ERROR,
                        static_cast<std::uint32_t>(std::max(line, 0)),
                        message == nullptr ? "it is wrong" : message});
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const std::string guess = event::nearest(word, known);
    return guess.empty() || guess == word ? std::string() : "did you mean '" + guess + "'?";
}

/// Names of the form `$name` in a rule's text.
std::vector<std::string> strings_of(std::string_view rule) {
    std::vector<std::string> out;
    for (std::size_t at = rule.find('$'); at != std::string_view::npos; at = rule.find('$', at)) {
        const std::size_t end = rule.find_first_of(" \t\r\n=", at);
        if (end == std::string_view::npos) break;
        const std::size_t next = rule.find_first_not_of(" \t\r\n", end);
        if (next != std::string_view::npos && rule[next] == '=') {
            out.emplace_back(rule.substr(at, end - at));
        }
        at = end;
    }
    return out;
}

/// The words before a colon at the start of a line or brace that are no section of a rule.
std::string section_hint(std::string_view rule) {
    static const std::vector<std::string> sections = {"meta", "strings", "condition"};
    for (std::size_t at = rule.find(':'); at != std::string_view::npos;
         at = rule.find(':', at + 1)) {
        std::size_t begin = at;
        while (begin > 0 && ((rule[begin - 1] >= 'a' && rule[begin - 1] <= 'z'))) --begin;
        const std::string word(rule.substr(begin, at - begin));
        if (word.empty() || holds(sections, word)) continue;
        const std::string hint = did_you_mean(word, sections);
        if (!hint.empty()) return hint;
    }
    if (rule.find("condition") == std::string_view::npos) return "a rule needs a condition";
    return {};
}

}  // namespace

OwnedCompiler new_compiler(std::vector<CompilerMessage>& messages) {
    YR_COMPILER* made = nullptr;
    if (::yr_compiler_create(&made) != ERROR_SUCCESS) return nullptr;
    OwnedCompiler compiler(made);
    ::yr_compiler_set_callback(made, gather, &messages);
    ::yr_compiler_set_include_callback(made, nullptr, nullptr, nullptr);
    for (const std::string& name : external_names()) {
        ::yr_compiler_define_string_variable(made, name.c_str(), "");
    }
    return compiler;
}

std::size_t FileCheck::run(std::size_t rules_left, Deadline deadline) {
    refuse_what_is_not_allowed(rules_left);
    for (int round = 0; !rules_.empty(); ++round) {
        if (round == kRoundsMax) {
            refuse_all(fmt::format("something is wrong again in {} rounds of leaving out what is "
                                   "wrong: the file is refused",
                                   kRoundsMax),
                       "mend the rules named before");
        } else if (std::chrono::steady_clock::now() > deadline) {
            refuse_all(fmt::format("the {} s that a set may take to compile are over",
                                   kCompileMsMax / 1'000),
                       "load fewer rules at once");
        } else if (try_once()) {
            break;
        }
    }
    return rules_.size();
}

void FileCheck::refuse_what_is_not_allowed(std::size_t rules_left) {
    if (const std::size_t nul = text_.find('\0'); nul != std::string::npos) {
        const auto line = std::count(text_.begin(), text_.begin() + static_cast<long>(nul), '\n');
        out_.add_problem(problem_at(static_cast<std::uint32_t>(line) + 1, {},
                                    "a rule file is text, and this one holds a byte of value 0",
                                    "compiled rules are not read: give their source"));
        return;
    }
    for (Piece& piece : pieces_of(text_)) {
        const auto refuse = [&](std::string text, std::string hint) {
            const bool is_rule = piece.kind == Piece::Kind::rule;
            out_.add_problem({fmt::format("{}:{}:{}", name_, piece.line, piece.column),
                              is_rule ? piece.name : std::string(), std::move(text),
                              std::move(hint)});
            blank(text_, piece.begin, piece.end);
        };
        if (piece.kind == Piece::Kind::include) {
            refuse("include is refused: a rule file does not choose which other files are read",
                   "put '" + piece.name + "' into the folder of rules itself");
        } else if (piece.kind == Piece::Kind::import) {
            if (holds(allowed_modules(), piece.name)) {
                imports_.push_back(piece.name);
                continue;
            }
            refused_imports_.push_back(piece.name);
            const std::string guess = did_you_mean(piece.name, allowed_modules());
            refuse("the module '" + piece.name + "' is not allowed",
                   guess.empty() ? "allowed are " + joined(allowed_modules()) : guess);
        } else if (rules_.size() >= rules_left) {
            refuse(fmt::format("the set has more than {} rules", kRulesMax), "load fewer at once");
            refused_names_.push_back(piece.name);
        } else if (piece.strings > kStringsPerRuleMax) {
            refuse(fmt::format("the rule has {} strings, more than {}", piece.strings,
                               kStringsPerRuleMax),
                   "split it");
            refused_names_.push_back(piece.name);
        } else {
            rules_.push_back(std::move(piece));
        }
    }
}

bool FileCheck::try_once() {
    std::vector<CompilerMessage> messages;
    const OwnedCompiler compiler = new_compiler(messages);
    if (!compiler) {
        refuse_all("there is no memory to compile it", {});
        return true;
    }
    if (::yr_compiler_add_string(compiler.get(), text_.c_str(), "check") == 0) {
        for (const CompilerMessage& message : messages) {
            Problem problem = problem_at(message.line, quoted_in(message.text), message.text, {});
            problem.is_warning = true;
            out_.add_problem(std::move(problem));
        }
        return true;
    }
    bool has_changed = false;
    for (const CompilerMessage& message : messages) {
        if (message.is_error) has_changed = take_out(message) || has_changed;
    }
    if (!has_changed) refuse_all("it does not compile, and libyara does not say where", {});
    return false;
}

bool FileCheck::take_out(const CompilerMessage& message) {
    const std::string word = quoted_in(message.text);
    // At the end of the text is what began last.
    const auto found = std::find_if(rules_.rbegin(), rules_.rend(), [&](const Piece& rule) {
        return message.line == 0 ? !rule.is_whole
                                 : rule.line <= message.line && message.line <= rule.line_end;
    });
    if (found != rules_.rend()) {
        const auto index = static_cast<std::size_t>(rules_.rend() - found) - 1;
        const std::uint32_t line = message.line == 0 ? rules_[index].line : message.line;
        std::string text = message.text;
        if (!rules_[index].is_whole) text += "; the file ends within the rule";
        take_out_rule(index, problem_at(line, word.empty() ? rules_[index].name : word, text,
                                        hint_for(message, word, &rules_[index])));
        return true;
    }
    // Between rules: what stands there goes, up to the rules around it.
    std::size_t begin = 0, end = text_.size();
    for (const Piece& rule : rules_) {
        if (message.line != 0 && rule.line > message.line) {
            end = rule.begin;
            break;
        }
        begin = rule.end;
    }
    const std::string before = text_;
    const std::vector<std::string> imports = imports_;
    blank(text_, begin, end);
    if (text_ == before) return false;
    // Directives that stood there too are put back in front, where no line is lost.
    std::string directives;
    for (const std::string& module : imports) directives += "import \"" + module + "\" ";
    if (!directives.empty() && text_.compare(0, directives.size(), directives) != 0) {
        text_.insert(0, directives);
        for (Piece& rule : rules_) rule.begin += directives.size(), rule.end += directives.size();
    }
    out_.add_problem(problem_at(message.line, word, message.text + ", outside of any rule",
                                "only rules, import and remarks belong here"));
    return true;
}

void FileCheck::take_out_rule(std::size_t index, Problem problem) {
    problem.rule = rules_[index].name;
    out_.add_problem(std::move(problem));
    blank(text_, rules_[index].begin, rules_[index].end);
    refused_names_.push_back(rules_[index].name);
    rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(index));
}

void FileCheck::refuse_all(const std::string& text, const std::string& hint) {
    for (const Piece& rule : rules_) {
        out_.add_problem(
            {fmt::format("{}:{}:{}", name_, rule.line, rule.column), rule.name, text, hint});
    }
    rules_.clear();
}

Problem FileCheck::problem_at(std::uint32_t line, const std::string& word, std::string text,
                              std::string hint) const {
    const std::uint32_t at = std::max(line, 1u);
    return {fmt::format("{}:{}:{}", name_, at, column_of(original_, at, word)),
            {},
            std::move(text),
            std::move(hint)};
}

std::string FileCheck::hint_for(const CompilerMessage& message, const std::string& word,
                                const Piece* rule) const {
    const std::string_view text =
        std::string_view(original_)
            .substr(0, original_.size())
            .substr(std::min(rule->begin, original_.size()), rule->end - rule->begin);
    if (message.text.starts_with("syntax error")) return section_hint(text);
    if (message.text.starts_with("undefined string")) {
        return did_you_mean(word, strings_of(text));
    }
    if (message.text.starts_with("unreferenced string")) {
        return "use it in the condition, or call it $_" +
               word.substr(std::min<std::size_t>(1, word.size()));
    }
    if (message.text.starts_with("duplicated identifier")) return "another rule has this name";
    if (!message.text.starts_with("undefined identifier")) return {};
    if (holds(refused_imports_, word)) return "its module is not allowed";
    if (holds(refused_names_, word)) return "the rule '" + word + "' is refused itself";
    if (holds(allowed_modules(), word) && !holds(imports_, word)) {
        return "put `import \"" + word + "\"` in front";
    }
    std::vector<std::string> known = external_names();
    known.insert(known.end(), imports_.begin(), imports_.end());
    for (const Piece& other : rules_) known.push_back(other.name);
    for (const char* const name : {"filesize", "entrypoint", "them", "all", "any", "none"}) {
        known.emplace_back(name);
    }
    return did_you_mean(word, known);
}

}  // namespace vedette::rule::yara
