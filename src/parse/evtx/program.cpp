// SPDX-License-Identifier: Apache-2.0
#include "parse/evtx/program.h"

#include <algorithm>
#include <utility>

#include "event/text_buffer.h"
#include "parse/evtx/cursor.h"
#include "parse/evtx/escape.h"
#include "parse/evtx/limits.h"
#include "parse/evtx/value.h"

namespace vedette::parse::evtx {

namespace {

using windows::Place;
using Kind = Step::Kind;

constexpr const char* kCut = "the binary XML ends in the middle";

/// A part of content or of an attribute: constant text, or a value of the record.
struct Piece {
    bool is_value = false, is_optional = false;
    std::uint16_t index = 0;
    std::string text = {};
};
using Pieces = std::vector<Piece>;

std::string utf8(std::string_view utf16) {
    event::TextBuffer out;
    append_utf16(out, utf16);
    return std::string(out);
}

std::string escaped(std::string_view text, bool is_attribute) {
    event::TextBuffer out;
    append_escaped(out, text, is_attribute);
    return std::string(out);
}

/// Names come from the file: what no name may hold is replaced, so that the XML stays XML.
void clean_name(std::string& name) {
    for (char& c : name) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_other = (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
                              c == ':' || (static_cast<unsigned char>(c) & 0x80) != 0;
        if (!is_letter && !is_other) c = '_';
    }
    if (name.empty()) name = "_";
}

class Compiler {
  public:
    Compiler(const BinXml& source, FieldNames& names, event::FieldBudget& budget, Program& program)
        : chunk_(source.chunk),
          cursor_(source.chunk, source.begin, source.end),
          has_dependency_ids_(source.has_dependency_ids),
          top_(source.place),
          text_bytes_max_(source.text_bytes_max),
          names_(names),
          budget_(budget),
          program_(program) {}

    const char* run() {
        program_.clear();
        const char* reason = nullptr;
        while (reason == nullptr && cursor_.left() > 0) {
            const auto byte = cursor_.get<std::uint8_t>();
            const auto token = static_cast<Token>(byte & ~kMoreBit);
            if (token == Token::end) break;
            reason = read(token, (byte & kMoreBit) != 0);
            if (!cursor_.is_good()) reason = kCut;
            if (program_.text.size() > text_bytes_max_) reason = "its chunk has too many templates";
        }
        if (reason == nullptr && !open_.empty()) reason = "an element has no end";
        end_text();
        return reason;
    }

  private:
    struct Open {
        std::string name;
        std::string data_name;  // its attribute Name
        Place parent = Place::document;
        windows::ElementMeaning meaning;
        std::uint32_t begin = 0;  // the step that begins it
        Pieces pieces;            // content since the last child
        bool has_children = false;
        bool is_in_tag = true;
    };

    const char* read(Token token, bool has_more) {
        switch (token) {
            case Token::open_start_element: return open_element(has_more);
            case Token::attribute: return read_attribute();
            case Token::close_start_element: return close_tag();
            case Token::close_empty_element: return end_empty_element();
            case Token::end_element: return end_element();
            case Token::fragment_header: cursor_.skip(kFragmentHeaderRestBytes); return nullptr;
            case Token::pi_target: return read_instruction();
            case Token::template_instance: return "a template is used within a template";
            default: break;
        }
        if (open_.empty()) return "there is text outside of all elements";
        if (open_.back().is_in_tag) return "there is text within a tag";
        return read_piece(token, open_.back().pieces);
    }

    const char* open_element(bool has_attributes) {
        if (open_.size() == kElementDepthMax) return "elements are nested too deep";
        Open open;
        open.parent = top_;
        if (!open_.empty()) {
            if (open_.back().is_in_tag) return "an element begins within a tag";
            put_pieces(open_.back().pieces, false);
            open_.back().has_children = true;
            open.parent = open_.back().meaning.inside;
        }
        if (has_dependency_ids_) cursor_.skip(2);
        cursor_.skip(4);  // the element's size: its tokens tell it too
        if (const char* const reason = read_name(open.name)) return reason;
        if (has_attributes) cursor_.skip(4);  // size of their list
        end_text();
        open.begin = static_cast<std::uint32_t>(program_.steps.size());
        put("<");
        put(open.name);
        begins_element_ = true;
        open_.push_back(std::move(open));
        return nullptr;
    }

    const char* read_attribute() {
        if (open_.empty() || !open_.back().is_in_tag) return "an attribute stands outside of a tag";
        Open& open = open_.back();
        std::string name;
        if (const char* const reason = read_name(name)) return reason;
        Pieces pieces;
        while (is_piece(cursor_.peek()) && cursor_.is_good()) {
            const auto token = static_cast<Token>(cursor_.get<std::uint8_t>() & ~kMoreBit);
            if (const char* const reason = read_piece(token, pieces)) return reason;
        }
        const std::string field =
            windows::field_of_attribute(open.parent, windows::local_name(open.name), name);
        const event::ValueKind kind = windows::kind_of_header_field(field);
        if (pieces.size() == 1 && pieces[0].is_value) {
            end_text();
            Step step = value_step(Kind::attribute, pieces[0]);
            set_text(step, " " + name + "='");
            set_field(step, field, {}, kind);
            program_.steps.push_back(step);
            return nullptr;
        }
        if (name == "Name" && pieces.size() == 1) open.data_name = pieces[0].text;
        put(" " + name + "='");
        put_content(pieces, true, field, {}, kind);
        put("'");
        return nullptr;
    }

