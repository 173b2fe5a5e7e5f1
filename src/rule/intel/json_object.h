// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_scan.h"

namespace vedette::rule::intel {

/// One JSON object of a feed: its members as written, so that a bundle of a gigabyte is walked and
/// never built. A member that is there twice counts as first written.
/// Lives: views into the text.   Limits: kMembersMax; an object with more is not good.
class JsonObject {
  public:
    explicit JsonObject(std::string_view written);
    bool is_good() const { return is_good_; }

    /// The member as written; empty if there is none.
    std::string_view member(std::string_view key) const;
    /// A string's text, without what is no text; empty if it is none.
    std::string text(std::string_view key) const;
    /// A number, or a string that is one.
    std::optional<std::int64_t> whole(std::string_view key) const;
    bool is_true(std::string_view key) const;

  private:
    std::vector<std::pair<std::string_view, std::string_view>> members_;
    bool is_good_ = false;
};

/// The text of a string as written with its quotes; nothing if it is none.
std::optional<std::string> json_text_of(std::string_view written);

/// Calls `use` with each element of a list as written. False if it is no list, or a broken one;
/// elements before the break have been used.
template <class Use>
bool for_each_element(std::string_view written, Use&& use) {
    base::JsonScan in(written);
    return in.list([&] {
        std::string_view element;
        if (!in.value(element)) return false;
        use(element);
        return true;
    });
}

}  // namespace vedette::rule::intel
