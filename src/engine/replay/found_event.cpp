// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/found_event.h"

#include <algorithm>
#include <charconv>

#include "engine/replay/stored_row.h"
#include "event/schema.h"

namespace vedette::engine::replay {

namespace {

/// Numbers with one of . : / between them; nothing if anything else is there.
std::vector<std::uint64_t> numbers_of(std::string_view text) {
    std::vector<std::uint64_t> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        std::uint64_t number = 0;
        const auto [behind, code] = std::from_chars(at, end, number);
        if (code != std::errc()) return {};
        numbers.push_back(number);
        if (behind == end) return numbers;
        if (std::string_view(".:/").find(*behind) == std::string_view::npos) return {};
        at = behind + 1;
    }
}

bool is_column(std::string_view field) {
    const auto fields = event::schema_fields();
    return std::any_of(fields.begin(), fields.end(),
                       [&](const event::SchemaField& one) { return one.name == field; });
}

StoredRow stored_row_of(const rule::search::Hit& hit) {
    StoredRow row;
    row.id = {hit.offset, hit.row};
    row.time = hit.time;
    row.dataset = hit.dataset;
    row.raw = hit.raw;
    row.flags = hit.flags;
    row.source = hit.source;
    row.origin = hit.origin;
    row.line = hit.line;
    for (const auto& [field, text] : hit.fields) {
        row.values.push_back({field, text, !is_column(field)});
    }
    return row;
}

}  // namespace

std::optional<event::EventId> event_id_of(std::string_view text) {
    const auto numbers = numbers_of(text);
    if (numbers.size() < 2 || numbers.size() > 3) return std::nullopt;
    if (numbers.size() == 3 && text[text.find_first_of(".:/")] != '/') return std::nullopt;
    if (numbers.back() > UINT32_MAX) return std::nullopt;
    return event::EventId{numbers[numbers.size() - 2], static_cast<std::uint32_t>(numbers.back())};
}

base::Result<FoundEvent> found_event(const rule::search::Hit& hit, const std::string& format,
                                     EventTexts& texts, event::Batch& spare) {
    const StoredRow stored = stored_row_of(hit);
    VD_TRY(const event::Batch* batch, texts.decode({hit.raw}, format));
    for (std::uint32_t row = 0; row < batch->row_count(); ++row) {
        if (is_same(stored, *batch, row)) return FoundEvent{batch, row, true};
    }
    spare.clear();
    add_row(spare, stored, 0);
    return FoundEvent{&spare, 0, false};
}

}  // namespace vedette::engine::replay
