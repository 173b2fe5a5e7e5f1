// SPDX-License-Identifier: Apache-2.0
#include "parse/evtx/renderer.h"

#include <algorithm>
#include <utility>

#include "event/limits.h"
#include "parse/evtx/cursor.h"
#include "parse/evtx/escape.h"
#include "parse/evtx/limits.h"

namespace vedette::parse::evtx {

namespace {

using windows::Place;
using Kind = Step::Kind;

constexpr const char* kElementCut = "the binary XML ends in the middle";
/// Before a template's BinXML: offset of the next one, its id, its size.
constexpr std::size_t kTemplateGuidBytes = 16;

}  // namespace

void Renderer::begin_chunk(std::string_view chunk) {
    chunk_ = chunk;
    template_count_ = 0;
    xml_bytes_ = template_bytes_ = template_text_bytes_ = steps_ = 0;
}

const char* Renderer::render(std::size_t begin, std::size_t end, RowSink& sink) {
    sink_ = &sink;
    xml_.clear();
    values_.clear();
    is_collecting_ = is_truncated_ = has_overflow_ = false;
    value_count_ = 0;
    xml_bytes_max_ = std::min(kXmlBytesPerRecordMax,
                              kXmlBytesPerChunkMax - std::min(kXmlBytesPerChunkMax, xml_bytes_));
    const char* const reason = fragment(begin, end, true, Place::document, 0);
    xml_bytes_ += xml_.size();
    if (reason == nullptr && xml_.empty()) return "the record is empty";
    return reason;
}

// A fragment: header, then an instance of a template or elements.
const char* Renderer::fragment(std::size_t begin, std::size_t end, bool has_dependency_ids,
                               Place place, int depth) {
    if (depth > kFragmentDepthMax) return "events are nested too deep";
    Cursor cursor(chunk_, begin, end);
    while (cursor.left() > 0) {
        switch (static_cast<Token>(cursor.peek() & ~kMoreBit)) {
            case Token::end: return nullptr;
            case Token::fragment_header: cursor.skip(1 + kFragmentHeaderRestBytes); break;
            case Token::template_instance:
                if (const char* const reason = instance(cursor, place, depth)) return reason;
                break;
            default: return plain(cursor.at(), end, has_dependency_ids, place, depth);
        }
        if (!cursor.is_good()) return kElementCut;
    }
    return nullptr;
}

const char* Renderer::instance(Cursor& cursor, Place place, int depth) {
    cursor.skip(1 + 1 + 4);  // token, version, first bytes of the template's id
    const std::size_t offset = cursor.get<std::uint32_t>();
    if (!cursor.is_good()) return kElementCut;
    const Template* found = nullptr;
    if (const char* const reason = find_template(offset, place, found)) return reason;
    if (offset == cursor.at()) {  // it is defined where it is used first
        cursor.skip(4 + kTemplateGuidBytes);
        cursor.skip(cursor.get<std::uint32_t>());
    }
    Values values;
    const char* reason = read_values(cursor, values);
    if (reason == nullptr) {
        const Program& program = found->program;
        reason = run(program, 0, program.steps.size(), values, depth);
    }
    values_.resize(values.begin);
    return reason;
}

const char* Renderer::read_values(Cursor& cursor, Values& values) {
    values.begin = values_.size();
    const std::size_t count = cursor.get<std::uint32_t>();
    if (!cursor.is_good()) return kElementCut;
    constexpr std::size_t kDescriptorBytes = 4;  // size, type, zero
    if (count > cursor.left() / kDescriptorBytes) return "it has more values than bytes";
    Cursor descriptors = cursor;
    cursor.skip(count * kDescriptorBytes);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = descriptors.get<std::uint16_t>();
        const auto type = descriptors.get<std::uint8_t>();
        descriptors.skip(1);
        values_.push_back({type, cursor.take(size)});
    }
    values.count = count;
    return cursor.is_good() ? nullptr : "its values end in the middle";
}

const char* Renderer::find_template(std::size_t offset, Place place, const Template*& found) {
    for (std::size_t i = 0; i < template_count_; ++i) {
        if (templates_[i]->offset != offset || templates_[i]->place != place) continue;
        found = templates_[i].get();
        return found->reason;
    }
    if (template_count_ == templates_.size()) templates_.push_back(std::make_unique<Template>());
    Template& made = *templates_[template_count_++];
    made.offset = offset;
    made.place = place;
    Cursor cursor(chunk_, offset, chunk_.size());
    cursor.skip(4 + kTemplateGuidBytes);
    const std::size_t size = cursor.get<std::uint32_t>();
    const std::size_t begin = cursor.at();
    made.reason = cursor.skip(size) ? compiled(begin, begin + size, true, place, made.program)
                                    : "its template lies outside of the chunk";
    found = &made;
    return made.reason;
}

const char* Renderer::compiled(std::size_t begin, std::size_t end, bool has_dependency_ids,
                               Place place, Program& program) {
    template_bytes_ += end - begin;
    if (template_bytes_ > kTemplateBytesPerChunkMax) return "its chunk has too many templates";
    const std::size_t text_bytes_max =
        kTemplateTextBytesPerChunkMax -
        std::min(kTemplateTextBytesPerChunkMax, template_text_bytes_);
    const char* const reason =
        compile({chunk_, begin, end, has_dependency_ids, place, text_bytes_max}, names_,
                sink_->field_budget(), program);
    template_text_bytes_ += program.text.size();
    return reason;
}

