// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/registry.h"

namespace vedette::parse {

namespace {

constexpr std::string_view kName = "text";

/// The smallest format there is: a line is a row, and all that is known of it is its text.
class TextDecoder final : public Decoder {
  public:
    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        row.dataset = sink.batch().dataset_index(kName);
        sink.batch().add(event::ecs::kMessage, clean.text);
    }

  private:
    std::string scratch_;  // a cache of memory, not of meaning
};

}  // namespace

void register_text(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    // Anything is a text, so it is the answer only when no other format says more.
    format.declaration.recognise = [](const std::vector<std::string_view>&) { return 1; };
    format.make = [](event::FieldDictionary&) { return std::make_unique<TextDecoder>(); };
    format.summary = "any text, one row a line";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