    const char* close_tag() {
        if (open_.empty() || !open_.back().is_in_tag) return "a tag ends that was not begun";
        end_tag(">");
        return nullptr;
    }

    void end_tag(std::string_view end) {
        Open& open = open_.back();
        open.is_in_tag = false;
        open.meaning = windows::meaning_of_element(open.parent, windows::local_name(open.name),
                                                   open.data_name);
        put(end);
    }

    const char* end_empty_element() {
        if (open_.empty() || !open_.back().is_in_tag) return "a tag ends that was not begun";
        end_tag("/>");
        put_empty(open_.back().meaning);
        open_.pop_back();
        return nullptr;
    }

    const char* end_element() {
        if (open_.empty() || open_.back().is_in_tag) return "an element ends that was not begun";
        Open& open = open_.back();
        const windows::ElementMeaning& meaning = open.meaning;
        const std::string end = "</" + open.name + ">";
        if (open.has_children) {
            put_pieces(open.pieces, false);
        } else if (open.pieces.empty()) {
            put_empty(meaning);
        } else if (open.pieces.size() == 1 && open.pieces[0].is_value) {
            end_text();
            Step step = value_step(Kind::content, open.pieces[0]);
            step.element_begin = open.begin;
            step.inside = meaning.inside;
            set_text(step, end);
            set_field(step, meaning.field, meaning.written, meaning.kind);
            program_.steps.push_back(step);
            open_.pop_back();
            return nullptr;
        } else {
            put_content(open.pieces, false, meaning.field, meaning.written, meaning.kind);
        }
        put(end);
        open_.pop_back();
        return nullptr;
    }

    const char* read_instruction() {
        std::string name;
        if (const char* const reason = read_name(name)) return reason;
        std::string data;
        if ((cursor_.peek() & ~kMoreBit) == static_cast<std::uint8_t>(Token::pi_data)) {
            cursor_.skip(1);
            data = read_text();
        }
        if (!open_.empty() && open_.back().is_in_tag) return "an instruction stands within a tag";
        if (!open_.empty()) put_pieces(open_.back().pieces, false);
        data.erase(std::remove(data.begin(), data.end(), '>'), data.end());
        put("<?" + name + " " + data + "?>");
        return nullptr;
    }

    static bool is_piece(std::uint8_t byte) {
        switch (static_cast<Token>(byte & ~kMoreBit)) {
            case Token::value:
            case Token::cdata:
            case Token::char_ref:
            case Token::entity_ref:
            case Token::normal_substitution:
            case Token::optional_substitution: return true;
            default: return false;
        }
    }

    const char* read_piece(Token token, Pieces& pieces) {
        std::string text;
        switch (token) {
            case Token::value: {
                const auto type = static_cast<ValueType>(cursor_.get<std::uint8_t>());
                if (type != ValueType::string) return "a constant is no text";
                text = read_text();
                break;
            }
            case Token::cdata: text = read_text(); break;
            case Token::char_ref: text = utf8(cursor_.take(2)); break;
            case Token::entity_ref: {
                std::string name;
                if (const char* const reason = read_name(name)) return reason;
                text = text_of_entity(name);
                break;
            }
            case Token::normal_substitution:
            case Token::optional_substitution: {
                Piece piece{true, token == Token::optional_substitution,
                            cursor_.get<std::uint16_t>()};
                cursor_.skip(1);  // the type, which the value tells as well
                pieces.push_back(std::move(piece));
                return nullptr;
            }
            default: return "there is a token that nobody knows";
        }
        if (!pieces.empty() && !pieces.back().is_value) {
            pieces.back().text += text;
        } else {
            pieces.push_back({false, false, 0, std::move(text)});
        }
        return nullptr;
    }

    static std::string text_of_entity(const std::string& name) {
        if (name == "amp") return "&";
        if (name == "lt") return "<";
        if (name == "gt") return ">";
        if (name == "quot") return "\"";
        if (name == "apos") return "'";
        return "&" + name + ";";
    }

    std::string read_text() {
        const std::size_t units = cursor_.get<std::uint16_t>();
        return utf8(cursor_.take(2 * units));
    }

