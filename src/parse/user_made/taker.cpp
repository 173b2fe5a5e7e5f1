// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/taker.h"

#include "parse/clean_text.h"
#include "parse/csv_limits.h"
#include "parse/csv_line.h"
#include "parse/quoted_text.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/pair_scan.h"

namespace vedette::parse::user_made {

using event::ValueKind;

namespace {

class RegexTaker final : public Taker {
  public:
    explicit RegexTaker(const StageProgram& stage)
        : stage_(stage), groups_(stage.pattern->group_count()) {}

    bool take(std::string_view text, const event::Envelope&, RowWork& work) override {
        if (!stage_.pattern->match(text, groups_.data())) return false;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            if (!groups_[i].empty()) work.put(stage_.groups[i], groups_[i]);
        }
        return true;
    }

  private:
    const StageProgram& stage_;
    std::vector<std::string_view> groups_;
};

class DissectTaker final : public Taker {
  public:
    explicit DissectTaker(const StageProgram& stage)
        : stage_(stage), values_(stage.dissect->names().size()) {}

    bool take(std::string_view text, const event::Envelope&, RowWork& work) override {
        if (!stage_.dissect->match(text, values_.data(), work.room())) return false;
        for (std::size_t i = 0; i < values_.size(); ++i) {
            if (!values_[i].empty()) work.put(stage_.keys[i], values_[i]);
        }
        return true;
    }

  private:
    const StageProgram& stage_;
    std::vector<std::string_view> values_;
};

/// Numbers without quotes are numbers, as in the built-in format of pairs.
class PairTaker final : public Taker {
  public:
    explicit PairTaker(const StageProgram& stage)
        : stage_(stage),
          scanner_(stage.written.between, stage.written.assign, stage.written.quotes) {
        const Stage usual;
        is_usual_ = stage.written.between == usual.between &&
                    stage.written.assign == usual.assign && stage.written.quotes == usual.quotes;
    }

    bool take(std::string_view text, const event::Envelope&, RowWork& work) override {
        if (is_usual_) {
            KeyValueScanner scanner(text);
            return take_all(scanner, work);
        }
        scanner_.begin(text);
        return take_all(scanner_, work);
    }

  private:
    template <typename Scanner>
    bool take_all(Scanner& scanner, RowWork& work) {
        std::size_t count = 0;
        while (const auto pair = scanner.next()) {
            if (++count > kPairsMax) {
                work.batch().rows().back().flags |= event::kRowTruncated;
                break;
            }
            std::string_view value = pair->value;
            if (pair->has_escapes) value = work.room().copy(unescape_bytes(value, scratch_));
            const bool is_number = !pair->was_quoted && number_kind(value) == ValueKind::integer;
            work.put(names_.find(work, stage_, pair->key), pair->key, value,
                     is_number ? ValueKind::integer : ValueKind::text);
        }
        return count > 0;
    }

    const StageProgram& stage_;
    PairScanner scanner_;
    bool is_usual_ = false;
    NameMemory names_;
    std::string scratch_;
};

class CsvTaker final : public Taker {
  public:
    explicit CsvTaker(const StageProgram& stage)
        : stage_(stage),
          reader_(stage.written.separator),
          header_reader_(stage.written.separator) {}

    bool take(std::string_view text, const event::Envelope& envelope, RowWork& work) override {
        const auto& values = reader_.read(text);
        if (reader_.is_open()) return false;
        if (!stage_.written.columns.empty()) {
            if (values.size() != stage_.keys.size()) return false;
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (!values[i].empty()) work.put(stage_.keys[i], values[i], number_kind(values[i]));
            }
            return true;
        }
        if (!is_known_ || envelope.context != context_) learn(envelope.context);
        if (names_.empty() || values.size() != names_.size()) return false;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i].empty()) continue;
            work.put(memory_.find(work, stage_, names_[i]), names_[i], values[i],
                     number_kind(values[i]));
        }
        return true;
    }

  private:
    void learn(const std::string& context) {
        context_ = context;
        is_known_ = true;
        names_.clear();
        std::string_view line = context_;
        if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
        std::string scratch;
        const std::string clean(clean_text(line, scratch).text);
        const auto& names = header_reader_.read(clean);
        if (context_.empty() || header_reader_.is_open() || names.size() > csv::kColumnsMax) return;
        for (const std::string_view name : names) {
            // A column without a name still has values: its number names it.
            const std::string_view own = trimmed(name);
            names_.push_back(own.empty() ? "column" + std::to_string(names_.size() + 1)
                                         : std::string(own));
        }
    }

    const StageProgram& stage_;
    csv::LineReader reader_, header_reader_;
    std::string context_;  // what names_ was read from
    bool is_known_ = false;
    std::vector<std::string> names_;
    NameMemory memory_;
};

}  // namespace

std::unique_ptr<Taker> make_taker(const StageProgram& stage) {
    switch (stage.written.take) {
        case Take::regex: return std::make_unique<RegexTaker>(stage);
        case Take::dissect: return std::make_unique<DissectTaker>(stage);
        case Take::key_value: return std::make_unique<PairTaker>(stage);
        case Take::csv: return std::make_unique<CsvTaker>(stage);
        case Take::json: break;
    }
    return make_json_taker(stage);
}

}  // namespace vedette::parse::user_made
