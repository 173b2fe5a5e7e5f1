// SPDX-License-Identifier: Apache-2.0
#include "source/format_watch.h"

#include "source/limits.h"

namespace vedette::source {

bool is_plain(const event::Framing& framing) {
    return framing.kind == event::Framing::Kind::lines &&
           framing.header == event::Framing::Header::none && !framing.continues;
}

namespace {

using event::FormatDeclaration;
using Records = std::vector<std::string_view>;

constexpr std::string_view kText = "text";

/// The format that these records are surely of, if the current one does not want them.
const FormatDeclaration* other_format(const event::FormatDeclarations& formats,
                                      const FormatDeclaration& current, const Records& records) {
    if (current.name != kText && current.recognise(records) > 0) return nullptr;
    const FormatDeclaration& best = event::recognise(formats, records);
    const bool is_sure = best.recognise(records) >= kSureEnough;
    return is_sure && best.name != current.name && is_plain(best.framing) ? &best : nullptr;
}

Records first_of(const event::Chunk& chunk) {
    Records records;
    for (std::size_t i = 0; i < kRecogniseRecordsMax; ++i) records.push_back(chunk.record(i));
    return records;
}

Records last_of(const event::Chunk& chunk) {
    Records records;
    const std::size_t count = chunk.record_count();
    for (std::size_t i = count - kRecogniseRecordsMax; i < count; ++i)
        records.push_back(chunk.record(i));
    return records;
}

}  // namespace

FormatWatch::Change FormatWatch::look(const event::FormatDeclarations& formats,
                                      const FormatDeclaration& current, const event::Chunk& chunk) {
    if (!is_plain(current.framing)) return {};
    if (chunk.record_count() >= kRecogniseRecordsMax) {
        gathered_.clear();
        const FormatDeclaration* const other = other_format(formats, current, last_of(chunk));
        if (other == nullptr) return {};
        return {other, other_format(formats, current, first_of(chunk)) == other};
    }
    for (std::size_t i = 0; i < chunk.record_count(); ++i) {
        if (chunk.record(i).size() <= kWatchedBytesMax) gathered_.emplace_back(chunk.record(i));
    }
    if (gathered_.size() < kRecogniseRecordsMax) return {};
    const Records records(gathered_.begin(), gathered_.end());
    const FormatDeclaration* const other = other_format(formats, current, records);
    gathered_.clear();
    return {other, false};
}

}  // namespace vedette::source
