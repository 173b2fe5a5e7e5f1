// SPDX-License-Identifier: Apache-2.0
#include "report/terminal.h"

#include <algorithm>
#include <array>
#include <map>

#include "report/text.h"

namespace vedette::report {

namespace {

/// Colours say the same as the words beside them; they help the eye, nothing depends on them.
enum class Style { none, bold, dim, field, match, informational, low, medium, high, critical };

constexpr std::array<std::string_view, 10> kCodes = {
    "",        // none
    "1",       // bold
    "2",       // dim
    "36",      // field: cyan
    "1;33",    // match: bold yellow
    "2",       // informational
    "36",      // low
    "33",      // medium: yellow
    "1;31",    // high: bold red
    "1;97;41"  // critical: white on red
};

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

Style style_of(cases::Severity severity) {
    return static_cast<Style>(static_cast<int>(Style::informational) + static_cast<int>(severity));
}

/// Writes the lines of one incident.
class Story {
  public:
    Story(const TerminalOptions& options, const Sink& sink)
        : options_(options),
          columns_(std::max(options.columns, kColumnsMin)),
          indent_(columns_ < 60 ? 2 : 10),
          sink_(sink) {}

    void tell(const cases::Incident& incident, const FindingLookup& findings);

  private:
    std::string paint(Style style, const std::string& safe) const {
        const std::string_view code = kCodes[static_cast<std::size_t>(style)];
        if (!options_.has_color || code.empty() || safe.empty()) return safe;
        return "\x1B[" + std::string(code) + "m" + safe + "\x1B[0m";
    }
    std::string blanks(std::size_t count) const { return std::string(count, ' '); }
    std::size_t room() const { return columns_ - indent_; }
    void line(const std::string& painted) const { sink_(blanks(indent_) + painted + "\n"); }
    void empty_line() const { sink_("\n"); }

    void title(const cases::Incident& incident) const;
    void facts(const cases::Incident& incident) const;
    void entities(const cases::Incident& incident) const;
    void rules(const cases::Incident& incident) const;
    void reasons(const cases::Finding& lead) const;
    void reason(const cases::Reason& reason) const;
    void raw(const cases::Finding& lead) const;

