// SPDX-License-Identifier: Apache-2.0
#include "engine/decisions.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/json_text.h"

namespace vedette::engine {

namespace {

using base::ErrorCode;
using base::Result;
using simdjson::dom::object;

constexpr std::string_view kNames[] = {"retention", "hold", "release", "forget", "forgotten"};

/// An object that is being written.
class Writer {
  public:
    explicit Writer(std::string_view type) { text_ = fmt::format("{{\"type\":\"{}\"", type); }
    Writer& add(std::string_view key, std::uint64_t value) {
        text_ += fmt::format(",\"{}\":{}", key, value);
        return *this;
    }
    Writer& add(std::string_view key, base::Timestamp time) {
        text_ += fmt::format(",\"{}\":{}", key, time.unix_ns);
        return *this;
    }
    Writer& add(std::string_view key, std::string_view text) {
        text_ += fmt::format(",\"{}\":", key);
        base::append_json_string(text_, text);
        return *this;
    }
    std::string& raw() { return text_; }
    std::string end() { return std::move(text_) + "}"; }

  private:
    std::string text_;
};

std::string write(const RetentionDecision& decision) {
    Writer out("retention");
    out.add("at", decision.at);
    out.add("findings_before", decision.findings_before);
    out.add("inbox_before", decision.inbox_before);
    out.raw() += ",\"cuts\":[";
    for (const Cut& cut : decision.cuts) {
        if (&cut != decision.cuts.data()) out.raw() += ',';
        out.raw() += "{\"data_set\":";
        base::append_json_string(out.raw(), cut.data_set);
        out.raw() +=
            fmt::format(",\"before_day\":{},\"before_offset\":{},\"rows\":{},\"bytes\":{}}}",
                        cut.before_day, cut.before_offset, cut.rows, cut.bytes);
    }
    out.raw() += ']';
    return out.end();
}
std::string write(const HoldDecision& decision) {
    Writer out("hold");
    out.add("name", decision.name).add("text", decision.text_hash);
    return out.add("by", decision.by).add("at", decision.at).end();
}
std::string write(const ReleaseDecision& decision) {
    Writer out("release");
    return out.add("name", decision.name).add("by", decision.by).add("at", decision.at).end();
}
std::string write(const ForgetDecision& decision) {
    Writer out("forget");
    out.add("id", decision.id).add("value", decision.value_hash).add("reason", decision.reason);
    return out.add("by", decision.by).add("at", decision.at).end();
}
std::string write(const ForgottenDecision& decision) {
    Writer out("forgotten");
    out.add("id", decision.id).add("at", decision.at).add("rows", decision.rows);
    out.add("records", decision.records).add("held", decision.held);
    base::append_json_strings(out.raw(), "remains", decision.remains);
    base::append_json_strings(out.raw(), "snapshots", decision.snapshots);
    return out.end();
}

auto damaged() { return base::fail(ErrorCode::corrupt, "a decision about keeping is unreadable"); }

/// The members of an object; one that is missing or of another kind makes it bad.
class Members {
  public:
    explicit Members(object from) : from_(from) {}
    std::string text(std::string_view key) {
        std::string_view value;
        if (from_[key].get(value) != simdjson::SUCCESS || value.size() > kDecisionTextBytesMax) {
            is_good_ = false;
        }
        return std::string(value);
    }
    std::string name(std::string_view key) {
        std::string value = text(key);
        is_good_ = is_good_ && is_decision_name(value);
        return value;
    }
    std::uint64_t number(std::string_view key) {
        std::uint64_t value = 0;
        if (from_[key].get(value) != simdjson::SUCCESS) is_good_ = false;
        return value;
    }
    std::int64_t whole(std::string_view key) {
        std::int64_t value = 0;
        if (from_[key].get(value) != simdjson::SUCCESS) is_good_ = false;
        return value;
    }
    base::Timestamp time(std::string_view key) { return {whole(key)}; }
    bool is_good() const { return is_good_; }

