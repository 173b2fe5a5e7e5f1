// SPDX-License-Identifier: Apache-2.0
#include "source/http/bulk_body.h"

#include <cstring>
#include <unordered_map>

#include "source/http/limits.h"

namespace vedette::source::http {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

class Lines {
  public:
    explicit Lines(std::string_view body) : rest_(body) {}

    /// The next line without its end. False at the end of the body, or if the last line has none.
    bool next(std::string_view& line) {
        const void* end = rest_.empty() ? nullptr : std::memchr(rest_.data(), '\n', rest_.size());
        if (end == nullptr) return false;
        const auto size = static_cast<std::size_t>(static_cast<const char*>(end) - rest_.data());
        line = rest_.substr(0, size);
        rest_.remove_prefix(size + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        ++number_;
        return true;
    }
    bool has_rest() const { return !rest_.empty(); }
    std::size_t number() const { return number_; }

  private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

/// Gives index names small numbers. Most bodies name one index again and again.
class IndexNumbers {
  public:
    explicit IndexNumbers(std::vector<std::string>& names) : names_(names) {}

    std::uint32_t of(std::string_view name) {
        if (last_ < names_.size() && names_[last_] == name) return last_;
        const auto [entry, is_new] =
            numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
        if (is_new) names_.emplace_back(name);
        last_ = entry->second;
        return last_;
    }

  private:
    std::vector<std::string>& names_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::uint32_t last_ = 0;
};

std::string at_line(std::size_t number) { return "line " + std::to_string(number); }

}  // namespace

std::string_view name(BulkAction action) {
    switch (action) {
        case BulkAction::index: return "index";
        case BulkAction::create: return "create";
        case BulkAction::update: return "update";
        case BulkAction::remove: return "delete";
    }
    return "index";
}

Result<BulkBody> split_bulk(std::string_view body, std::string_view default_index) {
    BulkBody out;
    IndexNumbers numbers(out.indices);
    Lines lines(body);
    std::string_view line;
    while (lines.next(line)) {
        if (line.empty()) continue;
        auto action = read_action_line(line);
        if (!action) {
            action.error().where = at_line(lines.number());
            return tl::unexpected(std::move(action).error());
        }
        if (out.items.size() == kBulkItemsMax) {
            return fail(ErrorCode::limit, "more than " + std::to_string(kBulkItemsMax) + " items",
                        at_line(lines.number()), "send smaller bodies");
        }
        BulkItem item;
        item.action = action->action;
        item.index =
            numbers.of(action->has_index ? std::string_view(action->index) : default_index);
        item.id = std::move(action->id);
        if (item.action != BulkAction::remove && !lines.next(item.document)) {
            return fail(ErrorCode::bad_input,
                        lines.has_rest() ? "The bulk request must be terminated by a newline [\\n]"
                                         : "the document of the last action is missing",
                        at_line(lines.number() + 1));
        }
        out.items.push_back(std::move(item));
    }
    if (lines.has_rest()) {
        return fail(ErrorCode::bad_input, "The bulk request must be terminated by a newline [\\n]",
                    at_line(lines.number() + 1), "curl: use --data-binary, -d removes line ends");
    }
    if (out.items.empty()) {
        return fail(ErrorCode::bad_input, "request body is required", at_line(1));
    }
    return out;
}

}  // namespace vedette::source::http