// Elements that stand there without a template.
const char* Renderer::plain(std::size_t begin, std::size_t end, bool has_dependency_ids,
                            Place place, int depth) {
    const auto level = static_cast<std::size_t>(depth);
    while (plain_.size() <= level) plain_.push_back(std::make_unique<Program>());
    Program& program = *plain_[level];
    if (const char* const reason = compiled(begin, end, has_dependency_ids, place, program)) {
        return reason;
    }
    return run(program, 0, program.steps.size(), {}, depth);
}

const char* Renderer::run(const Program& program, std::size_t from, std::size_t to, Values values,
                          int depth) {
    steps_ += to - from;
    if (steps_ > kStepsPerChunkMax) return "it becomes too long";
    for (std::size_t at = from; at < to; ++at) {
        if (xml_.size() > xml_bytes_max_) return "it becomes too long";
        const Step& step = program.steps[at];
        const char* reason = nullptr;
        switch (step.kind) {
            case Kind::text:
                if (step.begins_element) element_at_ = xml_.size();
                xml_.append(program.text_of(step));
                break;
            case Kind::attribute: attribute(program, step, value_at(step, values)); break;
            case Kind::content:
                reason = content(program, at, value_at(step, values), values, depth);
                break;
            case Kind::piece: reason = piece(step, value_at(step, values), depth); break;
            case Kind::constant: add(program, step, program.text_of(step)); break;
            case Kind::collect:
                is_collecting_ = true;
                has_collected_xml_ = false;
                collected_.clear();
                break;
            case Kind::collect_text:
                append_escaped(xml_, program.text_of(step), step.is_attribute);
                collected_.append(program.text_of(step));
                break;
            case Kind::collected:
                is_collecting_ = false;
                if (!has_collected_xml_) add(program, step, collected_);
                break;
        }
        if (reason != nullptr) return reason;
    }
    return nullptr;
}

// A value that the record lacks is a null one.
Value Renderer::value_at(const Step& step, Values values) const {
    return step.index < values.count ? values_[values.begin + step.index] : Value{};
}

std::size_t Renderer::offset_of(const Value& value) const {
    return static_cast<std::size_t>(value.bytes.data() - chunk_.data());
}

void Renderer::attribute(const Program& program, const Step& step, const Value& value) {
    if (value.is_null() && step.is_optional) return;
    xml_.append(program.text_of(step));
    write(value, true);
    xml_.push_back('\'');
    add(program, step, text_);
}

// All that an element has: text, other XML, or a list, for which the element is repeated. Without
// an optional value there is no element.
const char* Renderer::content(const Program& program, std::size_t at, const Value& value,
                              Values values, int depth) {
    const Step& step = program.steps[at];
    if (value.is_null() && step.is_optional) {
        xml_.cut(element_at_);
        return nullptr;
    }
    if (value.item_type() == ValueType::bin_xml && !value.is_list()) {
        const std::size_t begin = offset_of(value), size_before = xml_.size();
        const char* const reason =
            fragment(begin, begin + value.bytes.size(), false, step.inside, depth + 1);
        if (xml_.size() == size_before) add(program, step, {});
        xml_.append(program.text_of(step));
        return reason;
    }
    std::string_view rest = value.bytes;
    for (;;) {
        Value item = value;
        if (value.is_list()) {
            item = {static_cast<std::uint8_t>(value.item_type()),
                    take_item(value.item_type(), rest)};
        }
        write(item, false);
        add(program, step, text_);
        xml_.append(program.text_of(step));
        if (!value.is_list() || rest.empty()) return nullptr;
        if (const char* const reason = run(program, step.element_begin, at, values, depth)) {
            return reason;
        }
    }
}

const char* Renderer::piece(const Step& step, const Value& value, int depth) {
    if (value.item_type() == ValueType::bin_xml && !value.is_list() && !step.is_attribute) {
        const std::size_t begin = offset_of(value), size_before = xml_.size();
        const bool was_collecting = std::exchange(is_collecting_, false);
        const char* const reason =
            fragment(begin, begin + value.bytes.size(), false, step.inside, depth + 1);
        // An element with children has no value of its own.
        is_collecting_ = was_collecting;
        has_collected_xml_ = has_collected_xml_ || xml_.size() > size_before;
        return reason;
    }
    std::string_view rest = value.bytes;
    do {
        Value item = value;
        if (value.is_list()) {
            item = {static_cast<std::uint8_t>(value.item_type()),
                    take_item(value.item_type(), rest)};
        }
        write(item, step.is_attribute);
        if (is_collecting_) collected_.append(text_);
        if (!value.is_list() || rest.empty()) break;
        xml_.push_back(' ');
        if (is_collecting_) collected_.push_back(' ');
    } while (true);
    return nullptr;
}

// Leaves the value's text, without escapes, in text_.
void Renderer::write(const Value& value, bool is_attribute) {
    text_.clear();
    append_value(text_, value.item_type(), value.bytes);
    append_escaped(xml_, text_, is_attribute);
}

void Renderer::add(const Program& program, const Step& step, std::string_view text) {
    const bool has_field = step.field != event::kNoField;
    if (!has_field && step.name_size == 0) return;
    if (value_count_ == event::kValuesPerRowMax) {
        is_truncated_ = true;
        return;
    }
    ++value_count_;
    event::Batch& batch = sink_->batch();
    if (!has_field) {
        has_overflow_ = true;
        batch.add_overflow(program.name_of(step), text, step.value_kind);
        return;
    }
    batch.add(step.field, text, step.value_kind);
    if (step.written == event::kNoField) return;
    const event::Cell cell = batch.column(step.field)->cells.back();
    batch.link(step.written, cell.row, cell, 0, cell.size);
}

}  // namespace vedette::parse::evtx