  private:
    object from_;
    bool is_good_ = true;
};

Result<Decision> read_retention(const object& from) {
    Members in(from);
    RetentionDecision decision;
    decision.at = in.time("at");
    decision.findings_before = in.number("findings_before");
    decision.inbox_before = in.number("inbox_before");
    simdjson::dom::array cuts;
    if (from["cuts"].get(cuts) != simdjson::SUCCESS || cuts.size() > kCutsMax) return damaged();
    for (const auto element : cuts) {
        object one;
        if (element.get(one) != simdjson::SUCCESS) return damaged();
        Members cut(one);
        const std::int64_t day = cut.whole("before_day");
        if (day < INT32_MIN || day > INT32_MAX) return damaged();
        decision.cuts.push_back({cut.text("data_set"), static_cast<std::int32_t>(day),
                                 cut.number("before_offset"), cut.number("rows"),
                                 cut.number("bytes")});
        if (!cut.is_good()) return damaged();
    }
    if (!in.is_good()) return damaged();
    return decision;
}

/// Nothing if there is no such member.
Result<std::vector<std::string>> read_texts(const object& from, std::string_view key) {
    std::vector<std::string> out;
    simdjson::dom::element member;
    if (from[key].get(member) != simdjson::SUCCESS) return out;
    simdjson::dom::array texts;
    if (member.get(texts) != simdjson::SUCCESS || texts.size() > kRemainsMax) return damaged();
    for (const auto element : texts) {
        std::string_view text;
        if (element.get(text) != simdjson::SUCCESS || text.size() > kDecisionTextBytesMax) {
            return damaged();
        }
        out.emplace_back(text);
    }
    return out;
}

Result<Decision> read_forgotten(const object& from) {
    Members in(from);
    ForgottenDecision decision;
    decision.id = in.name("id");
    decision.at = in.time("at");
    decision.rows = in.number("rows");
    decision.records = in.number("records");
    decision.held = in.number("held");
    simdjson::dom::element remains;
    if (!in.is_good() || from["remains"].get(remains) != simdjson::SUCCESS) return damaged();
    VD_TRY(decision.remains, read_texts(from, "remains"));
    // Records from before snapshots were removed have no such member.
    VD_TRY(decision.snapshots, read_texts(from, "snapshots"));
    return decision;
}

Result<Decision> read(std::string_view type, const object& from) {
    if (type == "retention") return read_retention(from);
    if (type == "forgotten") return read_forgotten(from);
    Members in(from);
    Decision decision;
    if (type == "hold") {
        decision = HoldDecision{in.name("name"), in.name("text"), in.text("by"), in.time("at")};
    } else if (type == "release") {
        decision = ReleaseDecision{in.name("name"), in.text("by"), in.time("at")};
    } else {
        decision = ForgetDecision{in.name("id"), in.name("value"), in.text("reason"), in.text("by"),
                                  in.time("at")};
    }
    if (!in.is_good()) return damaged();
    return decision;
}

}  // namespace

std::string encode(const Decision& decision) {
    return std::visit([](const auto& one) { return write(one); }, decision);
}

Result<std::optional<Decision>> decode_decision(std::string_view payload) {
    // Most control records are others, and some are large: their type stands first in all.
    const bool is_ours = std::any_of(std::begin(kNames), std::end(kNames), [&](auto name) {
        return payload.starts_with(fmt::format("{{\"type\":\"{}\"", name));
    });
    if (!is_ours) return std::optional<Decision>();
    simdjson::dom::parser parser;
    object from;
    std::string_view type;
    const simdjson::padded_string padded(payload);
    if (parser.parse(padded).get(from) != simdjson::SUCCESS ||
        from["type"].get(type) != simdjson::SUCCESS) {
        return damaged();
    }
    VD_TRY(Decision decision, read(type, from));
    return std::optional<Decision>(std::move(decision));
}

bool is_decision_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 64;
    return !name.empty() && name.size() <= kNameBytesMax &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return c == '_' || c == '-' || c == '.' || (c >= '0' && c <= '9') ||
                      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

}  // namespace vedette::engine
