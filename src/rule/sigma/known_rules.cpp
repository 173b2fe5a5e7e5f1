// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/known_rules.h"

#include "base/bytes.h"

namespace vedette::rule::sigma {

namespace {

/// What loading depends on besides a file.
std::string bytes_of(const LoadOptions& options) {
    std::string out;
    base::put_varint(out, options.placeholders.size());
    for (const auto& [name, values] : options.placeholders) {
        base::put_text(out, name);
        base::put_varint(out, values.size());
        for (const std::string& value : values) base::put_text(out, value);
    }
    for (const auto& [name, why] : options.refused_placeholders) {
        base::put_text(out, name);
        base::put_text(out, why);
    }
    return out;
}

}  // namespace

LoadedRules KnownRules::load(const TextFiles& files, const LoadOptions& options) {
    const std::lock_guard lock(mutex_);
    const std::shared_ptr<const Program> program = last_.lock();
    const std::string options_bytes = bytes_of(options);
    read_count_ = 0;
    Files now;
    LoadedRules loaded =
        load_rule_set(files, [&](std::string_view path, std::string_view text) -> LoadedRules {
            std::string content;
            base::put_text(content, path);
            base::put_text(content, text);
            const base::Hash128 name = base::hash128(content + options_bytes);
            const auto known = files_.find(name);
            LoadedRules out;
            if (program && known != files_.end() && copy(known->second, path, *program, out)) {
                now[name] = known->second;
                return out;
            }
            ++read_count_;
            out = load_rules(path, text, options);
            File& file = now[name];
            for (const Rule& rule : out.rules) {
                file.rules.push_back({rule.id, rule.line, rule.content_hash});
            }
            std::vector<Rule> rules = std::exchange(out.rules, {});
            file.rest = out;
            out.rules = std::move(rules);
            return out;
        });
    files_ = std::move(now);
    return loaded;
}

/// False if one of them is not in the program as it was read: its id was taken by another file, or
/// a filter was added to it.
bool KnownRules::copy(const File& file, std::string_view path, const Program& program,
                      LoadedRules& out) const {
    out = file.rest;
    for (const File::Known& known : file.rules) {
        const auto found = by_id_.find(known.id);
        if (found == by_id_.end()) return false;
        const Rule& rule = program.rules()[found->second];
        const bool is_as_read =
            rule.path == path && rule.line == known.line && rule.content_hash == known.content_hash;
        if (!is_as_read) return false;
        out.rules.push_back(rule);
        out.rules.back().is_silent = false;  // what correlations make of it is told anew
    }
    return true;
}

base::Result<std::shared_ptr<const Program>> KnownRules::make_program(
    std::vector<Rule> rules, const LogSourceMap& sources, event::FieldDictionary& fields) {
    VD_TRY(auto program, Program::make(std::move(rules), sources, fields, patterns_));
    const std::lock_guard lock(mutex_);
    last_ = program;
    by_id_.clear();
    for (std::uint32_t i = 0; i < program->rules().size(); ++i) {
        by_id_.emplace(program->rules()[i].id, i);
    }
    return program;
}

std::size_t KnownRules::read_count() const {
    const std::lock_guard lock(mutex_);
    return read_count_;
}

}  // namespace vedette::rule::sigma
