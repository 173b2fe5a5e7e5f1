// SPDX-License-Identifier: Apache-2.0
#include "parse/json/json_decoder.h"

#include <algorithm>
#include <cstring>

namespace vedette::parse::json {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// {"Records":[...]}: the envelope of AWS files, "records" in those of Azure.
bool is_list_name(std::string_view key) { return key == "Records" || key == "records"; }

}  // namespace

JsonDecoder::JsonDecoder(event::FieldDictionary& fields) : map_(fields), walker_(paths_, fields) {}

void JsonDecoder::begin_chunk(const event::Chunk& chunk) {
    chunk_ = &chunk;
    next_record_ = 0;
    window_ = Window();
}

void JsonDecoder::decode(std::string_view record, const event::Envelope&, RowSink& sink) {
    paths_.tidy();
    if (!decode_quickly(record, sink)) decode_carefully(record, sink);
}

void JsonDecoder::finish(event::Batch& batch, std::span<const std::uint32_t> rows) {
    map_.map(batch, rows);
}

bool JsonDecoder::open_window(std::size_t begin) {
    const std::string& bytes = chunk_->bytes;
    const auto& ends = chunk_->ends;
    while (next_record_ < ends.size() && ends[next_record_] <= begin) ++next_record_;
    const auto limit = static_cast<std::uint32_t>(std::min(begin + kWindowBytes, bytes.size()));
    auto last = std::upper_bound(ends.begin() + static_cast<std::ptrdiff_t>(next_record_),
                                 ends.end(), limit);
    if (last == ends.begin()) return false;
    const std::size_t end = *(last - 1);
    // A record too long for any window is the first of none: it goes the careful way.
    if (end <= begin) return false;
    window_ = {bytes.data() + begin, begin, end, nullptr, false};
    const bool needs_copy = end + StructureIndex::kPaddingBytes > bytes.size();
    if (needs_copy) {
        window_copy_.assign(window_.text, end - begin);
        window_copy_.append(StructureIndex::kPaddingBytes, '\0');
        window_.text = window_copy_.data();
    }
    window_.is_good = window_index_.build(window_.text, end - begin);
    if (!window_.is_good) return true;
    // Behind the last token the walk shall find what can be no token: the zero that ends a string.
    if (!needs_copy) window_index_.end_with(static_cast<std::uint32_t>(bytes.size() - begin));
    window_.token = window_index_.begin();
    return true;
}

bool JsonDecoder::decode_quickly(std::string_view record, RowSink& sink) {
    if (chunk_ == nullptr || record.empty() || record.front() != '{') return false;
    const char* const bytes = chunk_->bytes.data();
    const bool is_of_chunk =
        record.data() >= bytes && record.data() + record.size() <= bytes + chunk_->bytes.size();
    if (!is_of_chunk) return false;
    const auto begin = static_cast<std::size_t>(record.data() - bytes);
    const std::size_t end = begin + record.size();
    if (begin < window_.begin || end > window_.end) {
        if (!open_window(begin) || end > window_.end) return false;
    }
    if (!window_.is_good) return false;
    const auto first = static_cast<std::uint32_t>(begin - window_.begin);
    const auto last = static_cast<std::uint32_t>(end - window_.begin);
    const std::uint32_t* const stop = window_index_.begin() + window_index_.count();
    while (window_.token != stop && *window_.token < first) ++window_.token;
    // Not there if a string of the record before is still open: then nothing is as it seems.
    if (window_.token == stop || *window_.token != first) return false;
    const char* const key = window_.text + window_.token[1] + 1;
    if (*key == 'R' || *key == 'r' || *key == '\\') {
        if (*key == '\\' || std::memcmp(key + 1, "ecords\"", 7) == 0) return false;
    }
    event::Row& row = sink.row(record);
    walker_.start(window_.text, window_.token, last);
    walker_.start_record(record.size());
    walker_.start_row(sink.batch(), sink.field_budget());
    const bool is_whole = walker_.value<true>(paths_.root(), 0) && walker_.at()[-1] < last &&
                          (walker_.at() >= stop || *walker_.at() >= last);
    if (!is_whole) {
        sink.drop_row();
        return false;
    }
    window_.token = walker_.at();
    row.flags |= walker_.flags();
    return true;
}

bool JsonDecoder::prepare(std::string_view record) {
    text_.clear();
    skipped_ = 0;
    is_damaged_ = append_valid_utf8(text_, record);
    if (text_.starts_with(kByteOrderMark)) {
        text_.erase(0, kByteOrderMark.size());
        skipped_ = kByteOrderMark.size();
    }
    text_size_ = static_cast<std::uint32_t>(text_.size());
    text_.append(StructureIndex::kPaddingBytes, '\0');
    if (!index_.build(text_.data(), text_size_)) return false;
    walker_.start(text_.data(), index_.begin(), text_size_);
    walker_.start_record(record.size());
    return true;
}

