// SPDX-License-Identifier: Apache-2.0
// A set in a file: a mark, the feed's name, contexts, sizes, then entries and blocks as they lie in
// memory. Everything is checked before it is used, for a state file may be anybody's.
#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "rule/intel/feed_set.h"
#include "rule/intel/limits.h"

namespace vedette::rule::intel {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kMark = "vedette indicators 1\n";
constexpr std::uint64_t kHeadBytesMax = 256ull << 20;
constexpr std::size_t kNameDigits = 32;

auto corrupt(const std::string& path) {
    return base::fail(ErrorCode::corrupt, "the kept indicators are not what their name says", path,
                      "restore them from a backup, or remove the file: feeds are read again");
}

}  // namespace

class FeedSetFile {
  public:
    explicit FeedSetFile(FeedSet& set) : set_(set) {}

    std::string head() const {
        std::string out;
        base::put_text(out, set_.feed_);
        base::put_varint(out, set_.contexts_.size());
        for (const auto& context : set_.contexts_) {
            base::put_text(out, context.label);
            base::put_text(out, context.attack);
        }
        for (const auto& part : set_.parts_) base::put_varint(out, part.entries.size());
        base::put_varint(out, set_.blocks_.size());
        base::put_varint(out, set_.last_block_bytes_);
        return out;
    }

    bool read_head(std::string_view bytes, std::vector<std::uint64_t>& counts,
                   std::uint64_t& blocks) {
        base::ByteReader in(bytes);
        set_.feed_ = in.text();
        const std::uint64_t contexts = in.varint();
        if (!in.is_good() || contexts == 0 || contexts > kContextsMax + 1) return false;
        set_.contexts_.clear();
        for (std::uint64_t i = 0; i < contexts && in.is_good(); ++i) {
            FeedSet::Context context;
            context.label = in.text();
            context.attack = in.text();
            set_.contexts_.push_back(std::move(context));
        }
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < FeedSet::kParts; ++i) {
            counts.push_back(in.varint());
            if (counts.back() > kIndicatorsMax) return false;
            total += counts.back();
        }
        blocks = in.varint();
        set_.last_block_bytes_ = in.varint();
        return in.is_good() && in.is_at_end() && total <= kIndicatorsMax &&
               blocks <= kIndicatorsMax * (kValueBytesMax + 2) / FeedSet::kBlockBytes + 1 &&
               set_.last_block_bytes_ <= FeedSet::kBlockBytes && (blocks > 0 || total == 0);
    }

    /// Whether every entry leads into the set and stands where it is looked for.
    bool is_sound() const {
        for (const auto& part : set_.parts_) {
            std::uint32_t before = 0;
            for (const auto& entry : part.entries) {
                if (entry.hash_bits < before || entry.type >= kIndicatorTypes ||
                    entry.context >= set_.contexts_.size() || entry.confidence > 100 ||
                    !is_key(entry.place())) {
                    return false;
                }
                before = entry.hash_bits;
            }
        }
        return true;
    }

    FeedSet& set_;

  private:
    bool is_key(std::uint64_t place) const {
        constexpr std::size_t kLengthBytes = 2;
        const std::uint64_t block = place >> FeedSet::kBlockShift;
        const std::uint64_t at = place & (FeedSet::kBlockBytes - 1);
        if (block >= set_.blocks_.size()) return false;
        const std::uint64_t end =
            block + 1 == set_.blocks_.size() ? set_.last_block_bytes_ : FeedSet::kBlockBytes;
        if (at + kLengthBytes > end) return false;
        std::uint16_t size = 0;
        std::memcpy(&size, set_.blocks_[block].get() + at, kLengthBytes);
        return size > 0 && at + kLengthBytes + size <= end;
    }
};

Result<void> FeedSet::save(base::Files& files, const std::string& folder) const {
    VD_TRY_DO(files.make_folders(folder));
    const std::string path = folder + "/" + hash_.hex();
    if (files.size_bytes(path)) return {};
    const std::string beside = path + ".new";
    if (files.size_bytes(beside)) VD_TRY_DO(files.remove(beside));
    VD_TRY(auto file, files.open_append(beside));
    const std::string head = FeedSetFile(const_cast<FeedSet&>(*this)).head();
    std::string begin(kMark);
    base::put<std::uint64_t>(begin, head.size());
    VD_TRY_DO(file->append(begin + head));
    for (const Part& part : parts_) {
        if (part.entries.empty()) continue;
        VD_TRY_DO(file->append({reinterpret_cast<const char*>(part.entries.data()),
                                part.entries.size() * sizeof(Entry)}));
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        const bool is_last = i + 1 == blocks_.size();
        VD_TRY_DO(file->append({blocks_[i].get(), is_last ? last_block_bytes_ : kBlockBytes}));
    }
    VD_TRY_DO(file->sync());
    file.reset();
    VD_TRY_DO(files.rename(beside, path));
    return files.sync_folder(folder);
}

Result<FeedSet> FeedSet::load(base::Files& files, const std::string& folder,
                              const std::string& name) {
    const std::string path = folder + "/" + name;
    const bool is_name = name.size() == kNameDigits &&
                         name.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_name) return base::fail(ErrorCode::corrupt, "this is no name of indicators", path);
    VD_TRY(const std::uint64_t size, files.size_bytes(path));
    std::uint64_t at = kMark.size() + sizeof(std::uint64_t);
    VD_TRY(const std::string begin, files.read(path, 0, at));
    if (begin.size() != at || !begin.starts_with(kMark)) return corrupt(path);
    std::uint64_t head_size = 0;
    std::memcpy(&head_size, begin.data() + kMark.size(), sizeof head_size);
    if (head_size > kHeadBytesMax || head_size > size - at) return corrupt(path);
    VD_TRY(const std::string head, files.read(path, at, head_size));
    at += head_size;
    FeedSet set;
    FeedSetFile file(set);
    std::vector<std::uint64_t> counts;
    std::uint64_t blocks = 0;
    if (head.size() != head_size || !file.read_head(head, counts, blocks)) return corrupt(path);
    std::uint64_t expected = at;
    for (const std::uint64_t count : counts) expected += count * sizeof(Entry);
    if (blocks > 0) expected += (blocks - 1) * kBlockBytes + set.last_block_bytes_;
    if (expected != size) return corrupt(path);
    std::string room;
    const auto read = [&](std::uint64_t bytes) -> Result<void> {
        room.clear();
        VD_TRY_DO(files.read_more(path, at, bytes, room));
        at += bytes;
        return room.size() == bytes ? Result<void>() : Result<void>(corrupt(path));
    };
    for (std::size_t i = 0; i < kParts; ++i) {
        VD_TRY_DO(read(counts[i] * sizeof(Entry)));
        set.parts_[i].entries.resize(counts[i]);
        if (!room.empty()) std::memcpy(set.parts_[i].entries.data(), room.data(), room.size());
    }
    for (std::uint64_t i = 0; i < blocks; ++i) {
        VD_TRY_DO(read(i + 1 == blocks ? set.last_block_bytes_ : kBlockBytes));
        set.blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
        std::memcpy(set.blocks_.back().get(), room.data(), room.size());
    }
    if (!file.is_sound()) return corrupt(path);
    set.finish();
    if (set.hash_.hex() != name) return corrupt(path);
    return set;
}

}  // namespace vedette::rule::intel
