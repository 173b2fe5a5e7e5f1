// SPDX-License-Identifier: Apache-2.0
#include "parse/row_sink.h"

#include <simdjson.h>

#include <algorithm>

#include "base/check.h"
#include "base/json_text.h"
#include "event/schema.h"
#include "parse/clock_hints.h"
#include "parse/confined_decoder.h"

namespace vedette::parse {

FormatTable::FormatTable(const Registry& registry, event::FieldDictionary& fields,
                         sandbox::Pool* workers)
    : registry_(registry), fields_(fields), workers_(workers) {
    for (const Format& format : registry.formats())
        entries_.push_back({&format, nullptr, {}, {}, {}});
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return a.format->declaration.name < b.format->declaration.name;
    });
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        for (const std::string& start : entries_[i].format->inner_starts)
            starts_.emplace_back(start, i);
    }
}

Decoder* FormatTable::made(Entry& entry) {
    if (!entry.decoder) {
        entry.decoder = entry.format->make(fields_);
        if (entry.format->is_confined && workers_ != nullptr) {
            entry.decoder =
                std::make_unique<ConfinedDecoder>(std::move(entry.decoder), fields_, *workers_);
        }
        entry.decoder->attach(registry_, fields_);
    }
    return entry.decoder.get();
}

FormatTable::Entry* FormatTable::find_entry(std::string_view name) {
    for (Entry& entry : entries_) {
        if (entry.pinned_name.empty() && entry.format->declaration.name == name) return &entry;
    }
    return nullptr;
}

Decoder* FormatTable::find(std::string_view format) {
    if (Entry* const entry = find_entry(format)) return made(*entry);
    if (format.find(kPinMark) != std::string_view::npos) return find_pinned(format);
    Entry* const plain_text = find_entry("text");
    return plain_text == nullptr ? nullptr : made(*plain_text);
}

/// Each definition is looked for once: it is named by its content and cannot change.
Decoder* FormatTable::find_pinned(std::string_view name) {
    for (Entry& entry : entries_) {
        if (entry.pinned_name == name) return made(entry);
    }
    std::shared_ptr<const Format> found = registry_.find_pinned(name);
    if (!found) {
        Entry* const missing = find_entry(kMissingDefinition);
        return missing == nullptr ? nullptr : made(*missing);
    }
    const Format* const format = found.get();
    entries_.push_back({format, nullptr, {}, std::move(found), std::string(name)});
    return made(entries_.back());
}

Decoder* FormatTable::find_inner(std::string_view hint) {
    for (Entry& entry : entries_) {
        // What one record has met must not change how another one is read.
        if (!entry.pinned_name.empty()) break;
        const auto& hints = entry.format->inner_hints;
        if (entry.format->declaration.name == hint ||
            std::find(hints.begin(), hints.end(), hint) != hints.end()) {
            return made(entry);
        }
    }
    return nullptr;
}

Decoder* FormatTable::find_start(std::string_view bytes) {
    for (const auto& [start, entry] : starts_) {
        if (bytes.starts_with(start)) return made(entries_[entry]);
    }
    return nullptr;
}

std::string_view FormatTable::name(const Decoder* decoder) const {
    for (const Entry& entry : entries_) {
        if (entry.decoder.get() == decoder) return entry.format->declaration.name;
    }
    return {};
}

void FormatTable::claim(const Decoder* decoder, std::uint32_t row) {
    for (Entry& entry : entries_) {
        if (entry.decoder.get() != decoder) continue;
        if (entry.rows.empty() || entry.rows.back() != row) entry.rows.push_back(row);
        return;
    }
}

void FormatTable::forget(std::uint32_t row) {
    for (Entry& entry : entries_) {
        if (!entry.rows.empty() && entry.rows.back() == row) entry.rows.pop_back();
    }
    if (!ahead_.empty() && ahead_.back().row == row) ahead_.pop_back();
}

void FormatTable::forget_all() {
    for (Entry& entry : entries_) entry.rows.clear();
    ahead_.clear();
}

void FormatTable::finish(event::Batch& batch) {
    for (Entry& entry : entries_) {
        if (entry.rows.empty()) continue;
        entry.decoder->finish(batch, entry.rows);
        batch.settle();
        entry.rows.clear();
    }
    for (const Ahead& ahead : ahead_) {
        event::Row& row = batch.rows()[ahead.row];
        if ((row.flags & event::kRowTimeGuessed) != 0) continue;  // it is our own clock's
        std::int64_t set_back_ns = 0;
        if (!__builtin_sub_overflow(row.time.unix_ns, ahead.ns, &set_back_ns)) {
            row.time.unix_ns = set_back_ns;
        }
    }
    ahead_.clear();
}

ChunkRows::ChunkRows(FormatTable& formats, std::shared_ptr<const event::Chunk> chunk,
                     std::uint64_t offset, event::FieldBudget& budget, event::Batch& batch,
                     std::size_t rows_max, std::function<void()> cut)
    : formats_(formats),
      chunk_(std::move(chunk)),
      offset_(offset),
      budget_(budget),
      batch_(batch),
      rows_max_(rows_max),
      cut_(std::move(cut)) {
    if (!chunk_->envelope.clock.empty()) {
        ahead_ns_ = read_clock_hints(chunk_->envelope.clock).ahead_ms * base::kNsPerMs;
    }
    read_told();
    if (batch.is_empty()) formats_.forget_all();
    cut_if_full();
}