bool JsonDecoder::check_documents() {
    const std::uint32_t* const stop = index_.begin() + index_.count();
    const bool is_scalar = walker_.character() != '{' && walker_.character() != '[';
    while (walker_.at() < stop) {
        const char first = walker_.character();
        if (!is_scalar && first != '{' && first != '[') return false;
        if (!walker_.value<false>(paths_.root(), 0)) return false;
        // Words that stand alone are JSON, but "404 200" is rather text.
        if (is_scalar && walker_.at() != stop) return false;
    }
    walker_.go_to(index_.begin());
    return true;
}

/// Whether the document in hand is {"Records":[{...},...]} and no more; goes to the list then.
bool JsonDecoder::is_record_list() {
    const std::uint32_t* const begin = walker_.at();
    const std::uint32_t open = begin[1];
    std::string key;
    if (text_[open] == '"') {
        std::uint32_t close = begin[2];
        while (text_[--close] != '"') {
        }
        append_unescaped(key, std::string_view(text_).substr(open + 1, close - open - 1));
    }
    bool is_list = is_list_name(key) && text_[begin[3]] == '[';
    walker_.go_to(begin + 4);
    while (is_list) {
        is_list = walker_.character() == '{' && walker_.value<false>(paths_.root(), 0);
        if (!is_list) break;
        const char next = walker_.character();
        walker_.go_to(walker_.at() + 1);
        if (next == ',') continue;
        is_list = next == ']' && walker_.character() == '}';
        break;
    }
    walker_.go_to(is_list ? begin + 3 : begin);
    return is_list;
}

/// The record's own bytes of the value in hand, or all of them if the text had to be repaired.
std::string_view JsonDecoder::slice(std::string_view record) {
    if (is_damaged_) return record;
    const std::uint32_t* const begin = walker_.at();
    walker_.value<false>(paths_.root(), 0);
    std::size_t end = std::min(*walker_.at(), text_size_);
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (is_space(text_[end - 1])) --end;
    walker_.go_to(begin);
    return record.substr(skipped_ + *begin, end - *begin);
}

void JsonDecoder::emit_row(std::string_view raw, PathNode& node, std::size_t depth, RowSink& sink) {
    event::Row& row = sink.row(raw);
    walker_.start_row(sink.batch(), sink.field_budget());
    walker_.value<true>(node, depth);
    row.flags |= walker_.flags();
    if (is_damaged_) row.flags |= event::kRowInvalidUtf8;
}

void JsonDecoder::emit_list(std::string_view record, std::size_t depth, RowSink& sink) {
    if (text_[walker_.at()[1]] == ']') {
        emit_row(slice(record), paths_.message(), 0, sink);
        return;
    }
    do {
        walker_.go_to(walker_.at() + 1);
        PathNode& node = walker_.character() == '{' ? paths_.root() : paths_.message();
        emit_row(slice(record), node, depth, sink);
    } while (walker_.character() == ',');
    walker_.go_to(walker_.at() + 1);
}

void JsonDecoder::decode_carefully(std::string_view record, RowSink& sink) {
    if (!prepare(record) || !check_documents()) {
        add_message_row(record, sink);
        return;
    }
    const std::uint32_t* const stop = index_.begin() + index_.count();
    bool is_first = true;
    while (walker_.at() < stop) {
        const char first = walker_.character();
        if (first == '[') {
            emit_list(record, 1, sink);
        } else if (first != '{') {
            emit_row(record, paths_.message(), 0, sink);
        } else if (is_record_list()) {
            emit_list(record, 2, sink);
            walker_.go_to(walker_.at() + 1);
        } else {
            const std::uint32_t* const begin = walker_.at();
            walker_.value<false>(paths_.root(), 0);
            const bool is_alone = is_first && walker_.at() >= stop;
            walker_.go_to(begin);
            emit_row(is_alone ? record : slice(record), paths_.root(), 0, sink);
        }
        is_first = false;
    }
}

bool JsonDecoder::decode_inner(std::string_view bytes, const event::Envelope&, RowSink& sink) {
    paths_.tidy();
    if (bytes.starts_with(kCeeMark)) bytes.remove_prefix(std::strlen(kCeeMark));
    if (!prepare(bytes) || walker_.character() != '{') return false;
    const std::uint32_t* const stop = index_.begin() + index_.count();
    if (!walker_.value<false>(paths_.root(), 0) || walker_.at() != stop) return false;
    walker_.go_to(index_.begin());
    walker_.start_row(sink.batch(), sink.field_budget());
    walker_.value<true>(paths_.root(), 0);
    event::Row& row = sink.batch().rows().back();
    row.flags |= walker_.flags();
    if (is_damaged_) row.flags |= event::kRowInvalidUtf8;
    return true;
}

}  // namespace vedette::parse::json
