// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "engine/replay/replay_json.h"
#include "engine/replay/row_question.h"

namespace {

using namespace vedette;
using namespace vedette::engine::replay;

/// Whatever the store answers is read within its bounds, and every reading is a sound batch.
void check_rows(std::string_view bytes) {
    const RowQuestion question;
    base::ByteReader in(bytes);
    StoredRow row;
    event::FieldDictionary fields;
    event::Batch batch(fields);
    for (int rows = 0; rows < 8 && !in.is_at_end(); ++rows) {
        question.read(in, row);
        if (!in.is_good()) break;
        const std::size_t open = ambiguous_values(row).size();
        add_row(batch, row, 0);
        if (open > 0) add_row(batch, row, 1);
    }
    batch.verify();
}

void check_list(std::string_view text) {
    const auto elements = list_elements(text);
    VD_CHECK(elements.empty() || elements.size() > 1);
}

void check_json(std::string_view json) {
    const auto result = replay_of_json(json);
    if (!result) return;
    const auto again = replay_of_json(to_json(*result, 10));
    VD_CHECK(again && again->hits == result->hits && again->days.size() == result->days.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_rows(bytes);
    check_list(bytes);
    check_json(bytes);
    return 0;
}
