// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "journal/segments/segment_reader.h"

namespace {

using namespace vedette;

/// One file, given out in pieces no longer than asked for.
class OneFile final : public base::Files {
  public:
    explicit OneFile(std::string_view bytes) : bytes_(bytes) {}
    base::Result<void> read_more(const std::string&, std::uint64_t offset, std::uint64_t size_bytes,
                                 std::string& buffer) override {
        if (offset < bytes_.size()) buffer += bytes_.substr(offset, size_bytes);
        return {};
    }
    base::Result<std::uint64_t> size_bytes(const std::string&) override { return bytes_.size(); }
    base::Result<std::unique_ptr<base::AppendFile>> open_append(const std::string&) override {
        return base::fail(base::ErrorCode::unsupported, "read only");
    }
    base::Result<std::vector<std::string>> list(const std::string&) override {
        return std::vector<std::string>();
    }
    base::Result<void> make_folders(const std::string&) override { return {}; }
    base::Result<void> remove(const std::string&) override { return {}; }
    base::Result<void> rename(const std::string&, const std::string&) override { return {}; }
    base::Result<void> sync_folder(const std::string&) override { return {}; }

  private:
    std::string_view bytes_;
};

}  // namespace

// Any bytes as a segment: records with rising offsets and damage, which together are all of it.
// The first byte puts as many whole records around the rest, so that damage has something behind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string bytes;
    const int around = data[0] % 3;
    for (int i = 0; i < around; ++i) {
        journal::append_record(bytes, journal::RecordKind::chunk, 1u + i, "before");
    }
    bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (int i = 0; i < around; ++i) {
        journal::append_record(bytes, journal::RecordKind::chunk, (1ull << 62) + i, "behind");
    }
    OneFile file(bytes);
    std::string buffer;
    std::uint64_t passed_bytes = 0;
    const auto walked = journal::walk_segment(
        file, "segment", 0, bytes.size(), buffer,
        [&](const journal::Decoded& record, std::uint64_t position_bytes) {
            VD_CHECK(record.state == journal::Decoded::State::whole);
            VD_CHECK(position_bytes + record.size_bytes <= bytes.size());
            VD_CHECK(record.payload ==
                     std::string_view(bytes).substr(position_bytes + journal::kRecordHeadBytes,
                                                    record.payload.size()));
            passed_bytes += record.size_bytes;
            return true;
        });
    VD_CHECK(walked.has_value());
    for (const journal::Damage& damage : walked->damage) passed_bytes += damage.size_bytes;
    VD_CHECK(passed_bytes == bytes.size());
    VD_CHECK(walked->valid_end_bytes <= bytes.size());
    VD_CHECK(around == 0 || walked->valid_end_bytes == bytes.size());
    return 0;
}
