// SPDX-License-Identifier: Apache-2.0
#include "journal/segments/segment_reader.h"

#include <algorithm>

#include "journal/limits.h"

namespace vedette::journal {

namespace {

constexpr std::uint64_t kBlockBytes = 1u << 20;

/// The bytes of the segment from `begin`, as many as were read so far, growing on demand.
class Window {
  public:
    Window(base::Files& files, const std::string& path, std::uint64_t begin, std::uint64_t end,
           std::string& buffer)
        : files_(files), path_(path), begin_(begin), end_(end), buffer_(buffer) {
        buffer_.clear();
    }

    std::string_view bytes() const { return std::string_view(buffer_).substr(skip_); }
    std::uint64_t position() const { return begin_ + skip_; }
    bool has_all() const { return begin_ + buffer_.size() >= end_; }

    base::Result<void> grow_to(std::uint64_t wanted) {
        buffer_.erase(0, skip_);
        begin_ += skip_;
        skip_ = 0;
        while (buffer_.size() < wanted && !has_all()) {
            const std::uint64_t at = begin_ + buffer_.size();
            const std::uint64_t size =
                std::min(std::max(wanted - buffer_.size(), kBlockBytes), end_ - at);
            const std::size_t before = buffer_.size();
            VD_TRY_DO(files_.read_more(path_, at, size, buffer_));
            if (buffer_.size() == before) end_ = at;  // the file is shorter than we were told
        }
        return {};
    }

    void skip(std::uint64_t count) { skip_ += count; }

  private:
    base::Files& files_;
    const std::string& path_;
    std::uint64_t begin_;
    std::uint64_t end_;
    std::string& buffer_;
    std::size_t skip_ = 0;
};

/// Finds where records go on after damage at the window's beginning; false if they do not.
base::Result<bool> pass_over_damage(Window& window, const std::string& path, Offset after,
                                    std::vector<Damage>& damage) {
    const std::uint64_t begin = window.position();
    for (;;) {
        if (const auto next = find_next_record(window.bytes(), after)) {
            window.skip(*next);
            damage.push_back({path, begin, window.position() - begin, false});
            return true;
        }
        if (window.has_all()) break;
        // A record may begin in these bytes and end beyond them, so none may be dropped yet.
        VD_TRY_DO(window.grow_to(window.bytes().size() * 2 + kBlockBytes));
    }
    damage.push_back({path, begin, window.bytes().size(), true});
    return false;
}

}  // namespace

base::Result<WalkResult> walk_segment(
    base::Files& files, const std::string& path, std::uint64_t from_bytes, std::uint64_t end_bytes,
    std::string& buffer,
    const std::function<bool(const Decoded& record, std::uint64_t position_bytes)>& visit) {
    Window window(files, path, from_bytes, end_bytes, buffer);
    WalkResult result;
    result.valid_end_bytes = from_bytes;
    for (;;) {
        Decoded record = decode_record(window.bytes());
        while (record.state == Decoded::State::needs_more && !window.has_all()) {
            VD_TRY_DO(window.grow_to(std::max<std::uint64_t>(record.size_bytes, kBlockBytes)));
            record = decode_record(window.bytes());
        }
        if (window.bytes().empty() && window.has_all()) return result;
        if (record.state != Decoded::State::whole) {
            VD_TRY(const bool goes_on,
                   pass_over_damage(window, path, result.last_offset, result.damage));
            if (!goes_on) return result;
            continue;
        }
        if (!visit(record, window.position())) {
            result.was_stopped = true;
            return result;
        }
        result.last_offset = record.offset;
        window.skip(record.size_bytes);
        result.valid_end_bytes = window.position();
    }
}

}  // namespace vedette::journal
