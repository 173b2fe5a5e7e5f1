// SPDX-License-Identifier: Apache-2.0
#include "source/framed_input.h"

#include <algorithm>

#include "base/check.h"
#include "source/limits.h"
#include "source/text_probe.h"

namespace vedette::source {

using base::ErrorCode;
using base::fail;
using base::Result;

FramedInput::FramedInput(const event::FormatDeclarations& formats, FramedInputStart start)
    : formats_(formats), start_(std::move(start)), piece_bytes_(kReadBytes) {
    if (start_.may_be_compressed) {
        opener_.emplace();
        piece_bytes_ = kCompressedPieceBytesMin;
        skip_bytes_ = start_.state.position;
    }
    if (!start_.format.empty()) format_ = find_format(formats_, start_.format);
    VD_CHECK(start_.format.empty() || format_ != nullptr);
    VD_CHECK(start_.state.position == 0 || format_ != nullptr);
    // An input of known format is still looked at from its beginning on, to tell binary ones.
    if (start_.state.position > 0) framer_ = event::make_framer(format_->framing, start_.state);
}

Result<std::size_t> FramedInput::feed(std::string_view bytes) {
    if (!opener_) {
        if (ready_.size() >= kReadyChunksMax) return std::size_t{0};
        VD_TRY_DO(on_opened(bytes));
        return bytes.size();
    }
    std::size_t taken = 0;
    while (taken < bytes.size() && ready_.size() < kReadyChunksMax) {
        const std::string_view piece = bytes.substr(taken, piece_bytes_);
        const std::uint64_t before = opener_->bytes_out();
        VD_TRY_DO(
            opener_->feed(piece, [this](std::string_view opened) { return on_opened(opened); }));
        taken += piece.size();
        const std::uint64_t gave = opener_->bytes_out() - before;
        if (gave > kOpenedStepBytes) {
            piece_bytes_ = std::max(piece_bytes_ / 2, kCompressedPieceBytesMin);
        } else if (gave < kOpenedStepBytes / 4) {
            piece_bytes_ = std::min(piece_bytes_ * 2, kReadBytes);
        }
    }
    return taken;
}

Result<void> FramedInput::on_opened(std::string_view bytes) {
    opened_bytes_ += bytes.size();
    const auto skipped =
        static_cast<std::size_t>(std::min<std::uint64_t>(skip_bytes_, bytes.size()));
    skip_bytes_ -= skipped;
    bytes.remove_prefix(skipped);
    if (framer_) {
        frame(bytes);
        return {};
    }
    head_.append(bytes);
    return head_.size() >= kHeadBytesMax ? decide_format() : Result<void>{};
}

Result<void> FramedInput::settle() {
    const bool can_tell = head_.find('\n') != std::string::npos ||
                          event::recognise_by_head(formats_, head_) != nullptr;
    return framer_ || !can_tell ? Result<void>{} : decide_format();
}

Result<void> FramedInput::decide_format() {
    const std::string_view head = std::string_view(head_).substr(0, kHeadBytesMax);
    const event::FormatDeclaration& format =
        format_ == nullptr ? recognise_head(formats_, head) : *format_;
    if (format.framing.kind != event::Framing::Kind::blocks && is_binary(head)) {
        return fail(ErrorCode::unsupported,
                    "the input is neither text nor a binary format we read");
    }
    format_ = &format;
    framer_ = event::make_framer(format_->framing, start_.state);
    const std::string held = std::exchange(head_, std::string());
    frame(held);
    return {};
}

void FramedInput::frame(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t taken = framer_->feed(bytes, chunk_);
        bytes.remove_prefix(taken);
        if (!bytes.empty()) push_full();
    }
}

void FramedInput::push_full() {
    FormatWatch::Change change;
    if (start_.format.empty() || start_.is_format_guessed) {
        change = watch_.look(formats_, *format_, chunk_);
    }
    if (change.begins_in_chunk) format_ = change.format;
    chunk_.envelope.format = format_->name;
    chunk_.envelope.format_version = format_->version;
    // Both formats are cut into records alike, so the framer goes on as it is.
    if (change.format != nullptr) format_ = change.format;
    ready_.push_back({std::move(chunk_), framer_->state()});
    chunk_ = event::Chunk();
}

bool FramedInput::finish_record() {
    if (!framer_ || !framer_->has_unfinished()) return true;
    if (framer_->finish(chunk_)) return true;
    push_full();
    return ready_.size() < kReadyChunksMax && framer_->finish(chunk_);
}

Result<bool> FramedInput::finish() {
    if (!is_ended_ && opener_) {
        const auto ended =
            opener_->finish([this](std::string_view opened) { return on_opened(opened); });
        if (!ended) end_error_ = ended.error();
    }
    is_ended_ = true;
    if (!framer_ && !head_.empty()) VD_TRY_DO(decide_format());
    if (!finish_record()) return false;
    if (end_error_) return tl::unexpected<base::Error>(*end_error_);
    return true;
}

std::optional<FramedInput::Ready> FramedInput::take(bool also_partial) {
    if (ready_.empty() && also_partial && chunk_.record_count() > 0) push_full();
    if (ready_.empty()) return std::nullopt;
    Ready out = std::move(ready_.front());
    ready_.pop_front();
    return out;
}

bool FramedInput::has_unfinished() const {
    return framer_ ? framer_->has_unfinished() : !head_.empty();
}

bool FramedInput::is_compressed() const {
    return opener_ &&
           opener_->compression().value_or(base::Compression::none) != base::Compression::none;
}

}  // namespace vedette::source
