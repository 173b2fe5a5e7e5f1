// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "event/address.h"

namespace vedette::event {

/// A value in lower case, without memory of its own where it is short and ASCII, as nearly all are.
class FoldedText {
  public:
    explicit FoldedText(std::string_view value);
    FoldedText(const FoldedText&) = delete;
    FoldedText& operator=(const FoldedText&) = delete;
    std::string_view text() const { return text_; }

  private:
    std::array<char, 128> room_;
    std::string longer_;
    std::string_view text_;
};

/// A network as the bytes of a key: prefix length, then address.
class NetworkKey {
  public:
    explicit NetworkKey(const Network& network);
    std::string_view text() const { return {bytes_.data(), bytes_.size()}; }
    static Network read(std::string_view key);

  private:
    std::array<char, 17> bytes_;
};

/// A name in lower case as a key: without the dot of the root. Nothing if it can be no domain: it
/// is empty or too long, or begins with a dot.
std::optional<std::string_view> domain_key(std::string_view folded);

}  // namespace vedette::event
