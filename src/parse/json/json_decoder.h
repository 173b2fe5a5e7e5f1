// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "parse/decoder.h"
#include "parse/json/path_tree.h"
#include "parse/json/walker.h"
#include "parse/json_index.h"
#include "parse/json_map.h"
#include "parse/registry.h"

namespace vedette::parse::json {

/// Stands before JSON inside a line of syslog.   Source: rsyslog, mmjsonparse; CEE log syntax
inline constexpr const char* kCeeMark = "@cee:";

/// Decodes records that are JSON (README.md beside this says what becomes what).
///
/// Most records are one object, alone and valid: those are indexed many at a time and walked once,
/// straight into the batch. Whatever turns out to be something else is taken back and goes the
/// careful way: repaired, indexed by itself, checked whole, and only then put into rows.
class JsonDecoder final : public Decoder {
  public:
    explicit JsonDecoder(event::FieldDictionary& fields);

    void attach(const Registry& registry, event::FieldDictionary&) override {
        map_.use(registry.mappings());
    }
    void begin_chunk(const event::Chunk& chunk) override;
    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override;
    bool decode_inner(std::string_view bytes, const event::Envelope& envelope,
                      RowSink& sink) override;
    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override;

  private:
    /// Records [begin, end) of the chunk, indexed together.
    struct Window {
        const char* text = nullptr;  ///< of the first record
        std::size_t begin = 0;       ///< within the chunk's bytes
        std::size_t end = 0;
        const std::uint32_t* token = nullptr;  ///< of the record that is expected next
        bool is_good = false;
    };

    bool decode_quickly(std::string_view record, RowSink& sink);
    bool open_window(std::size_t begin);
    void decode_carefully(std::string_view record, RowSink& sink);
    bool prepare(std::string_view record);
    bool check_documents();
    bool is_record_list();
    void emit_list(std::string_view record, std::size_t depth, RowSink& sink);
    void emit_row(std::string_view raw, PathNode& node, std::size_t depth, RowSink& sink);
    std::string_view slice(std::string_view record);

    JsonMap map_;
    PathTree paths_;
    Walker walker_;
    const event::Chunk* chunk_ = nullptr;
    std::size_t next_record_ = 0;  // of the chunk; where the next window begins
    StructureIndex window_index_;
    Window window_;
    std::string window_copy_;  // of the chunk's last window, which lacks bytes behind it

    // Of the record that goes the careful way.
    StructureIndex index_;
    std::string text_;  // with padding behind it
    std::uint32_t text_size_ = 0;
    std::size_t skipped_ = 0;  // bytes of the record before text_
    bool is_damaged_ = false;  // text_ is not the record's bytes
};

}  // namespace vedette::parse::json
