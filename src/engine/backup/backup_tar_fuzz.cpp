// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/backup/manifest.h"
#include "engine/backup/tar.h"

namespace {

using namespace vedette;
using namespace vedette::engine::backup;

/// Checks that every file has the size that was announced, and writes down what came.
class Counting final : public FileSink {
  public:
    base::Result<void> begin(std::string_view name, std::uint64_t size_bytes) override {
        VD_CHECK(is_good_name(name) && left_ == 0);
        left_ = size_bytes;
        seen += std::string(name) + ":" + std::to_string(size_bytes) + ";";
        return {};
    }
    base::Result<void> bytes(std::string_view piece) override {
        VD_CHECK(piece.size() <= left_);
        left_ -= piece.size();
        return {};
    }
    base::Result<void> end() override {
        VD_CHECK(left_ == 0);
        return {};
    }
    std::string seen;

  private:
    std::uint64_t left_ = 0;
};

std::string read(std::string_view bytes, std::size_t piece_bytes) {
    Counting sink;
    TarReader reader(sink);
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, piece_bytes);
        bytes.remove_prefix(piece.size());
        if (!reader.feed(piece)) return sink.seen + "refused";
    }
    return sink.seen + (reader.finish() ? "whole" : "cut");
}

}  // namespace

// Any bytes are files and an end or an error, whatever pieces they come in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    VD_CHECK(read(bytes, size + 1) == read(bytes, 7));
    return 0;
}
