// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::parse {

/// Reads XML piece by piece, as programs write it: elements, attributes, text, CDATA, the five
/// entities and character references (control characters too, which XML 1.0 forbids and Windows
/// writes). Comments and instructions are passed over. Names keep their prefixes.
///
/// Does not promise: to refuse all that is no XML; other entities stay as written, name spaces are
/// not resolved. A document type declaration is refused, so nothing is ever expanded.
/// Threads: one at a time.   Cost: linear, decoded text is never longer than written.
/// Source: XML 1.0, fifth edition
class XmlReader {
  public:
    enum class Kind { start, text, end, done, broken };
    struct Attribute {
        std::string_view name, value;
    };

    /// Lives: `text`, UTF-8 without NUL, must outlive the reader.
    explicit XmlReader(std::string_view text) : text_(text) {}

    /// The next piece. An empty element gives a start and an end. After done or broken, that again.
    Kind next();

    /// Of the element that starts or ends.
    std::string_view name() const { return name_; }
    /// Of the element that starts. Lives: until next().
    std::span<const Attribute> attributes() const { return attributes_; }
    /// The text, decoded. Lives: until next().
    std::string_view text() const { return value_; }
    /// Where the next piece begins.
    std::size_t at() const { return at_; }
    std::size_t depth() const { return open_.size(); }
    /// Why it is broken.
    const char* reason() const { return reason_; }

  private:
    Kind fail(const char* reason);
    Kind read_tag();
    Kind read_end_tag();
    Kind read_text(std::size_t end);
    Kind read_cdata();
    bool read_attribute();
    void decode_attributes();
    bool pass_over(std::string_view mark, std::string_view end);
    std::string_view read_name();
    void skip_blanks();
    std::string_view decoded(std::string_view written);

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string_view> open_;
    std::string_view name_, value_;
    std::vector<Attribute> attributes_;
    std::string decoded_;
    bool ends_at_once_ = false;  // the element that started was an empty one
    const char* reason_ = nullptr;
};

}  // namespace vedette::parse
