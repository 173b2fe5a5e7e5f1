// SPDX-License-Identifier: Apache-2.0
#include "serve/keeping.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "base/json_text.h"
#include "engine/forget.h"
#include "engine/retention.h"
#include "serve/json_question.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;

/// One line of JSON that is being written.
class Line {
  public:
    explicit Line(std::string_view is) { text("is", is); }
    Line& text(std::string_view key, std::string_view value) {
        name(key);
        base::append_json_string(out_, value);
        return *this;
    }
    Line& number(std::string_view key, std::uint64_t value) {
        return raw(key, fmt::to_string(value));
    }
    Line& real(std::string_view key, double value) {
        return raw(key, fmt::format("{:.0f}", value));
    }
    Line& days(std::string_view key, std::optional<int> value) {
        return raw(key, value ? std::to_string(*value) : "null");
    }
    /// A day as its date.
    Line& day(std::string_view key, std::int32_t day) {
        return text(key, base::format_rfc3339({day * base::kNsPerDay}).substr(0, 10));
    }
    Line& time(std::string_view key, base::Timestamp time) {
        return text(key, time.unix_ns == 0 ? std::string() : base::format_rfc3339(time));
    }
    Line& texts(std::string_view key, const std::vector<std::string>& values) {
        base::append_json_strings(out_, key, values);
        return *this;
    }
    std::string end() { return "{" + out_ + "}\n"; }

  private:
    void name(std::string_view key) {
        out_ += fmt::format("{}\"{}\":", out_.empty() ? "" : ",", key);
    }
    Line& raw(std::string_view key, const std::string& value) {
        name(key);
        out_ += value;
        return *this;
    }
    std::string out_;
};

/// The texts of a body; every member has to be one of `known`.
Result<std::map<std::string, std::string>> members(std::string_view body,
                                                   std::initializer_list<std::string_view> known) {
    std::map<std::string, std::string> out;
    JsonQuestion question;
    for (const std::string_view name : known) question.text(name, out[std::string(name)]);
    VD_TRY_DO(question.read(body));
    return out;
}

}  // namespace

Result<std::string> retention_status(engine::Engine& engine) {
    VD_TRY(const engine::RetentionStatus status, engine.retention().status());
    Line first("retention");
    first.number("passes", status.decided).number("rows_removed", status.rows);
    first.number("bytes_removed", status.bytes).time("last", status.last_at);
    first.number("decided_to", status.decided_to).number("carried_out_to", status.carried_out_to);
    first.number("holds", status.holds).number("held_rows", status.held_rows);
    first.text("trouble", status.trouble);
    std::string out = first.end();
    const engine::DiskForecast& forecast = status.forecast;
    Line disk("forecast");
    disk.number("disk_bytes", status.disk_bytes).number("disk_free_bytes", status.disk_free_bytes);
    disk.days("full_in_days", forecast.full.middle).days("full_in_days_low", forecast.full.low);
    disk.days("full_in_days_high", forecast.full.high).days("steady_in_days", forecast.steady);
    disk.real("bytes_at_rest", forecast.bytes_at_rest);
    out += disk.end();
    for (const engine::DataSetForecast& set : forecast.data_sets) {
        Line line("data_set");
        line.text("data_set", set.data_set).number("rows", set.rows).number("bytes", set.bytes);
        line.day("oldest", set.oldest_day).day("newest", set.newest_day);
        line.number("days_kept", set.days_kept).real("rows_per_day", set.rate.rows);
        line.real("bytes_per_day", set.rate.bytes).real("bytes_per_day_low", set.rate.bytes_low);
        line.real("bytes_per_day_high", set.rate.bytes_high);
        line.number("rate_days", static_cast<std::uint64_t>(set.rate.days));
        line.real("bytes_at_rest", set.bytes_at_rest);
        out += line.end();
    }
    return out;
}

Result<std::string> retention_plan(engine::Engine& engine) {
    VD_TRY(const engine::RetentionPreview preview, engine.retention().preview());
    std::string out;
    std::uint64_t rows = 0, bytes = 0;
    for (const engine::Cut& cut : preview.plan.cuts) {
        Line line("cut");
        line.text("data_set", cut.data_set).day("arrived_before", cut.before_day);
        out += line.number("rows", cut.rows).number("bytes", cut.bytes).end();
        rows += cut.rows;
        bytes += cut.bytes;
    }
    for (const engine::PartialCut& cut : preview.plan.partial) {
        Line line("partial");
        line.day("day", cut.day).number("rows", cut.rows).number("bytes", cut.bytes);
        out += line.texts("data_sets", cut.data_sets).end();
        rows += cut.rows;
        bytes += cut.bytes;
    }
    Line sum("plan");
    sum.number("rows", rows).number("bytes", bytes).number("findings", preview.findings);
    sum.number("inbox", preview.inbox).number("held_rows", preview.plan.held_rows);
    return out + sum.number("held_bytes", preview.plan.held_bytes).end();
}

