// SPDX-License-Identifier: Apache-2.0
#include "parse/xml_reader.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "event/limits.h"

namespace vedette::parse {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_blank(char c) { return kBlank.find(c) != std::string_view::npos; }

bool ends_name(char c) { return is_blank(c) || c == '=' || c == '>' || c == '/' || c == '<'; }

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code == 0) {
        out += ' ';  // a NUL separates values in a batch
    } else if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        const bool is_half = (code & 0xF800) == 0xD800;
        if (is_half) code = 0xFFFD;
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

/// `name` is what stands between & and ;. False if nobody knows it.
bool append_entity(std::string& out, std::string_view name) {
    if (name == "amp") return out += '&', true;
    if (name == "lt") return out += '<', true;
    if (name == "gt") return out += '>', true;
    if (name == "quot") return out += '"', true;
    if (name == "apos") return out += '\'', true;
    if (name.size() < 2 || name[0] != '#') return false;
    const bool is_hex = name[1] == 'x';
    const char* const begin = name.data() + (is_hex ? 2 : 1);
    const char* const end = name.data() + name.size();
    std::uint32_t code = 0;
    const auto read = std::from_chars(begin, end, code, is_hex ? 16 : 10);
    if (read.ec != std::errc() || read.ptr != end || code > 0x10FFFF) return false;
    append_utf8(out, code);
    return true;
}

}  // namespace

XmlReader::Kind XmlReader::fail(const char* reason) {
    reason_ = reason;
    return Kind::broken;
}

XmlReader::Kind XmlReader::next() {
    if (reason_ != nullptr) return Kind::broken;
    if (ends_at_once_) {
        ends_at_once_ = false;
        open_.pop_back();
        return Kind::end;
    }
    while (at_ < text_.size()) {
        const std::string_view rest = text_.substr(at_);
        if (rest[0] != '<') {
            const std::size_t end = std::min(text_.find('<', at_), text_.size());
            if (!open_.empty()) return read_text(end);
            if (rest.substr(0, end - at_).find_first_not_of(kBlank) != std::string_view::npos) {
                return fail("there is text outside of all elements");
            }
            at_ = end;
        } else if (rest.starts_with("<![CDATA[")) {
            return read_cdata();
        } else if (rest.starts_with("<!--")) {
            if (!pass_over("<!--", "-->")) return fail("a comment has no end");
        } else if (rest.starts_with("<?")) {
            if (!pass_over("<?", "?>")) return fail("an instruction has no end");
        } else if (rest.starts_with("<!")) {
            return fail("declarations of a document type are not read");
        } else {
            return rest.starts_with("</") ? read_end_tag() : read_tag();
        }
    }
    return open_.empty() ? Kind::done : fail("it ends within an element");
}

XmlReader::Kind XmlReader::read_tag() {
    if (open_.size() == event::kDepthMax) return fail("elements are nested too deep");
    ++at_;
    name_ = read_name();
    if (name_.empty()) return fail("a tag has no name");
    attributes_.clear();
    for (;;) {
        skip_blanks();
        if (at_ == text_.size()) return fail("a tag has no end");
        if (text_[at_] == '>') break;
        if (text_.substr(at_).starts_with("/>")) {
            ends_at_once_ = true;
            ++at_;
            break;
        }
        if (!read_attribute()) return fail("an attribute cannot be read");
    }
    ++at_;
    open_.push_back(name_);
    decode_attributes();
    return Kind::start;
}

bool XmlReader::read_attribute() {
    const std::string_view name = read_name();
    skip_blanks();
    if (name.empty() || at_ == text_.size() || text_[at_] != '=') return false;
    ++at_;
    skip_blanks();
    if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return false;
    const std::size_t close = text_.find(text_[at_], at_ + 1);
    if (close == std::string_view::npos) return false;
    const std::string_view written = text_.substr(at_ + 1, close - at_ - 1);
    attributes_.push_back({name, written});
    at_ = close + 1;
    return true;
}

// Decoded text is never longer than written: with room for all of it no value moves.
void XmlReader::decode_attributes() {
    std::size_t size = 0;
    for (const Attribute& attribute : attributes_) size += attribute.value.size();
    decoded_.clear();
    decoded_.reserve(size);
    for (Attribute& attribute : attributes_) attribute.value = decoded(attribute.value);
}

XmlReader::Kind XmlReader::read_end_tag() {
    at_ += 2;
    name_ = read_name();
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '>') return fail("an end tag has no end");
    ++at_;
    if (open_.empty() || open_.back() != name_) return fail("an end tag fits no element");
    open_.pop_back();
    return Kind::end;
}

XmlReader::Kind XmlReader::read_text(std::size_t end) {
    decoded_.clear();
    value_ = decoded(text_.substr(at_, end - at_));
    at_ = end;
    return Kind::text;
}

XmlReader::Kind XmlReader::read_cdata() {
    if (open_.empty()) return fail("there is text outside of all elements");
    constexpr std::size_t kMark = 9;
    const std::size_t end = text_.find("]]>", at_ + kMark);
    if (end == std::string_view::npos) return fail("a CDATA section has no end");
    value_ = text_.substr(at_ + kMark, end - at_ - kMark);
    at_ = end + 3;
    return Kind::text;
}

bool XmlReader::pass_over(std::string_view mark, std::string_view end) {
    const std::size_t found = text_.find(end, at_ + mark.size());
    if (found == std::string_view::npos) return false;
    at_ = found + end.size();
    return true;
}

std::string_view XmlReader::read_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !ends_name(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
}

void XmlReader::skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

// Without entities the text itself, else a copy in decoded_.
std::string_view XmlReader::decoded(std::string_view written) {
    std::size_t mark = written.find('&');
    if (mark == std::string_view::npos) return written;
    constexpr std::size_t kEntityBytesMax = 12;
    const std::size_t begin = decoded_.size();
    while (mark != std::string_view::npos) {
        decoded_ += written.substr(0, mark);
        written.remove_prefix(mark + 1);
        const std::size_t end = written.substr(0, kEntityBytesMax).find(';');
        if (end != std::string_view::npos && append_entity(decoded_, written.substr(0, end))) {
            written.remove_prefix(end + 1);
        } else {
            decoded_ += '&';
        }
        mark = written.find('&');
    }
    decoded_ += written;
    return std::string_view(decoded_).substr(begin);
}

}  // namespace vedette::parse
