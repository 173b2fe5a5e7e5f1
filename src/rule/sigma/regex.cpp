// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include <array>
#include <atomic>

#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeCompileContext {
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};
struct FreeMatchContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeMatchData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

/// The backtracking engine, which says what an expression means.
class Backtracker {
  public:
    static base::Result<Backtracker> make(std::string_view expression, Regex::Flags flags) {
        std::uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
        if (flags.ignores_case) options |= PCRE2_CASELESS;
        if (flags.is_multi_line) options |= PCRE2_MULTILINE;
        if (flags.dot_matches_all) options |= PCRE2_DOTALL;
        std::unique_ptr<pcre2_compile_context, FreeCompileContext> context(
            pcre2_compile_context_create(nullptr));
        pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
        pcre2_set_parens_nest_limit(context.get(), 100);
        int error = 0;
        PCRE2_SIZE error_offset = 0;
        Backtracker made;
        made.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()),
                                       expression.size(), options, &error, &error_offset,
                                       context.get()));
        if (!made.code_) {
            std::array<PCRE2_UCHAR, 256> words{};
            pcre2_get_error_message(error, words.data(), words.size());
            return base::fail(ErrorCode::bad_input,
                              "the regular expression is wrong at character " +
                                  std::to_string(error_offset + 1) + ": " +
                                  reinterpret_cast<const char*>(words.data()));
        }
        made.limits_.reset(pcre2_match_context_create(nullptr));
        pcre2_set_match_limit(made.limits_.get(), kRegexStepsMax);
        pcre2_set_heap_limit(made.limits_.get(), kRegexHeapKibMax);
        return made;
    }

    enum class Answer { no, yes, gave_up };
    Answer search(std::string_view text) const {
        const std::unique_ptr<pcre2_match_data, FreeMatchData> data(
            pcre2_match_data_create(1, nullptr));
        const char* bytes = text.empty() ? "" : text.data();
        const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(bytes), text.size(),
                                      0, 0, data.get(), limits_.get());
        if (found >= 0) return Answer::yes;
        return found == PCRE2_ERROR_NOMATCH ? Answer::no : Answer::gave_up;
    }

  private:
    std::unique_ptr<pcre2_code, FreeCode> code_;
    std::unique_ptr<pcre2_match_context, FreeMatchContext> limits_;
};

class BothEngines final : public Regex {
  public:
    /// `whole` is the expression as RE2 is to see it.
    BothEngines(std::string_view expression, Flags flags, const std::string& whole,
                const RE2::Options& options, Backtracker backtracker)
        : Regex(expression, flags), linear_(whole, options), backtracker_(std::move(backtracker)) {}

    bool matches(std::string_view text) const override {
        // Where PCRE's $ and \s differ from RE2's: before a last line feed, and for \v.
        const bool is_alike = !text.ends_with('\n') && text.find('\v') == std::string_view::npos;
        if (is_alike && linear_.ok()) {
            return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), linear_);
        }
        const Backtracker::Answer answer = backtracker_.search(text);
        if (answer == Backtracker::Answer::gave_up) ++gave_up_count_;
        return answer == Backtracker::Answer::yes;
    }
    bool needs_backtracking() const override { return !linear_.ok(); }
    std::uint64_t gave_up_count() const override { return gave_up_count_; }

  private:
    RE2 linear_;
    Backtracker backtracker_;
    mutable std::atomic<std::uint64_t> gave_up_count_{0};
};

}  // namespace

base::Result<std::shared_ptr<const Regex>> Regex::make(std::string_view expression, Flags flags) {
    if (expression.size() > kRegexBytesMax) {
        return base::fail(ErrorCode::limit,
                          "the regular expression has " + std::to_string(expression.size()) +
                              " bytes, more than the allowed " + std::to_string(kRegexBytesMax));
    }
    VD_TRY(Backtracker backtracker, Backtracker::make(expression, flags));
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemoryBytesMax);
    options.set_case_sensitive(!flags.ignores_case);
    options.set_dot_nl(flags.dot_matches_all);
    // RE2 knows m only inside the expression.
    const std::string whole =
        flags.is_multi_line ? "(?m:" + std::string(expression) + ")" : std::string(expression);
    return std::make_shared<const BothEngines>(expression, flags, whole, options,
                                               std::move(backtracker));
}

}  // namespace vedette::rule::sigma