Result<std::string> retention_run(engine::Engine& engine) {
    VD_TRY(const auto offset, engine.retention().run_now());
    return Line("decided").number("offset", offset.value_or(0)).end();
}

Result<std::string> hold_list(engine::Engine& engine) {
    VD_TRY(const auto holds, engine.holds());
    std::string out;
    for (const auto& [hold, text] : holds) {
        Line line("hold");
        line.text("name", hold.added.name)
            .text("state", hold.released_at == 0 ? "held" : "released");
        line.text("by", hold.added.by).time("at", hold.added.at);
        line.text("released_by", hold.released.by).time("released", hold.released.at);
        if (text) {
            line.text("query", text->query).text("reason", text->reason);
            line.text("from", text->from).text("to", text->to);
        }
        out += line.end();
    }
    return out;
}

Result<std::string> hold_add(engine::Engine& engine, std::string_view body) {
    VD_TRY(auto given, members(body, {"name", "query", "reason", "from", "to", "by"}));
    engine::HoldText text;
    text.query = given["query"];
    text.reason = given["reason"];
    text.from = given["from"];
    text.to = given["to"];
    VD_TRY_DO(engine.add_hold(given["name"], text, given["by"]));
    return Line("held").text("name", given["name"]).end();
}

Result<std::string> hold_release(engine::Engine& engine, std::string_view body) {
    VD_TRY(auto given, members(body, {"name", "by"}));
    VD_TRY_DO(engine.release_hold(given["name"], given["by"]));
    return Line("released").text("name", given["name"]).end();
}

Result<std::string> forget_plan(engine::Engine& engine, std::string_view body) {
    VD_TRY(auto given, members(body, {"user", "query"}));
    VD_TRY(const engine::ForgetPreview preview,
           engine.forgetting().preview({given["user"], given["query"], {}, {}}));
    std::string out;
    std::uint64_t rows = 0;
    for (const auto& [data_set, count] : preview.rows) {
        out += Line("data_set").text("data_set", data_set).number("rows", count).end();
        rows += count;
    }
    for (const std::string& sample : preview.samples) {
        out += Line("sample").text("raw", sample).end();
    }
    Line plan("plan");
    plan.number("rows", rows).number("held", preview.held);
    return out + plan.texts("snapshots", preview.snapshots).end();
}

Result<std::string> forget_begin(engine::Engine& engine, std::string_view body) {
    VD_TRY(auto given, members(body, {"user", "query", "reason", "by"}));
    VD_TRY(const std::string id, engine.forgetting().begin({given["user"], given["query"],
                                                            given["reason"], given["by"]}));
    return Line("begun").text("id", id).end();
}

Result<std::string> forget_status(engine::Engine& engine) {
    VD_TRY(const engine::ForgetStatus status, engine.forgetting().status());
    std::string out;
    bool is_pending_told = !status.pending;
    for (const auto& [asked, done] : status.all) {
        const bool is_pending = status.pending && status.pending->id == asked.id;
        Line line("deletion");
        line.text("id", asked.id).time("at", asked.at).text("by", asked.by);
        line.text("reason", asked.reason);
        line.text("state", done ? "done" : is_pending ? "going on" : "unknown");
        if (is_pending) {
            line.text("step", engine::name(status.pending->step));
            is_pending_told = true;
        }
        if (done) {
            line.time("done", done->at).number("events", done->rows);
            line.number("records", done->records).number("held", done->held);
            line.texts("remains", done->remains).texts("snapshots", done->snapshots);
        }
        out += line.end();
    }
    if (is_pending_told) return out;
    Line line("deletion");
    line.text("id", status.pending->id)
        .time("at", status.pending->at)
        .text("by", status.pending->by);
    line.text("reason", status.pending->reason).text("state", "going on");
    return out + line.text("step", engine::name(status.pending->step)).end();
}

}  // namespace vedette::serve
