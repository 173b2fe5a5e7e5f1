// SPDX-License-Identifier: Apache-2.0
// The answer of a worker gone bad: what is read of it must be rows, and the same when sent again.
// The first byte tells how long the record is; the rest is the answer.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "parse/row_wire.h"

namespace {

using namespace vedette;

class Gather final : public sandbox::Output {
  public:
    base::Result<void> write(std::string_view bytes) override {
        text += bytes;
        return {};
    }
    std::string text;
};

/// What `answer` says of the chunk's records, as it would be sent on.
std::string sent_again(const event::Chunk& chunk, const std::string& answer, bool must_fit) {
    event::FieldDictionary fields;
    Gather output;
    parse::RowWriter writer(fields, chunk, output);
    parse::RowReader reader(fields);
    reader.begin(answer);
    for (std::size_t i = 0; i < chunk.record_count(); ++i) {
        writer.begin_record(i);
        const char* const reason = reader.read_record(chunk.record(i), writer);
        VD_CHECK(reason == nullptr || !must_fit);
        writer.batch().verify();
        VD_CHECK(writer.end_record().has_value());
        if (reason != nullptr) {
            while (++i < chunk.record_count()) {
                writer.begin_record(i);
                VD_CHECK(writer.end_record().has_value());
            }
        }
    }
    VD_CHECK(writer.end().has_value());
    return output.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    event::Chunk chunk;
    chunk.add_record(std::string(data[0], 'r'));
    chunk.add_record("the second record");
    const std::string answer(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string once = sent_again(chunk, answer, false);
    VD_CHECK(sent_again(chunk, once, true) == once);
    return 0;
}
