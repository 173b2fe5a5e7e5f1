// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "parse/user_made/limits.h"
#include "parse/user_made/program.h"

namespace vedette::parse::user_made {

namespace {

using base::ErrorCode;
using base::Result;

/// Follows the steps with names alone, so that nothing of them is left when rows are made.
class Compiler {
  public:
    Compiler(std::string_view where, const ReadFile& read_file)
        : where_(where), read_file_(read_file) {}

    Result<std::shared_ptr<const Program>> compile(Definition definition) {
        out_->definition = std::move(definition);
        const Definition& written = out_->definition;
        if (!written.recognition.regex.text.empty()) {
            VD_TRY(out_->recognised, pattern(written.recognition.regex));
        }
        for (const Stage& stage : written.stages) VD_TRY_DO(add_stage(stage));
        for (const Step& step : written.steps) VD_TRY_DO(add_step(step));
        for (const auto& [name, value] : fields_) {
            out_->emits.push_back({value.index, name, value.constant});
            if (!is_own_input(name, value.index)) out_->made_fields.insert(name);
        }
        for (const auto& [name, constant] : more_constants_) {
            out_->emits.push_back({kNoValue, name, constant});
        }
        const bool may_have_keys = is_open(out_->stages.front());
        if (!written.recognition.keys.empty() && !may_have_keys) {
            return wrong(written.name.place, "records of this form have no keys to be told by",
                         "use marks or regex");
        }
        out_->value_count = count_;
        if (count_ > kValuesMax) {
            return base::fail(
                ErrorCode::limit,
                "the definition names more than " + std::to_string(kValuesMax) + " values",
                std::string(where_));
        }
        return std::shared_ptr<const Program>(std::move(out_));
    }

  private:
    /// What stands under a field's name at this point.
    struct Named {
        ValueIndex index = kNoValue;
        std::string constant = {};
    };

    tl::unexpected<base::Error> wrong(Place place, std::string text, std::string hint = {}) const {
        return base::fail(ErrorCode::bad_input, std::move(text), place_text(where_, place),
                          std::move(hint));
    }

    /// An error of a part that does not know where it stands.
    tl::unexpected<base::Error> placed(base::Error error, Place place) const {
        error.where = place_text(where_, place);
        return tl::unexpected<base::Error>(std::move(error));
    }

    Result<std::shared_ptr<const Pattern>> pattern(const Placed& text) const {
        auto compiled = Pattern::compile(text.text);
        if (!compiled) return placed(compiled.error(), text.place);
        return compiled;
    }

    ValueIndex new_value() {
        // The sum is checked in the end; until then numbers stay within their type.
        if (count_ <= kValuesMax) ++count_;
        return static_cast<ValueIndex>(count_ - 1);
    }

    auto find(std::string_view name) {
        return std::find_if(fields_.begin(), fields_.end(),
                            [&](const auto& field) { return field.first == name; });
    }

    void put(const std::string& name, Named value) {
        drop_constants(name);
        const auto found = find(name);
        if (found == fields_.end()) {
            fields_.emplace_back(name, std::move(value));
        } else {
            found->second = std::move(value);
        }
    }

    void drop_constants(const std::string& name) {
        std::erase_if(more_constants_, [&](const auto& more) { return more.first == name; });
    }

    bool is_own_input(const std::string& name, ValueIndex index) const {
        return std::any_of(
            out_->stages.begin(), out_->stages.end(), [&](const StageProgram& stage) {
                const auto found = stage.inputs.find(name);
                return found != stage.inputs.end() && found->second == index && index != kNoValue;
            });
    }

    static bool is_open(const StageProgram& stage) {
        const Stage& written = stage.written;
        return written.take == Take::json || written.take == Take::key_value ||
               (written.take == Take::csv && written.columns.empty());
    }

    /// The value under a name; one that a record may bring is made when it is first asked for.
    Result<ValueIndex> value_of(const Placed& field) {
        const auto found = find(field.text);
        if (found != fields_.end() && found->second.index != kNoValue) return found->second.index;
        if (found != fields_.end()) {
            return wrong(field.place, "'" + field.text + "' is a constant");
        }
        const bool has_open = std::any_of(out_->stages.begin(), out_->stages.end(), is_open);
        const bool is_gone = gone_.count(field.text) > 0;
        if (!has_open || is_gone) {
            std::vector<std::string> known;
            std::string list;
            for (const auto& [name, value] : fields_) {
                known.push_back(name);
                if (known.size() <= 20) list += (list.empty() ? "" : ", ") + name;
            }
            const std::string guess = nearest(field.text, known);
            return wrong(field.place, "there is no field '" + field.text + "' at this step",
                         !guess.empty() ? "did you mean '" + guess + "'?"
                         : is_gone      ? "a step before has renamed or dropped it"
                                        : "the fields are " + list);
        }
        const ValueIndex index = new_value();
        for (StageProgram& stage : out_->stages) {
            if (is_open(stage)) stage.inputs.emplace(field.text, index);
        }
        fields_.emplace_back(field.text, Named{index});
        return index;
    }