    // Names lie anywhere in the chunk, often right here.   Layout: offset of the next name of the
    // same hash, hash, number of units, units, a NUL.
    const char* read_name(std::string& name) {
        const std::size_t offset = cursor_.get<std::uint32_t>();
        if (!cursor_.is_good()) return kCut;
        const bool is_here = offset == cursor_.at();
        Cursor elsewhere(chunk_, offset, chunk_.size());
        Cursor& at = is_here ? cursor_ : elsewhere;
        at.skip(6);
        const std::size_t units = at.get<std::uint16_t>();
        if (units > kNameUnitsMax) return "a name is too long";
        const std::string_view utf16 = at.take(2 * units);
        at.skip(2);
        if (!at.is_good()) return "a name lies outside of its chunk";
        name = utf8(utf16);
        clean_name(name);
        return nullptr;
    }

    // Writing steps.

    void put(std::string_view text) {
        if (!has_text_) text_begin_ = program_.text.size();
        has_text_ = true;
        program_.text += text;
    }
    void end_text() {
        if (!has_text_) return;
        has_text_ = false;
        Step step;
        step.begins_element = std::exchange(begins_element_, false);
        step.text_begin = static_cast<std::uint32_t>(text_begin_);
        step.text_size = static_cast<std::uint32_t>(program_.text.size() - text_begin_);
        program_.steps.push_back(step);
    }
    void set_text(Step& step, std::string_view text) {
        step.text_begin = static_cast<std::uint32_t>(program_.text.size());
        step.text_size = static_cast<std::uint32_t>(text.size());
        program_.text += text;
    }
    static Step value_step(Kind kind, const Piece& piece) {
        Step step;
        step.kind = kind;
        step.index = piece.index;
        step.is_optional = piece.is_optional;
        return step;
    }
    void set_field(Step& step, std::string_view name, std::string_view written,
                   event::ValueKind kind) {
        if (name.empty()) return;
        step.value_kind = kind;
        step.field = names_.find(name, budget_);
        if (!written.empty()) step.written = names_.find(written, budget_);
        if (step.field != event::kNoField) return;
        step.name_begin = static_cast<std::uint32_t>(program_.text.size());
        step.name_size = static_cast<std::uint32_t>(name.size());
        program_.text += name;
    }

    /// Text and values without a field.
    void put_pieces(Pieces& pieces, bool is_attribute) {
        for (const Piece& piece : pieces) {
            if (piece.is_value) {
                end_text();
                Step step = value_step(Kind::piece, piece);
                step.is_attribute = is_attribute;
                if (!open_.empty()) step.inside = open_.back().meaning.inside;
                program_.steps.push_back(step);
            } else {
                put(escaped(piece.text, is_attribute));
            }
        }
        pieces.clear();
    }

    /// Text and values that together are the value of a field.
    void put_content(Pieces& pieces, bool is_attribute, std::string_view field,
                     std::string_view written, event::ValueKind kind) {
        const bool is_constant = pieces.size() == 1 && !pieces[0].is_value;
        if (field.empty() || pieces.empty()) {
            put_pieces(pieces, is_attribute);
        } else if (is_constant) {
            const std::string text = pieces[0].text;
            put_pieces(pieces, is_attribute);
            put_constant(text, field, written, kind);
        } else {
            end_text();
            Step collect;
            collect.kind = Kind::collect;
            program_.steps.push_back(collect);
            for (const Piece& piece : pieces) {
                Step step = value_step(piece.is_value ? Kind::piece : Kind::collect_text, piece);
                step.is_attribute = is_attribute;
                if (!open_.empty()) step.inside = open_.back().meaning.inside;
                set_text(step, piece.text);
                program_.steps.push_back(step);
            }
            pieces.clear();
            Step collected;
            collected.kind = Kind::collected;
            set_field(collected, field, written, kind);
            program_.steps.push_back(collected);
        }
    }

    void put_constant(std::string_view text, std::string_view field, std::string_view written,
                      event::ValueKind kind) {
        end_text();
        Step step;
        step.kind = Kind::constant;
        set_text(step, text);
        set_field(step, field, written, kind);
        program_.steps.push_back(step);
    }
    void put_empty(const windows::ElementMeaning& meaning) {
        if (!meaning.has_empty_value || meaning.field.empty()) return;
        put_constant({}, meaning.field, meaning.written, event::ValueKind::text);
    }

    std::string_view chunk_;
    Cursor cursor_;
    const bool has_dependency_ids_;
    const Place top_;
    const std::size_t text_bytes_max_;
    FieldNames& names_;
    event::FieldBudget& budget_;
    Program& program_;
    std::vector<Open> open_;
    bool has_text_ = false, begins_element_ = false;
    std::size_t text_begin_ = 0;
};

}  // namespace

event::FieldId FieldNames::find(std::string_view name, event::FieldBudget& budget) {
    const auto found = known_.find(name);
    if (found != known_.end()) return found->second;
    const auto id = fields_.intern(name, budget);
    if (!id) return event::kNoField;
    known_.emplace(name, *id);
    return *id;
}

const char* compile(const BinXml& source, FieldNames& names, event::FieldBudget& budget,
                    Program& program) {
    return Compiler(source, names, budget, program).run();
}

}  // namespace vedette::parse::evtx
