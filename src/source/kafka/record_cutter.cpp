// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/record_cutter.h"

#include "event/batch.h"
#include "source/message_part.h"

namespace vedette::source::kafka {

namespace {

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

RecordCutter::RecordCutter(std::string_view value, bool by_lines)
    : rest_(value), by_lines_(by_lines) {
    begin_line();
}

void RecordCutter::begin_line() {
    is_cut_ = false;
    do {
        const std::size_t end = by_lines_ ? rest_.find('\n') : std::string_view::npos;
        const std::size_t size = end == std::string_view::npos ? rest_.size() : end + 1;
        line_ = without_line_end(rest_.substr(0, size));
        rest_.remove_prefix(size);
    } while (line_.empty() && !rest_.empty());
}

RecordCutter::Record RecordCutter::next() {
    Record record{line_, 0};
    if (line_.size() > event::kRecordBytesMax) {
        record.bytes = line_.substr(0, event::kRecordBytesMax);
        record.bytes = record.bytes.substr(0, message_part_size(record.bytes));
        is_cut_ = true;
    }
    if (is_cut_) record.flags = event::kRowPartOfLonger;
    line_.remove_prefix(record.bytes.size());
    if (line_.empty()) begin_line();
    return record;
}

}  // namespace vedette::source::kafka
