// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "engine/learning/lesson.h"
#include "engine/learning/limits.h"
#include "engine/learning/subtracted_events.h"

using namespace vedette::engine::learning;

/// Any bytes are a kept list, a person's file of ids and a control record, or are refused; what was
/// read is written as the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto kept = decode_subtracted(bytes)) {
        VD_CHECK(encode_subtracted(*kept) == bytes);
        for (const auto& id : *kept) VD_CHECK(contains(*kept, id));
    }
    if (auto ids = read_event_ids(bytes)) {
        VD_CHECK(ids->size() <= kSubtractedMax);
        const std::size_t all = ids->size();
        VD_CHECK(put_in_order(*ids) + ids->size() == all);
        const auto again = decode_subtracted(encode_subtracted(*ids));
        VD_CHECK(again.has_value() && *again == *ids);
    }
    if (const auto lesson = lesson_of_control(bytes)) {
        VD_CHECK(lesson_of_control(lesson_control(*lesson)) == lesson);
    }
    return 0;
}
