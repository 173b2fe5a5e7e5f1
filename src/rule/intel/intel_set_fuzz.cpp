// SPDX-License-Identifier: Apache-2.0
// A kept set may be anybody's bytes: it is refused, or every entry of it can be looked at.
// The name that it would need is that of its content, which the loader tells of by refusing; so a
// sound file is written under the name it has.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/check.h"
#include "rule/intel/feed_set.h"

namespace {

/// One file in memory, under any name.
class OneFile final : public vedette::base::Files {
  public:
    explicit OneFile(std::string_view bytes) : bytes_(bytes) {}
    template <class T>
    static vedette::base::Result<T> no() {
        return vedette::base::fail(vedette::base::ErrorCode::io, "not here");
    }
    vedette::base::Result<std::unique_ptr<vedette::base::AppendFile>> open_append(
        const std::string&) override {
        return no<std::unique_ptr<vedette::base::AppendFile>>();
    }
    vedette::base::Result<void> read_more(const std::string&, std::uint64_t offset,
                                          std::uint64_t size, std::string& out) override {
        if (offset < bytes_.size()) out.append(bytes_.substr(offset, size));
        return {};
    }
    vedette::base::Result<std::uint64_t> size_bytes(const std::string&) override {
        return bytes_.size();
    }
    vedette::base::Result<std::vector<std::string>> list(const std::string&) override {
        return no<std::vector<std::string>>();
    }
    vedette::base::Result<void> make_folders(const std::string&) override { return no<void>(); }
    vedette::base::Result<void> remove(const std::string&) override { return no<void>(); }
    vedette::base::Result<void> rename(const std::string&, const std::string&) override {
        return no<void>();
    }
    vedette::base::Result<void> sync_folder(const std::string&) override { return no<void>(); }

  private:
    std::string_view bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::rule::intel;
    constexpr std::size_t kNameDigits = 32;
    if (size < kNameDigits) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    OneFile file(input.substr(kNameDigits));
    const auto set = FeedSet::load(file, "", std::string(input.substr(0, kNameDigits)));
    if (!set) return 0;
    std::size_t seen = 0;
    set->for_each([&](const IndicatorView& view) {
        VD_CHECK(!view.key.empty() && view.confidence <= 100);
        seen += value_text(view.type, view.key).size() < SIZE_MAX ? 1 : 0;
    });
    VD_CHECK(seen == set->size());
    return 0;
}
