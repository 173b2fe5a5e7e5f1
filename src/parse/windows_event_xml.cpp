// SPDX-License-Identifier: Apache-2.0
#include "parse/windows_event_xml.h"

#include <algorithm>

#include "base/check.h"
#include "event/limits.h"
#include "parse/clean_text.h"

namespace vedette::parse {

using windows::Place;

namespace {

constexpr std::string_view kBlank = " \t\r\n";
/// Names remembered; beyond them a sender invents some, and they are looked up anew.
constexpr std::size_t kKnownMax = 16'384;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(kBlank) == std::string_view::npos;
}

/// Where the next <Event begins behind `at`.
std::size_t next_event(std::string_view text, std::size_t at) {
    constexpr std::string_view kBegin = "<Event";
    while ((at = text.find(kBegin, at)) != std::string_view::npos) {
        const std::size_t end = at + kBegin.size();
        if (end == text.size() || text[end] == '>' || is_blank(text.substr(end, 1))) return at;
        at = end;
    }
    return text.size();
}

}  // namespace

WindowsEventXml::WindowsEventXml(event::FieldDictionary& fields) : fields_(fields) {
    const auto field = fields.intern("error.message");
    VD_CHECK(field.has_value());
    error_message_ = *field;
}

void WindowsEventXml::decode(std::string_view record, RowSink& sink) {
    const CleanText clean = clean_text(record, clean_);
    const std::string_view text = clean.text;
    std::size_t rows = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = next_event(text, at);
        // Before the first one the declaration and the enclosing element may stand.
        const std::string_view between = text.substr(at, begin - at);
        const std::string_view first =
            between.substr(std::min(between.find_first_not_of(kBlank), between.size()));
        if (!is_blank(between) && first[0] != '<') {
            add_broken(record, "there is text outside of all elements", sink);
            ++rows;
        }
        if (begin == text.size()) break;
        XmlReader reader(text.substr(begin));
        event::Row& row = sink.row(record);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (add_event(reader, sink)) {
            at = begin + reader.at();
        } else {
            sink.drop_row();
            add_broken(record, reader.reason(), sink);
            at = next_event(text, begin + 1);
        }
        ++rows;
    }
    if (rows == 0) add_broken(record, "there is no event", sink);
}

bool WindowsEventXml::decode_inner(std::string_view text, RowSink& sink) {
    const std::size_t begin = next_event(text, 0);
    if (!is_blank(text.substr(0, begin))) return false;
    XmlReader check(text);
    for (XmlReader::Kind kind{}; kind != XmlReader::Kind::done;) {
        kind = check.next();
        if (kind == XmlReader::Kind::broken) return false;
    }
    XmlReader reader(text);
    return add_event(reader, sink);
}

// From the start of <Event> to its end. False if it is broken.
bool WindowsEventXml::add_event(XmlReader& reader, RowSink& sink) {
    open_.clear();
    text_.clear();
    value_count_ = 0;
    for (;;) {
        switch (reader.next()) {
            case XmlReader::Kind::start: start_element(reader, sink); break;
            case XmlReader::Kind::text: text_ += reader.text(); break;
            case XmlReader::Kind::end:
                end_element(sink);
                if (open_.empty()) return true;
                break;
            case XmlReader::Kind::done:
            case XmlReader::Kind::broken: return false;
        }
    }
}

void WindowsEventXml::start_element(const XmlReader& reader, RowSink& sink) {
    const Place parent = open_.empty() ? Place::document : open_.back().known->meaning.inside;
    if (!open_.empty()) open_.back().has_children = true;
    const std::string_view name = windows::local_name(reader.name());
    std::string_view data_name;
    for (const XmlReader::Attribute& attribute : reader.attributes()) {
        if (attribute.name == "Name") data_name = attribute.value;
        if (parent != Place::system) continue;
        const std::string field = windows::field_of_attribute(parent, name, attribute.name);
        if (field.empty()) continue;
        const auto id = fields_.intern(field, sink.field_budget());
        add(field, id.value_or(event::kNoField), attribute.value,
            windows::kind_of_header_field(field), sink);
    }
    // A name means something only where Data stands; elsewhere it is an attribute as any other.
    open_.push_back(
        {&known(parent, name, data_name, sink.field_budget()), parent, text_.size(), false});
}

void WindowsEventXml::end_element(RowSink& sink) {
    const Open open = open_.back();
    open_.pop_back();
    const std::string_view text = std::string_view(text_).substr(open.text_begin);
    const windows::ElementMeaning& meaning = open.known->meaning;
    const bool has_value = !meaning.field.empty() && !open.has_children &&
                           (meaning.has_empty_value || !is_blank(text));
    if (has_value) {
        const auto kind = text.empty() ? event::ValueKind::text : meaning.kind;
        add(meaning.field, open.known->field, text, kind, sink);
        if (open.known->written != event::kNoField && open.known->field != event::kNoField) {
            event::Batch& batch = sink.batch();
            const event::Cell cell = batch.column(open.known->field)->cells.back();
            batch.link(open.known->written, cell.row, cell, 0, cell.size);
        }
    }
    text_.resize(open.text_begin);
}

const WindowsEventXml::Known& WindowsEventXml::known(Place parent, std::string_view name,
                                                     std::string_view data_name,
                                                     event::FieldBudget& budget) {
    key_.assign(1, static_cast<char>('A' + static_cast<int>(parent)));
    key_.append(name).append(1, ' ').append(data_name);
    auto found = known_.find(key_);
    if (found == known_.end()) {
        // Those of open elements are in use: only between two events is there nobody to disturb.
        if (known_.size() >= kKnownMax && open_.empty()) known_.clear();
        Known made{windows::meaning_of_element(parent, name, data_name)};
        found = known_.emplace(key_, std::move(made)).first;
    }
    // What one source had no budget for may be there for another.
    Known& out = found->second;
    const auto look_up = [&](const std::string& wanted, event::FieldId& field) {
        if (wanted.empty() || field != event::kNoField) return;
        field = fields_.intern(wanted, budget).value_or(event::kNoField);
    };
    look_up(out.meaning.field, out.field);
    look_up(out.meaning.written, out.written);
    return out;
}

void WindowsEventXml::add(const std::string& name, event::FieldId field, std::string_view text,
                          event::ValueKind kind, RowSink& sink) {
    event::Batch& batch = sink.batch();
    if (value_count_ == event::kValuesPerRowMax) {
        batch.rows().back().flags |= event::kRowTruncated;
        return;
    }
    ++value_count_;
    if (field != event::kNoField) {
        batch.add(field, text, kind);
    } else {
        batch.rows().back().flags |= event::kRowOverflow;
        batch.add_overflow(name, text, kind);
    }
}

void WindowsEventXml::add_broken(std::string_view record, const char* reason, RowSink& sink) {
    add_message_row(record, sink);
    sink.batch().add(error_message_, reason == nullptr ? "the event has no end" : reason);
}

}  // namespace vedette::parse
