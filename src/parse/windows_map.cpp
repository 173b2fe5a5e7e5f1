// SPDX-License-Identifier: Apache-2.0
#include "parse/windows_map.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"

namespace vedette::parse {

using windows::kLogCount;
using windows::Log;
using windows::Take;

namespace {

constexpr std::uint16_t kNone = 0xFFFF;
constexpr std::size_t kShapeCount = 7;

std::size_t plan_index(Log log, windows::Shape shape) {
    if (log != Log::security) return static_cast<std::size_t>(log);
    return kLogCount + static_cast<std::size_t>(shape);
}

/// What Windows writes where there is nothing to say.
bool is_placeholder(std::string_view text) { return text.empty() || text == "-"; }

std::size_t name_begin(std::string_view path) {
    std::size_t at = path.size();
    while (at > 0 && path[at - 1] != '\\' && path[at - 1] != '/') --at;
    return at;
}

std::uint32_t number_of(std::string_view text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// The decimal digits of a hexadecimal number like 0x1a4, or nothing.
std::string_view decimal_of(std::string_view text, std::array<char, 24>& buffer) {
    if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return {};
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + 2, end, value, 16);
    if (read.ec != std::errc() || read.ptr != end) return {};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data())};
}

// Source: IANA "Assigned Internet Protocol Numbers"
std::string_view protocol_name(std::string_view number) {
    if (number == "6") return "tcp";
    if (number == "17") return "udp";
    if (number == "1") return "icmp";
    if (number == "58") return "ipv6-icmp";
    return {};
}

}  // namespace

WindowsMap::WindowsMap(event::FieldDictionary& fields)
    : fields_(fields),
      plans_(kLogCount + kShapeCount),
      time_(fields, {"SystemTime", "UtcTime", "@timestamp", "TimeCreated", "EventTime",
                     "EventReceivedTime"}) {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        compile(plans_[i], windows::rules_of_every_event());
        if (i < kLogCount) {
            compile(plans_[i], windows::rules_of(static_cast<Log>(i)));
        } else {
            compile(plans_[i], windows::rules_of(static_cast<windows::Shape>(i - kLogCount)));
        }
    }
    channel_ = source_index("Channel");
    event_id_ = source_index("EventID");
    provider_ = source_index("Provider_Name");
    source_name_ = source_index("SourceName");
    object_type_ = source_index("ObjectType");
    status_ = source_index("Status");
    keywords_ = source_index("Keywords");
    event_type_ = source_index("EventType");
    action_ = target_index("event.action");
    outcome_ = target_index("event.outcome");
    for (const event::FieldId source : sources_) {
        // Cursors read columns that nobody writes.
        VD_CHECK(std::find(targets_.begin(), targets_.end(), source) == targets_.end());
    }
}

std::uint16_t WindowsMap::source_index(std::string_view name) {
    const auto field = fields_.intern(name);
    VD_CHECK(field.has_value());
    const auto found = std::find(sources_.begin(), sources_.end(), *field);
    if (found == sources_.end()) sources_.push_back(*field);
    return static_cast<std::uint16_t>(std::find(sources_.begin(), sources_.end(), *field) -
                                      sources_.begin());
}

std::uint16_t WindowsMap::target_index(std::string_view name) {
    if (name.empty()) return kNone;
    const auto field = fields_.intern(name);
    VD_CHECK(field.has_value());
    const auto found = std::find(targets_.begin(), targets_.end(), *field);
    if (found == targets_.end()) targets_.push_back(*field);
    return static_cast<std::uint16_t>(std::find(targets_.begin(), targets_.end(), *field) -
                                      targets_.begin());
}

void WindowsMap::compile(Plan& plan, std::span<const windows::FieldRule> rules) {
    for (const windows::FieldRule& rule : rules) {
        plan.push_back({source_index(rule.source), target_index(rule.target),
                        target_index(rule.second), rule.take});
    }
}

void WindowsMap::begin(const event::Batch& batch) {
    cursors_.clear();
    for (const event::FieldId field : sources_) cursors_.emplace_back(batch, field);
    writers_.clear();
    for (const event::FieldId field : targets_) writers_.emplace_back(batch, field);
    active_plans_.resize(plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        active_plans_[i].clear();
        for (const Rule& rule : plans_[i]) {
            if (!cursors_[rule.source].is_at_end()) active_plans_[i].push_back(rule);
        }
    }
    time_.begin(batch);
}