void ChunkRows::read_told() {
    auto split = event::split_told(chunk_->envelope.context, chunk_->record_count());
    if (!split) return;
    is_told_ = true;
    plain_ = chunk_->envelope;
    plain_.context = split->context;
    told_ = std::move(split->told);
    for (const std::string& name : told_.names) {
        told_fields_.push_back(batch_.fields().intern(name, budget_).value_or(event::kNoField));
    }
}

void ChunkRows::begin_record(std::size_t index, const Decoder* decoder) {
    record_ = index;
    decoder_ = decoder;
}

void ChunkRows::end_chunk() { cut_if_full(); }

void ChunkRows::cut_if_full() {
    if (batch_.row_count() < rows_max_ && batch_.raw_bytes() < event::kBatchBytesMax) return;
    cut_();
    is_pinned_ = false;
}

event::Row& ChunkRows::row(std::string_view raw) {
    cut_if_full();
    const event::Envelope& envelope = chunk_->envelope;
    if (!is_pinned_) {
        batch_.pin(chunk_);
        origin_ = batch_.origin_index({envelope.source, envelope.origin});
        const std::string_view format = decoder_ == nullptr ? "text" : formats_.name(decoder_);
        dataset_ = batch_.dataset_index(format);
        is_pinned_ = true;
    }
    const char* const begin = chunk_->bytes.data();
    VD_CHECK(raw.data() >= begin && raw.data() + raw.size() <= begin + chunk_->bytes.size());
    event::Row& row = batch_.add_row();
    row.id = {offset_, next_row_++};
    row.arrival = envelope.arrival;
    row.time = envelope.arrival;
    row.raw = raw;
    row.line = envelope.first_line + record_;
    row.origin = origin_;
    row.dataset = dataset_;
    row.flags = event::kRowTimeGuessed;
    if (!chunk_->flags.empty()) row.flags |= chunk_->flags[record_];
    batch_.count_raw_bytes(raw.size());
    const auto number = static_cast<std::uint32_t>(batch_.row_count() - 1);
    if (decoder_ != nullptr) formats_.claim(decoder_, number);
    if (ahead_ns_ != 0) formats_.claim_ahead(number, ahead_ns_);
    if (is_told_) add_told(row);
    return row;
}

void ChunkRows::add_told(event::Row& row) {
    if (!told_.times_ns.empty() && told_.times_ns[record_] != 0) {
        set_time(row, {told_.times_ns[record_]});
    }
    for (std::size_t i = 0; i < told_.names.size(); ++i) {
        const std::string& value = told_.values[record_ * told_.names.size() + i];
        if (value.empty()) continue;
        std::string valid;
        if (append_valid_utf8(valid, value)) row.flags |= event::kRowInvalidUtf8;
        if (told_fields_[i] == event::kNoField) {
            batch_.add_overflow(told_.names[i], valid, event::ValueKind::text);
        } else {
            batch_.add(told_fields_[i], valid);
        }
    }
}

void ChunkRows::set_raw(std::string_view text) {
    VD_CHECK(!batch_.is_empty() && next_row_ > 0);
    event::Row& row = batch_.rows().back();
    batch_.discount_raw_bytes(row.raw.size());
    row.raw = batch_.keep_raw(text);
    batch_.count_raw_bytes(text.size());
}

void ChunkRows::drop_row() {
    VD_CHECK(!batch_.is_empty() && next_row_ > 0);
    formats_.forget(static_cast<std::uint32_t>(batch_.row_count() - 1));
    batch_.discount_raw_bytes(batch_.rows().back().raw.size());
    batch_.drop_last_row();
    --next_row_;
}

bool ChunkRows::inner(std::string_view hint, std::string_view bytes) {
    if (depth_ == kInnerDepthMax) return false;
    Decoder* const decoder = hint.empty() ? formats_.find_start(bytes) : formats_.find_inner(hint);
    if (decoder == nullptr) return false;
    ++depth_;
    const bool is_taken = decoder->decode_inner(bytes, envelope(), *this);
    --depth_;
    if (is_taken) formats_.claim(decoder, static_cast<std::uint32_t>(batch_.row_count() - 1));
    return is_taken;
}

bool append_valid_utf8(std::string& out, std::string_view bytes) {
    if (simdjson::validate_utf8(bytes.data(), bytes.size())) {
        out.append(bytes);
        return false;
    }
    bool is_damaged = false;
    while (!bytes.empty()) {
        const std::size_t size = base::utf8_sequence_size(bytes);
        if (size == 0) {
            out.append("\xEF\xBF\xBD");
            is_damaged = true;
        } else {
            out.append(bytes.substr(0, size));
        }
        bytes.remove_prefix(size == 0 ? 1 : size);
    }
    return is_damaged;
}

void add_message_row(std::string_view record, RowSink& sink) {
    event::Row& row = sink.row(record);
    row.flags |= event::kRowNotDecoded;
    std::string text;
    if (append_valid_utf8(text, record)) row.flags |= event::kRowInvalidUtf8;
    sink.batch().add(event::ecs::kMessage, text);
}

}  // namespace vedette::parse
