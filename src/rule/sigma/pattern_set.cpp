// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/pattern_set.h"

#include <hs/hs.h>

#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"
#include "base/check.h"

namespace vedette::rule::sigma {

namespace {

/// Refusals of single patterns that are borne before the whole set is given up.
constexpr int kTriesMax = 8;

/// Patterns in the form Vectorscan takes them.
class Compilation {
  public:
    Compilation(PatternSet::Kind kind, const std::vector<std::string>& patterns)
        : kind_(kind), patterns_(patterns) {
        for (std::uint32_t i = 0; i < patterns.size(); ++i) ids_.push_back(i);
    }

    /// Expressions that are not known are told apart one by one, which is cheap, because each
    /// refusal of the whole costs a compilation.
    void leave_out_unknown(std::vector<std::uint32_t>& refused) {
        if (kind_ != PatternSet::Kind::expression) return;
        std::erase_if(ids_, [&](std::uint32_t id) {
            hs_expr_info* info = nullptr;
            hs_compile_error* error = nullptr;
            const bool is_known =
                hs_expression_info(patterns_[id].c_str(), flags(), &info, &error) == HS_SUCCESS;
            hs_free_compile_error(error);
            std::free(info);  // as its documentation asks
            if (!is_known) refused.push_back(id);
            return !is_known;
        });
    }

    /// Leaves out what is refused until the rest compiles.
    hs_database* run(std::vector<std::uint32_t>& refused) {
        leave_out_unknown(refused);
        for (int tries = 0; !ids_.empty(); ++tries) {
            hs_compile_error* error = nullptr;
            hs_database* database = nullptr;
            if (compile(&database, &error) == HS_SUCCESS) return database;
            const int at = error == nullptr ? -1 : error->expression;
            hs_free_compile_error(error);
            const bool is_named = at >= 0 && static_cast<std::size_t>(at) < ids_.size();
            if (!is_named || tries == kTriesMax) {
                refused.insert(refused.end(), ids_.begin(), ids_.end());
                return nullptr;
            }
            refused.push_back(ids_[static_cast<std::size_t>(at)]);
            ids_.erase(ids_.begin() + at);
        }
        return nullptr;
    }

  private:
    unsigned int flags() const {
        switch (kind_) {
            case PatternSet::Kind::literal: return 0;
            case PatternSet::Kind::caseless_literal: return HS_FLAG_CASELESS;
            case PatternSet::Kind::expression: return HS_FLAG_MULTILINE;
        }
        return 0;
    }

    hs_error_t compile(hs_database** database, hs_compile_error** error) const {
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const std::uint32_t id : ids_) {
            texts.push_back(patterns_[id].c_str());
            sizes.push_back(patterns_[id].size());
        }
        const std::vector<unsigned int> flags(ids_.size(), this->flags());
        const auto count = static_cast<unsigned int>(ids_.size());
        if (kind_ == PatternSet::Kind::expression) {
            return hs_compile_multi(texts.data(), flags.data(), ids_.data(), count, HS_MODE_BLOCK,
                                    nullptr, database, error);
        }
        return hs_compile_lit_multi(texts.data(), flags.data(), ids_.data(), sizes.data(), count,
                                    HS_MODE_BLOCK, nullptr, database, error);
    }

    PatternSet::Kind kind_;
    const std::vector<std::string>& patterns_;
    std::vector<unsigned int> ids_;
};

base::Hash128 content_of(PatternSet::Kind kind, const std::vector<std::string>& patterns) {
    std::string bytes(1, static_cast<char>(kind));
    for (const std::string& pattern : patterns) base::put_text(bytes, pattern);
    return base::hash128(bytes);
}

}  // namespace

std::shared_ptr<const PatternSet> PatternSet::make(Kind kind,
                                                   const std::vector<std::string>& patterns,
                                                   std::vector<std::uint32_t>& refused) {
    const auto set = std::make_shared<PatternSet>(Key());
    set->database_ = Compilation(kind, patterns).run(set->refused_);
    refused = set->refused_;
    if (set->database_ == nullptr) return nullptr;
    return set;
}

PatternSet::~PatternSet() { hs_free_database(database_); }

std::size_t PatternSet::memory_bytes() const {
    std::size_t size = 0;
    VD_CHECK(hs_database_size(database_, &size) == HS_SUCCESS);
    return size;
}

PatternScratch::~PatternScratch() { hs_free_scratch(scratch_); }

void PatternScratch::fit(const PatternSet& set) {
    VD_CHECK(hs_alloc_scratch(set.database(), &scratch_) == HS_SUCCESS);
}

std::size_t PatternScratch::memory_bytes() const {
    std::size_t size = 0;
    if (scratch_ != nullptr) VD_CHECK(hs_scratch_size(scratch_, &size) == HS_SUCCESS);
    return size;
}

void scan_patterns(const PatternSet& set, const PatternScratch& scratch, std::string_view text,
                   OnPattern on_pattern, void* context) {
    VD_CHECK(text.size() <= 0xFFFF'FFFF);
    const hs_error_t done =
        hs_scan(set.database(), text.data(), static_cast<unsigned int>(text.size()), 0,
                scratch.get(), on_pattern, context);
    VD_CHECK(done == HS_SUCCESS || done == HS_SCAN_TERMINATED);
}

std::shared_ptr<const PatternSet> PatternSetCache::get(PatternSet::Kind kind,
                                                       const std::vector<std::string>& patterns,
                                                       std::vector<std::uint32_t>& refused) {
    if (patterns.empty()) return nullptr;
    const base::Hash128 content = content_of(kind, patterns);
    {
        const std::lock_guard lock(mutex_);
        const auto known = sets_.find(content);
        if (known != sets_.end()) {
            if (auto set = known->second.lock()) {
                refused = set->refused();
                return set;
            }
        }
    }
    auto made = PatternSet::make(kind, patterns, refused);
    const std::lock_guard lock(mutex_);
    ++made_count_;
    std::erase_if(sets_, [](const auto& entry) { return entry.second.expired(); });
    if (made) sets_[content] = made;
    return made;
}

std::size_t PatternSetCache::made_count() const {
    const std::lock_guard lock(mutex_);
    return made_count_;
}

}  // namespace vedette::rule::sigma
