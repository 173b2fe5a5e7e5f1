// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette::base {

/// Reads JSON text from front to back and hands out views of it as written: for code that cuts
/// documents out of a stream, or looks at a few members and passes the rest on untouched. Builds
/// nothing and needs no bytes behind the text, which is why it stands beside simdjson.
///
/// Every reading member eats what it read and returns true, or false where something else stands;
/// what is eaten then is not told. Checks RFC 8259 but for UTF-8, which is the caller's.
/// Lives: views into the text.   Limits: kJsonDepthMax.   Cost: about 1 ns a byte, 16 bytes a step
/// inside strings.   Source: RFC 8259
class JsonScan {
  public:
    explicit JsonScan(std::string_view text) : text_(text) {}

    /// What comes next behind blanks; 0 at the end, and for a byte 0, which is no JSON.
    char peek();
    bool is_at_end() {
        peek();
        return at_ == text_.size();
    }
    std::size_t position() const { return at_; }
    std::string_view rest() const { return text_.substr(at_); }

    /// A mark: one of {}[],:
    bool take(char mark) {
        if (peek() != mark) return false;
        ++at_;
        return true;
    }
    /// A string: what stands between its quotes, as written.
    bool string(std::string_view& written);
    /// Any value, as written. `depth`: of the containers around it.
    bool value(std::string_view& written, int depth = 0);

    /// An object: `on_member(key as written)` has to eat the member's value.
    template <class OnMember>
    bool object(OnMember&& on_member) {
        if (!take('{')) return false;
        if (take('}')) return true;
        do {
            std::string_view key;
            if (!string(key) || !take(':') || !on_member(key)) return false;
        } while (take(','));
        return take('}');
    }
    /// A list: `on_element()` has to eat each element.
    template <class OnElement>
    bool list(OnElement&& on_element) {
        if (!take('[')) return false;
        if (take(']')) return true;
        do {
            if (!on_element()) return false;
        } while (take(','));
        return take(']');
    }

  private:
    bool skip(int depth);
    bool word(std::string_view word);
    bool number();
    bool digits();

    std::string_view text_;
    std::size_t at_ = 0;
};

/// Containers within each other; deeper text is not taken for JSON.
inline constexpr int kJsonDepthMax = 1'024;

/// Appends the text that a JSON string stands for, `written` without its quotes. Half a surrogate
/// pair becomes U+FFFD. False if an escape is none of RFC 8259; what was before it is appended.
bool append_json_unescaped(std::string& out, std::string_view written);

}  // namespace vedette::base
