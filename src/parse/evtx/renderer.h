// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "event/text_buffer.h"
#include "parse/decoder.h"
#include "parse/evtx/program.h"
#include "parse/evtx/value.h"

namespace vedette::parse::evtx {

/// Writes the events of a chunk: their XML, and their fields into the sink's current row. Reads
/// each template once. Threads: one at a time.   Does not promise: rows or XML when it gives a
/// reason; what was added to the row by then is there.
class Renderer {
  public:
    explicit Renderer(event::FieldDictionary& fields) : names_(fields) {}

    /// The records that follow lie in `chunk`, which outlives their rendering.
    void begin_chunk(std::string_view chunk);

    /// The event whose BinXML is chunk[begin, end). Gives nullptr, or why it cannot be read.
    const char* render(std::size_t begin, std::size_t end, RowSink& sink);

    /// The XML of the last event.
    std::string_view xml() const { return xml_; }
    /// Whether the last event had more values than a row may have.
    bool is_truncated() const { return is_truncated_; }
    bool has_overflow() const { return has_overflow_; }

  private:
    struct Template {
        std::size_t offset = 0;
        windows::Place place = windows::Place::document;
        const char* reason = nullptr;  // why it cannot be read
        Program program;
    };
    /// The values of an instance: a part of values_.
    struct Values {
        std::size_t begin = 0, count = 0;
    };

    const char* fragment(std::size_t begin, std::size_t end, bool has_dependency_ids,
                         windows::Place place, int depth);
    const char* instance(class Cursor& cursor, windows::Place place, int depth);
    const char* read_values(class Cursor& cursor, Values& values);
    const char* find_template(std::size_t offset, windows::Place place, const Template*& found);
    const char* plain(std::size_t begin, std::size_t end, bool has_dependency_ids,
                      windows::Place place, int depth);
    const char* compiled(std::size_t begin, std::size_t end, bool has_dependency_ids,
                         windows::Place place, Program& program);
    const char* run(const Program& program, std::size_t from, std::size_t to, Values values,
                    int depth);
    void attribute(const Program& program, const Step& step, const Value& value);
    const char* content(const Program& program, std::size_t at, const Value& value, Values values,
                        int depth);
    const char* piece(const Step& step, const Value& value, int depth);
    void write(const Value& value, bool is_attribute);
    void add(const Program& program, const Step& step, std::string_view text);
    Value value_at(const Step& step, Values values) const;
    std::size_t offset_of(const Value& value) const;

    FieldNames names_;
    std::string_view chunk_;
    RowSink* sink_ = nullptr;
    std::vector<std::unique_ptr<Template>> templates_;  // the first template_count_ are in use
    std::size_t template_count_ = 0;
    std::vector<std::unique_ptr<Program>> plain_;  // by depth
    std::vector<Value> values_;
    event::TextBuffer xml_, text_, collected_;
    bool is_collecting_ = false, has_collected_xml_ = false, is_truncated_ = false,
         has_overflow_ = false;
    std::size_t value_count_ = 0, xml_bytes_max_ = 0;
    std::size_t element_at_ = 0;  // where in xml_ the last element begins
    // What the chunk has used of its bounds.
    std::size_t xml_bytes_ = 0, template_bytes_ = 0, template_text_bytes_ = 0, steps_ = 0;
};

}  // namespace vedette::parse::evtx
