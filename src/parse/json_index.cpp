// SPDX-License-Identifier: Apache-2.0
#include "parse/json_index.h"

#include <algorithm>

#include "base/check.h"

namespace vedette::parse::json {

namespace {

/// Makes the processor's first stage with room for `capacity` bytes.
std::unique_ptr<simdjson::internal::dom_parser_implementation> make_stage(std::size_t capacity) {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    const auto error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, stage);
    VD_CHECK(error == simdjson::SUCCESS);
    return stage;
}

}  // namespace

StructureIndex::StructureIndex() : stage_(make_stage(kUsualBytes)) {}

bool StructureIndex::build(const char* text, std::size_t size) {
    if (size > stage_->capacity()) stage_ = make_stage(size * 2);
    // A single long record shall not hold its index's memory for ever.
    const bool is_oversized = stage_->capacity() > kUsualBytes * 8 && size <= kUsualBytes;
    if (is_oversized) stage_ = make_stage(kUsualBytes);
    return stage_->stage1(reinterpret_cast<const std::uint8_t*>(text), size,
                          simdjson::stage1_mode::regular) == simdjson::SUCCESS;
}

}  // namespace vedette::parse::json