    const TerminalOptions& options_;
    const std::size_t columns_, indent_;
    const Sink& sink_;
};

void Story::tell(const cases::Incident& incident, const FindingLookup& findings) {
    title(incident);
    facts(incident);
    entities(incident);
    empty_line();
    rules(incident);
    if (const auto lead = findings(incident.lead)) {
        empty_line();
        reasons(*lead);
        raw(*lead);
    }
    empty_line();
}

void Story::title(const cases::Incident& incident) const {
    const Style style = style_of(incident.severity);
    const std::string level(level_word(incident.severity));
    std::vector<std::string> lines = wrap(incident.title, room(), kTitleLinesMax);
    if (lines.empty()) lines.emplace_back("(no title)");
    if (indent_ < level.size() + 2) {
        sink_(paint(style, level) + "\n");
        line(paint(Style::bold, lines[0]));
    } else {
        sink_(paint(style, level) + blanks(indent_ - level.size()) + paint(Style::bold, lines[0]) +
              "\n");
    }
    for (std::size_t i = 1; i < lines.size(); ++i) line(paint(Style::bold, lines[i]));
}

void Story::facts(const cases::Incident& incident) const {
    std::string text = span_text(incident.first_seen, incident.last_seen, options_.zone);
    text += ", " + count_text(incident.finding_count, "finding");
    if (incident.bits != 0) text += ", " + bits_text(incident.bits);
    if (const std::string more = ledger_text(incident); !more.empty()) text += ", " + more;
    for (std::size_t i = 0; i < incident.attack.size(); ++i) {
        text += (i == 0 ? ", ATT&CK " : " ") + incident.attack[i];
    }
    for (const std::string& part : wrap(text, room(), 2)) line(paint(Style::dim, part));
}

void Story::entities(const cases::Incident& incident) const {
    std::map<event::EntityType, std::vector<const event::Entity*>> by_type;
    for (const event::Entity& entity : incident.entities) by_type[entity.type].push_back(&entity);
    for (const auto& [type, members] : by_type) {
        std::string text;
        const std::size_t shown = std::min(members.size(), kTerminalEntitiesMax);
        for (std::size_t i = 0; i < shown; ++i) {
            if (i > 0) text += ", ";
            text += fit(members[i]->id, 40);
        }
        if (members.size() > shown) text += " and " + count_text(members.size() - shown) + " more";
        const std::string label = pad(plural(type), 10);
        line(paint(Style::dim, label) + fit(text, room() - 10));
    }
}

void Story::rules(const cases::Incident& incident) const {
    std::vector<const cases::IncidentRule*> rules;
    for (const cases::IncidentRule& rule : incident.rule_counts) rules.push_back(&rule);
    // The heaviest stay when not all fit, but the story is told in the order it happened.
    std::stable_sort(rules.begin(), rules.end(),
                     [](const auto* a, const auto* b) { return a->severity > b->severity; });
    const std::size_t shown = std::min(rules.size(), kTerminalRulesMax);
    std::uint64_t left_out = 0;
    for (std::size_t i = shown; i < rules.size(); ++i) left_out += rules[i]->finding_count;
    rules.resize(shown);
    std::sort(rules.begin(), rules.end());  // all point into one vector, which is in order of time

    std::size_t count_columns = 0;
    for (const auto* rule : rules) {
        count_columns = std::max(count_columns, count_text(rule->finding_count).size());
    }
    for (const auto* rule : rules) {
        const std::string count = count_text(rule->finding_count);
        const std::string level = pad(level_word(rule->severity), 8);
        const std::size_t used = count_columns + 2 + 8 + 2;
        line(blanks(count_columns - count.size()) + count + "x " +
             paint(style_of(rule->severity), level) + "  " + fit(rule->title, room() - used));
    }
    if (left_out > 0) {
        line(paint(Style::dim, "and " + count_text(left_out, "finding") + " of " +
                                   count_text(incident.rule_counts.size() - shown, "other rule")));
    }
}

void Story::reasons(const cases::Finding& lead) const {
    const auto strongest = strongest_reasons(lead.reasons, kTerminalReasonsMax);
    for (const cases::Reason* one : strongest) reason(*one);
    if (lead.reasons.size() > strongest.size()) {
        line(paint(Style::dim, "and " +
                                   count_text(lead.reasons.size() - strongest.size(), "more line") +
                                   " of reasoning"));
    }
}

/// "because FIELD was VALUE, as the rule asks: EXPECTED", the value where the eye falls on it.
void Story::reason(const cases::Reason& reason) const {
    const ReasonWords words = words_of(reason);
    constexpr std::string_view kBecause = "because ", kWas = " was ";
    const std::string field = fit(words.field, room() / 2 - kBecause.size() - kWas.size());
    const std::size_t used = kBecause.size() + columns_of(field) + kWas.size();
    const std::string value = fit(words.value, room() - used);
    const std::string text = paint(Style::dim, std::string(kBecause)) + paint(Style::field, field) +
                             paint(Style::dim, std::string(kWas)) + paint(Style::match, value);
    std::string tail(words.link);
    if (!words.expected.empty()) tail += " " + plain(words.expected);
    if (used + columns_of(value) + columns_of(tail) <= room()) {
        line(text + paint(Style::dim, tail));
        return;
    }
    line(text);
    // The comma or semicolon belongs to the line above.
    const std::string own_line = tail.substr(std::min<std::size_t>(tail.size(), 2));
    for (const std::string& part : wrap(own_line, room() - kBecause.size(), kReasonLinesMax)) {
        line(blanks(kBecause.size()) + paint(Style::dim, part));
    }
}

/// Where to begin showing a long record: a little before the first value that decided.
std::size_t beginning(std::string_view raw, const std::vector<Span>& spans, std::size_t room) {
    if (spans.empty() || spans[0].begin + spans[0].size <= room) return 0;
    std::size_t at = spans[0].begin - std::min(spans[0].begin, room / 6);
    while (at > 0 && (static_cast<unsigned char>(raw[at]) & 0xC0) == 0x80) --at;
    return at;
}

/// The event as it came, a few lines of it.
void Story::raw(const cases::Finding& lead) const {
    if (lead.raw.empty()) return;
    const std::string place = lead.origin + ", record " + count_text(lead.record);
    line(paint(Style::dim, "seen in ") + fit(place, room() - 8));
    const std::vector<Span> spans = matched_spans(lead.raw, lead.reasons);
    const std::size_t width = room() - 2;
    const std::size_t start = beginning(lead.raw, spans, width * kRawLinesMax);

    std::string text = start > 0 ? std::string(kEllipsis) : "";
    std::string piece;  // drawn alike: all matched, or all not
    bool is_match = false;
    const auto paint_piece = [&] {
        text += paint(is_match ? Style::match : Style::none, piece);
        piece.clear();
    };
    std::size_t columns = text.empty() ? 0 : 1, line_count = 1, span = 0;
    for (Drawing drawing(std::string_view(lead.raw).substr(start)); !drawing.is_at_end();) {
        const std::size_t offset = start + drawing.offset();
        while (span < spans.size() && offset >= spans[span].begin + spans[span].size) ++span;
        const bool is_inside = span < spans.size() && offset >= spans[span].begin;
        if (is_inside != is_match) paint_piece();
        is_match = is_inside;
        const Drawing::Piece drawn = drawing.next();
        const bool is_last = line_count == kRawLinesMax;
        const std::size_t kept_free = is_last && !drawing.is_at_end() ? 1 : 0;
        if (columns + drawn.columns + kept_free > width) {
            if (is_last) {
                piece += kEllipsis;
                break;
            }
            paint_piece();
            line("| " + text);
            text.clear();
            columns = 0;
            ++line_count;
        }
        piece += drawn.text;
        columns += drawn.columns;
    }
    paint_piece();
    line("| " + text);
}

}  // namespace

void write_terminal(const cases::Incident& incident, const FindingLookup& findings,
                    const TerminalOptions& options, const Sink& sink) {
    Story(options, sink).tell(incident, findings);
}

void write_terminal(const std::vector<cases::Incident>& incidents, const FindingLookup& findings,
                    const Summary& summary, const TerminalOptions& options, const Sink& sink) {
    const auto ordered = in_order_of_weight(incidents);
    const std::size_t shown = std::min(ordered.size(), options.incidents_max);
    for (std::size_t i = 0; i < shown; ++i) write_terminal(*ordered[i], findings, options, sink);
    if (ordered.size() > shown) {
        std::vector<std::uint64_t> left_out(5);
        for (std::size_t i = shown; i < ordered.size(); ++i) {
            ++left_out[static_cast<std::size_t>(ordered[i]->severity)];
        }
        sink(count_text(ordered.size() - shown, "more incident") +
             " not shown: " + levels_text(left_out) + "\n\n");
    }
    for (const std::string& text : {found_text(summary), read_text(summary)}) {
        for (const std::string& part : wrap(text, std::max(options.columns, kColumnsMin), 4)) {
            sink(part + "\n");
        }
    }
}

}  // namespace vedette::report