    /// The value of a field that a stage brings under this name.
    ValueIndex input(StageProgram& stage, const std::string& name) {
        const auto known = stage.inputs.find(name);
        if (known != stage.inputs.end()) return known->second;
        const auto found = find(name);
        const bool is_known = found != fields_.end() && found->second.index != kNoValue;
        const ValueIndex index = is_known ? found->second.index : new_value();
        stage.inputs.emplace(name, index);
        if (!is_known) put(name, {index});
        return index;
    }

    Result<void> add_stage(const Stage& written) {
        StageProgram stage;
        stage.written = written;
        if (!written.of.text.empty()) {
            VD_TRY(stage.of, value_of(written.of));
        }
        switch (written.take) {
            case Take::regex: {
                VD_TRY(stage.pattern, pattern(written.pattern));
                for (const std::string& name : stage.pattern->names()) {
                    stage.groups.push_back(name.empty() ? kNoValue : input(stage, name));
                }
                if (stage.inputs.empty()) {
                    return wrong(written.pattern.place, "no group of the expression has a name",
                                 "e.g. (?<source.ip>\\S+)");
                }
                break;
            }
            case Take::dissect: {
                auto dissect = Dissect::compile(written.pattern.text, written.append);
                if (!dissect) return placed(dissect.error(), written.pattern.place);
                for (const std::string& name : dissect->names()) {
                    stage.keys.push_back(input(stage, name));
                }
                stage.dissect = std::make_shared<const Dissect>(std::move(*dissect));
                break;
            }
            case Take::csv:
                for (const Placed& column : written.columns) {
                    const bool is_skipped = column.text.empty();
                    if (!is_skipped && stage.inputs.count(column.text) > 0) {
                        return wrong(column.place,
                                     "the column '" + column.text + "' is there twice",
                                     "an empty name passes a column over");
                    }
                    stage.keys.push_back(is_skipped ? kNoValue : input(stage, column.text));
                }
                break;
            case Take::key_value:
            case Take::json: break;
        }
        const bool is_of_header = written.take == Take::csv && written.columns.empty();
        if (is_of_header && !out_->stages.empty()) {
            return wrong(written.place, "only the first stage can have a header line",
                         "name the columns");
        }
        out_->stages.push_back(std::move(stage));
        for (const auto& [from, to] : written.fields) {
            Step step;
            step.kind = Step::Kind::rename;
            step.place = from.place;
            step.of = {from};
            step.to = to;
            VD_TRY_DO(add_step(step));
        }
        return {};
    }

    Result<void> add_step(const Step& step) {
        switch (step.kind) {
            case Step::Kind::rename: return rename(step);
            case Step::Kind::set: return set(step);
            case Step::Kind::convert: return convert(step);
            case Step::Kind::split: return split(step);
            case Step::Kind::time: return time(step);
            case Step::Kind::lookup: return lookup(step);
            case Step::Kind::url: return url(step);
            case Step::Kind::drop: {
                const auto found = find(step.of[0].text);
                if (found != fields_.end() && found->second.index == kNoValue) {
                    drop_constants(step.of[0].text);
                } else {
                    VD_TRY_DO(value_of(step.of[0]));
                }
                remove(step.of[0].text);
                return {};
            }
        }
        return {};
    }

    void remove(const std::string& name) {
        gone_.insert(name);
        fields_.erase(find(name));
    }

    Result<void> rename(const Step& step) {
        VD_TRY(const ValueIndex value, value_of(step.of[0]));
        if (step.of[0].text == step.to.text) return {};
        const auto target = find(step.to.text);
        if (target != fields_.end()) {
            return wrong(step.to.place, "there is a field '" + step.to.text + "' already",
                         "drop it first, or choose another name");
        }
        remove(step.of[0].text);
        put(step.to.text, {value});
        gone_.erase(step.to.text);
        return {};
    }

    Result<void> set(const Step& step) {
        if (step.has_default) {
            more_constants_.emplace_back(step.to.text, step.text);
        } else {
            put(step.to.text, {kNoValue, step.text});
        }
        return {};
    }

