// SPDX-License-Identifier: Apache-2.0
#include "base/member_stream.h"

#include "base/limits.h"

namespace vedette::base {

MemberStream::MemberStream(Compression kind, std::string_view mark)
    : kind_(kind), mark_(mark), block_(kDecompressBlockBytes, '\0') {}

Result<void> MemberStream::feed(std::string_view bytes, const BytesSink& sink) {
    while (!bytes.empty()) {
        if (state_ != State::inside) {
            VD_TRY(const bool goes_on, begin_next(bytes));
            if (!goes_on) return {};
        }
        VD_TRY_DO(open_some(bytes, sink));
    }
    return {};
}

// Behind a member: padding, the next member, or nothing that we know. Whether to go on.
Result<bool> MemberStream::begin_next(std::string_view& bytes) {
    const std::size_t other = bytes.find_first_not_of('\0');
    if (other != 0) state_ = State::padding;
    if (other == std::string_view::npos) return false;
    bytes.remove_prefix(other);
    // Of the three only xz may have a member behind padding.
    const bool may_follow = state_ == State::between || kind_ == Compression::xz;
    if (mark_.empty() || !may_follow || bytes[0] != mark_[0]) {
        return fail(ErrorCode::corrupt,
                    "there are bytes behind the end of the " + std::string(name(kind_)) + " data");
    }
    VD_TRY_DO(begin_member());
    state_ = State::inside;
    return true;
}

// One call of the library after the other until the bytes are used or the member ends.
Result<void> MemberStream::open_some(std::string_view& bytes, const BytesSink& sink) {
    for (;;) {
        VD_TRY(const Step done, step(bytes, block_.data(), block_.size()));
        bytes.remove_prefix(done.used);
        if (done.made != 0) VD_TRY_DO(sink(std::string_view(block_.data(), done.made)));
        if (done.is_end) {
            state_ = State::between;
            return {};
        }
        if (done.used == 0 && done.made == 0) {
            // With no input left there is more to come; with some the library is stuck.
            if (bytes.empty()) return {};
            return damaged("they lead nowhere");
        }
        // A full block may leave output inside: then the next call makes some.
        if (bytes.empty() && done.made < block_.size()) return {};
    }
}

tl::unexpected<Error> MemberStream::damaged(const std::string& why) const {
    return fail(ErrorCode::corrupt,
                "the " + std::string(name(kind_)) + " data are damaged: " + why);
}

}  // namespace vedette::base
