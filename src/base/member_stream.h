// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/compressed_streams.h"

namespace vedette::base {

/// What gzip, bzip2 and xz have in common: compressed members one behind the other, each of which
/// ends by itself, then perhaps zero padding. A library gives only the step within a member.
class MemberStream : public Decompressor::Stream {
  public:
    /// `mark`: the first byte of a further member; empty if there is only one.
    MemberStream(Compression kind, std::string_view mark);
    MemberStream(const MemberStream&) = delete;
    MemberStream& operator=(const MemberStream&) = delete;

    Result<void> feed(std::string_view bytes, const BytesSink& sink) final;
    bool is_between() const final { return state_ != State::inside; }

  protected:
    struct Step {
        std::size_t used = 0, made = 0;
        bool is_end = false;  ///< of the member
    };
    Compression kind() const { return kind_; }
    tl::unexpected<Error> damaged(const std::string& why) const;

  private:
    enum class State { inside, between, padding };

    virtual Result<void> begin_member() = 0;
    /// One call of the library. Used and made nothing: it waits for more input.
    virtual Result<Step> step(std::string_view bytes, char* out, std::size_t out_size) = 0;

    Result<bool> begin_next(std::string_view& bytes);
    Result<void> open_some(std::string_view& bytes, const BytesSink& sink);

    Compression kind_;
    std::string_view mark_;
    State state_ = State::inside;
    std::string block_;
};

}  // namespace vedette::base