    Op& add_op(Op::Code code, ValueIndex source, ValueIndex target) {
        Op op;
        op.code = code;
        op.source = source;
        op.target = target;
        out_->ops.push_back(op);
        return out_->ops.back();
    }

    Result<void> convert(const Step& step) {
        VD_TRY(const ValueIndex source, value_of(step.of[0]));
        const ValueIndex target = new_value();
        Op& op = add_op(Op::Code::convert, source, target);
        op.conversion = step.conversion;
        put(step.of[0].text, {target});
        if (!step.otherwise.text.empty()) {
            op.otherwise = new_value();
            put(step.otherwise.text, {op.otherwise});
        }
        return {};
    }

    Result<void> split(const Step& step) {
        VD_TRY(const ValueIndex source, value_of(step.of[0]));
        SplitParameter parameter{step.text, {}};
        const auto number = static_cast<std::uint16_t>(out_->splits.size());
        ValueIndex target = kNoValue;
        if (step.into.empty()) {
            target = new_value();
            put(step.of[0].text, {target});
        } else {
            remove(step.of[0].text);
            for (const Placed& field : step.into) {
                parameter.into.push_back(new_value());
                put(field.text, {parameter.into.back()});
            }
        }
        out_->splits.push_back(std::move(parameter));
        Op& op = add_op(step.into.empty() ? Op::Code::split_list : Op::Code::split, source, target);
        op.parameter = number;
        return {};
    }

    Result<void> time(const Step& step) {
        TimeParameter parameter;
        for (const Placed& field : step.of) {
            VD_TRY(const ValueIndex value, value_of(field));
            parameter.of.push_back(value);
        }
        for (const Placed& form : step.forms) {
            auto read = TimeForm::read(form.text);
            if (!read) return placed(read.error(), form.place);
            parameter.forms.push_back(std::move(*read));
        }
        if (!step.zone.text.empty()) {
            VD_TRY(parameter.zone, zone(step.zone));
        }
        Op& op = add_op(Op::Code::time, parameter.of[0], kNoValue);
        op.parameter = static_cast<std::uint16_t>(out_->times.size());
        out_->times.push_back(std::move(parameter));
        return {};
    }

    Result<std::shared_ptr<const TimeZone>> zone(const Placed& name) {
        if (const auto offset_s = zone_offset_s(name.text)) {
            return std::make_shared<const TimeZone>(TimeZone::fixed(*offset_s));
        }
        if (!is_zone_name(name.text)) {
            return wrong(name.place, "'" + name.text + "' is no time zone",
                         "a name like Europe/Berlin, or an offset like +02:00");
        }
        auto bytes = read_file_(std::string(kZonePrefix) + name.text);
        if (!bytes) {
            return wrong(name.place, "this machine knows no time zone '" + name.text + "'",
                         "a name like Europe/Berlin, or an offset like +02:00");
        }
        auto read = TimeZone::read(*bytes, name.text);
        if (!read) return placed(read.error(), name.place);
        return std::make_shared<const TimeZone>(std::move(*read));
    }

    Result<void> lookup(const Step& step) {
        VD_TRY(const ValueIndex source, value_of(step.of[0]));
        auto table = std::make_shared<LookupTable>(step.ignores_case);
        if (!step.file.text.empty()) {
            auto bytes = read_file_(step.file.text);
            if (!bytes) return placed(bytes.error(), step.file.place);
            VD_TRY_DO(table->add_csv(*bytes, step.file.text));
        }
        for (const auto& [key, value] : step.table) table->add(key, value);
        const ValueIndex target = new_value();
        Op& op = add_op(Op::Code::lookup, source, target);
        op.parameter = static_cast<std::uint16_t>(out_->lookups.size());
        out_->lookups.push_back(
            {std::move(table), step.text, step.has_default, step.of[0].text == step.to.text});
        put(step.to.text, {target});
        return {};
    }

    Result<void> url(const Step& step) {
        VD_TRY(const ValueIndex source, value_of(step.of[0]));
        add_op(Op::Code::url, source, kNoValue);
        remove(step.of[0].text);
        return {};
    }

    std::string_view where_;
    const ReadFile& read_file_;
    std::shared_ptr<Program> out_ = std::make_shared<Program>();
    std::vector<std::pair<std::string, Named>> fields_;  // in the order of their making
    std::vector<std::pair<std::string, std::string>> more_constants_;
    std::set<std::string, std::less<>> gone_;
    std::size_t count_ = 0;
};

}  // namespace

Result<std::shared_ptr<const Program>> compile(std::string_view where, Definition definition,
                                               const ReadFile& read_file) {
    return Compiler(where, read_file).compile(std::move(definition));
}

}  // namespace vedette::parse::user_made