void WindowsMap::map(event::Batch& batch, std::span<const std::uint32_t> rows) {
    if (rows.empty()) return;
    begin(batch);
    std::array<std::uint32_t, kLogCount> datasets;
    datasets.fill(0xFFFF'FFFF);
    for (const std::uint32_t row : rows) {
        const Event event = event_of(batch, row);
        const auto shape = event.known == nullptr ? windows::Shape::general : event.known->shape;
        for (const Rule& rule : active_plans_[plan_index(event.log, shape)])
            apply(batch, row, rule);
        add_meaning(batch, row, event);
        std::uint32_t& dataset = datasets[static_cast<std::size_t>(event.log)];
        if (dataset == 0xFFFF'FFFF) dataset = batch.dataset_index(windows::dataset(event.log));
        batch.rows()[row].dataset = dataset;
        time_.set(batch, row);
    }
}

WindowsMap::Event WindowsMap::event_of(const event::Batch& batch, std::uint32_t row) {
    const auto text = [&](std::uint16_t source) {
        const event::Cell* const cell = cursors_[source].at(row);
        return cell == nullptr ? std::string_view() : batch.text(*cell);
    };
    const std::string_view channel = text(channel_);
    std::string_view provider;
    if (channel.empty()) {
        provider = text(provider_);
        if (provider.empty()) provider = text(source_name_);
    }
    Event event;
    event.log = windows::log_of_channel(channel, provider);
    event.known = windows::known_event(event.log, number_of(text(event_id_)));
    return event;
}

void WindowsMap::apply(event::Batch& batch, std::uint32_t row, const Rule& rule) {
    const event::Cell* const cell = cursors_[rule.source].at(row);
    if (cell == nullptr) return;
    const std::string_view text = batch.text(*cell);
    if (is_placeholder(text)) return;
    LinkTarget& target = writers_[rule.target];
    switch (rule.take) {
        case Take::account: link_account(batch, row, rule, *cell, text); return;
        case Take::hashes: link_hashes(batch, row, rule, *cell, text); return;
        case Take::path: {
            if (!target.wants(batch, row)) return;
            target.link(batch, row, *cell);
            const std::size_t begin = name_begin(text);
            LinkTarget& name = writers_[rule.second];
            if (begin < text.size() && name.wants(batch, row)) {
                name.link(batch, row, *cell, begin, text.size() - begin);
            }
            return;
        }
        case Take::object: {
            const event::Cell* const type = cursors_[object_type_].at(row);
            if (type == nullptr) return;
            const std::string_view kind = batch.text(*type);
            if (kind != "File" && kind != "Key") return;
            LinkTarget& chosen = kind == "File" ? target : writers_[rule.second];
            if (chosen.wants(batch, row)) chosen.link(batch, row, *cell);
            return;
        }
        default: break;
    }
    if (!target.wants(batch, row)) return;
    if (rule.take == Take::number) {
        std::array<char, 24> buffer;
        const std::string_view decimal = decimal_of(text, buffer);
        if (!decimal.empty()) {
            target.add(batch, row, decimal, event::ValueKind::integer);
            return;
        }
    } else if (rule.take == Take::nonzero) {
        if (text == "0" || text == "0x0") return;
    } else if (rule.take == Take::ip) {
        constexpr std::string_view kMapped = "::ffff:";
        const bool is_mapped =
            text.starts_with(kMapped) && text.find('.') != std::string_view::npos;
        const std::size_t skip = is_mapped ? kMapped.size() : 0;
        target.link(batch, row, *cell, skip, text.size() - skip);
        return;
    } else if (rule.take == Take::protocol) {
        const std::string_view name = protocol_name(text);
        if (!name.empty()) {
            target.add(batch, row, name);
            return;
        }
        if (text[0] >= '0' && text[0] <= '9') return;
    }
    target.link(batch, row, *cell);
}

void WindowsMap::link_account(event::Batch& batch, std::uint32_t row, const Rule& rule,
                              const event::Cell& cell, std::string_view text) {
    LinkTarget& user = writers_[rule.target];
    if (!user.wants(batch, row)) return;
    const std::size_t slash = text.find('\\');
    if (slash != std::string_view::npos && slash + 1 < text.size()) {
        user.link(batch, row, cell, slash + 1, text.size() - slash - 1);
        LinkTarget& domain = writers_[rule.second];
        if (slash > 0 && domain.wants(batch, row)) domain.link(batch, row, cell, 0, slash);
        return;
    }
    const std::size_t at_sign = text.find('@');
    const bool has_realm = at_sign != std::string_view::npos && at_sign > 0;
    user.link(batch, row, cell, 0, has_realm ? at_sign : text.size());
}

void WindowsMap::link_hashes(event::Batch& batch, std::uint32_t row, const Rule& rule,
                             const event::Cell& cell, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string_view part = text.substr(at, end - at);
        for (const auto& [name, index] :
             {std::pair<std::string_view, std::uint16_t>{"MD5=", rule.target},
              {"SHA256=", rule.second}}) {
            if (part.size() > name.size() && part.starts_with(name) &&
                writers_[index].wants(batch, row)) {
                writers_[index].link(batch, row, cell, at + name.size(), part.size() - name.size());
            }
        }
        at = end + 1;
    }
}

void WindowsMap::add_meaning(event::Batch& batch, std::uint32_t row, const Event& event) {
    if (event.known != nullptr && writers_[action_].wants(batch, row)) {
        writers_[action_].add(batch, row, event.known->action);
    }
    if (event.log != Log::security) return;
    const std::string_view outcome = outcome_of(batch, row, event);
    if (!outcome.empty() && writers_[outcome_].wants(batch, row)) {
        writers_[outcome_].add(batch, row, outcome);
    }
}

std::string_view WindowsMap::outcome_of(const event::Batch& batch, std::uint32_t row,
                                        const Event& event) {
    const auto text = [&](std::uint16_t source) {
        const event::Cell* const cell = cursors_[source].at(row);
        return cell == nullptr ? std::string_view() : batch.text(*cell);
    };
    switch (event.known == nullptr ? windows::Outcome::by_keywords : event.known->outcome) {
        case windows::Outcome::success: return "success";
        case windows::Outcome::failure: return "failure";
        case windows::Outcome::by_status: {
            const std::string_view status = text(status_);
            if (!status.empty()) return status == "0x0" ? "success" : "failure";
            break;
        }
        case windows::Outcome::by_keywords: break;
    }
    // Keywords has bit 53 for success and bit 52 for failure (winmeta.xml: win:AuditSuccess),
    // written as hexadecimal or, by nxlog, as a signed number; nxlog also tells it in words.
    const std::string_view keywords = text(keywords_);
    if (keywords.starts_with("0x8020") || keywords == "-9214364837600034816") return "success";
    if (keywords.starts_with("0x8010") || keywords == "-9218868437227405312") return "failure";
    const std::string_view type = text(event_type_);
    if (type == "AUDIT_SUCCESS") return "success";
    if (type == "AUDIT_FAILURE") return "failure";
    return {};
}

}  // namespace vedette::parse
