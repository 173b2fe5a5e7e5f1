// SPDX-License-Identifier: Apache-2.0
#include "journal/segments/segment_rewrite.h"

#include <memory>
#include <utility>

#include "base/bytes.h"
#include "journal/limits.h"

namespace vedette::journal {

namespace {

constexpr std::size_t kFlushBytes = 1u << 20;

/// The new file: gathers, writes in blocks.
class Output {
  public:
    Output(std::unique_ptr<base::AppendFile> file, Offset first) : file_(std::move(file)) {
        bytes_ = kSegmentMagic;
        base::put(bytes_, first);
    }
    base::Result<void> add(RecordKind kind, Offset offset, std::string_view payload) {
        append_record(bytes_, kind, offset, payload);
        return bytes_.size() < kFlushBytes ? base::Result<void>() : flush();
    }
    base::Result<void> finish() {
        VD_TRY_DO(flush());
        return file_->sync();
    }
    std::uint64_t size_bytes() const { return written_bytes_; }

  private:
    base::Result<void> flush() {
        VD_TRY_DO(file_->append(bytes_));
        written_bytes_ += bytes_.size();
        bytes_.clear();
        return {};
    }

    std::unique_ptr<base::AppendFile> file_;
    std::string bytes_;
    std::uint64_t written_bytes_ = 0;
};

base::Result<RewrittenSegment> write_again(base::Files& files, const std::string& path,
                                           const std::string& new_path, Offset first,
                                           std::uint64_t size_bytes, const ChangeRecord& change) {
    VD_TRY(auto file, files.open_append(new_path));
    Output output(std::move(file), first);
    RewrittenSegment result;
    base::Result<void> done;
    std::string buffer;
    const auto visit = [&](const Decoded& record, std::uint64_t) {
        std::optional<std::string> changed;
        if (record.kind == RecordKind::chunk) {
            auto asked = change(record.offset, record.payload);
            if (!asked) {
                done = tl::unexpected(std::move(asked).error());
                return false;
            }
            changed = std::move(*asked);
        }
        if (changed && changed->size() > kRecordBytesMax) {
            done = base::fail(base::ErrorCode::limit, "a changed record is too large", path);
            return false;
        }
        result.changed += changed ? 1 : 0;
        done = output.add(record.kind, record.offset,
                          changed ? std::string_view(*changed) : record.payload);
        return done.has_value();
    };
    VD_TRY(const WalkResult walk,
           walk_segment(files, path, kSegmentHeadBytes, size_bytes, buffer, visit));
    VD_TRY_DO(std::move(done));
    VD_TRY_DO(output.finish());
    for (const Damage& damage : walk.damage) result.damaged_bytes += damage.size_bytes;
    result.size_bytes = output.size_bytes();
    return result;
}

}  // namespace

base::Result<RewrittenSegment> rewrite_segment(base::Files& files, const std::string& path,
                                               const std::string& new_path, Offset first,
                                               std::uint64_t size_bytes,
                                               const ChangeRecord& change) {
    if (files.size_bytes(new_path)) VD_TRY_DO(files.remove(new_path));
    auto result = write_again(files, path, new_path, first, size_bytes, change);
    const bool is_same = result && result->changed == 0 && result->damaged_bytes == 0;
    if ((!result || is_same) && files.size_bytes(new_path)) {
        const auto removed = files.remove(new_path);
        if (result && !removed) return tl::unexpected(removed.error());
    }
    return result;
}

}  // namespace vedette::journal
