// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "report/html_timeline.h"
#include "report/limits.h"
#include "report/text.h"

namespace vedette::report {

namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_html(out, cut_bytes(text, kHtmlTextBytesMax));
    if (text.size() > kHtmlTextBytesMax) out += "\xE2\x80\xA6";
    return out;
}

/// The raw record with the values that decided marked.
std::string marked_raw(const cases::Finding& finding) {
    const std::string_view raw = cut_bytes(finding.raw, kHtmlRawBytesMax);
    std::string out = "<pre>";
    std::size_t at = 0;
    for (const Span& span : matched_spans(raw, finding.reasons)) {
        append_html(out, raw.substr(at, span.begin - at));
        out += "<mark>";
        append_html(out, raw.substr(span.begin, span.size));
        out += "</mark>";
        at = span.begin + span.size;
    }
    append_html(out, raw.substr(at));
    if (raw.size() < finding.raw.size()) out += "\xE2\x80\xA6";
    return out + "</pre>\n";
}

std::string reasons_list(const cases::Finding& finding) {
    std::string out = "<ul class=\"reasons\">\n";
    const auto strongest = strongest_reasons(finding.reasons, kHtmlReasonsMax);
    for (const cases::Reason* reason : strongest) {
        const ReasonWords words = words_of(*reason);
        out += "<li><code>" + escaped(words.field) + "</code> was <code><mark>" +
               escaped(words.value) + "</mark></code>";
        out += words.link;
        if (!words.expected.empty()) out += " <code>" + escaped(words.expected) + "</code>";
        if (reason->bits != 0)
            out += fmt::format(" <span class=\"bits\">{:+.1f} bits</span>", reason->bits);
        out += "</li>\n";
    }
    if (finding.reasons.size() > strongest.size()) {
        out += "<li class=\"soft\">and " +
               count_text(finding.reasons.size() - strongest.size(), "more line") + "</li>\n";
    }
    return out + "</ul>\n";
}

/// Writes the page and knows how much of it there is.
class Page {
  public:
    Page(const FindingLookup& findings, const HtmlOptions& options, const Sink& sink)
        : findings_(findings), options_(options), sink_(sink) {}

    void head();
    void overview(const Summary& summary, const std::vector<const cases::Incident*>& shown);
    void incident(const cases::Incident& incident, std::size_t number);
    void foot(const std::vector<std::uint64_t>& left_out);

  private:
    void put(const std::string& html) {
        size_bytes_ += html.size();
        sink_(html);
    }
    void entities(const cases::Incident& incident);
    void lead(const cases::Incident& incident);
    void rules(const cases::Incident& incident);
    void rule(const cases::IncidentRule& rule, const std::vector<cases::Finding>& samples);

    const FindingLookup& findings_;
    const HtmlOptions& options_;
    const Sink& sink_;
    std::size_t size_bytes_ = 0;
    std::size_t bare_count_ = 0;  // incidents without details, because the page was full
};

void Page::head() {
    std::string title;
    append_attribute(title, options_.title);  // no marks in the title of a window
    put("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'sha256-" +
        std::string(kHtmlStyleHash) +
        "'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        title + "</title>\n<style>" + std::string(kHtmlStyle) + "</style>\n</head>\n<body>\n");
}

std::string tile(const std::string& number, std::string_view label) {
    return fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", number, label);
}

void Page::overview(const Summary& summary, const std::vector<const cases::Incident*>& shown) {
    std::string out = "<header>\n<h1>" + escaped(options_.title) + "</h1>\n";
    if (!summary.subject.empty()) {
        out += "<p class=\"soft\"><span class=\"id\">" + escaped(summary.subject) + "</span></p>\n";
    }
    out += "<div class=\"tiles\">\n";
    out += tile(count_text(summary.incidents), summary.incidents == 1 ? "incident" : "incidents");
    out += tile(count_text(summary.finding_count()),
                summary.finding_count() == 1 ? "finding" : "findings");
    out += tile(count_text(summary.events), summary.events == 1 ? "event" : "events");
    out += tile(bytes_text(summary.bytes), "read in " + duration_text(summary.seconds));
    if (summary.rules > 0) out += tile(count_text(summary.rules), "rules in force");
    put(out + "</div>\n" + html_timeline(shown, options_.zone) + "</header>\n");

    std::array<std::size_t, 5> counts{};
    for (const cases::Incident* incident : shown) {
        ++counts[static_cast<std::size_t>(incident->severity)];
    }
    for (std::size_t level = counts.size(); level-- > 0;) {
        if (counts[level] == 0) continue;
        const std::string_view word = name(static_cast<cases::Severity>(level));
        put(
            fmt::format("<input class=\"pick\" type=\"checkbox\" id=\"p-{0}\" checked>"
                        "<label class=\"pick-label\" for=\"p-{0}\"><span class=\"dot d-{0}\">"
                        "</span>{1} {0}</label>\n",
                        word, count_text(counts[level])));
    }
    put("<main>\n");
    if (shown.empty()) put("<p class=\"empty\">Nothing found.</p>\n");
}

void Page::incident(const cases::Incident& incident, std::size_t number) {
    const std::string_view level = name(incident.severity);
    std::string meta = span_text(incident.first_seen, incident.last_seen, options_.zone) +
                       " &middot; " + count_text(incident.finding_count, "finding");
    if (incident.bits != 0) meta += " &middot; " + bits_text(incident.bits);
    if (const std::string more = ledger_text(incident); !more.empty()) meta += " &middot; " + more;
    put(
        fmt::format("<details class=\"incident i-{0}\" id=\"i{1}\"{2}>\n<summary><span "
                    "class=\"level t-{0}\">{3}</span><span class=\"what\"><span class=\"title\">"
                    "{4}</span><span class=\"meta\">{5}</span></span></summary>\n"
                    "<div class=\"body\">\n",
                    level, number, number == 1 ? " open" : "", level_word(incident.severity),
                    escaped(incident.title), meta));
    if (size_bytes_ < kHtmlBytesMax) {
        lead(incident);
        entities(incident);
        rules(incident);
    } else {
        ++bare_count_;
        put("<p class=\"soft\">Details are left out to keep this page small.</p>\n");
    }
    put("<p class=\"id\">incident " + escaped(incident.id) + "</p>\n</div>\n</details>\n");
}

void Page::lead(const cases::Incident& incident) {
    const auto finding = findings_(incident.lead);
    if (!finding) return;
    std::string out = "<h2>Why</h2>\n" + reasons_list(*finding);
    out += "<h2>Seen in <span class=\"id\">" + escaped(finding->origin) + ", record " +
           count_text(finding->record) + "</span></h2>\n";
    put(out + marked_raw(*finding));
}

void Page::entities(const cases::Incident& incident) {
    std::map<event::EntityType, std::string> by_type;
    for (const event::Entity& entity : incident.entities) {
        by_type[entity.type] += "<code>" + escaped(entity.id) + "</code> ";
    }
    if (by_type.empty() && incident.attack.empty()) return;
    std::string out = "<h2>Who and where</h2>\n<dl>\n";
    for (const auto& [type, members] : by_type) {
        out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", plural(type), members);
    }
    if (!incident.attack.empty()) {
        out += "<dt>ATT&amp;CK</dt><dd>";
        for (const std::string& id : incident.attack) out += "<code>" + escaped(id) + "</code> ";
        out += "</dd>\n";
    }
    put(out + "</dl>\n");
}

void Page::rules(const cases::Incident& incident) {
    std::map<std::string, std::vector<cases::Finding>> samples;
    for (const std::string& id : incident.findings) {
        auto finding = findings_(id);
        if (!finding) continue;
        auto& kept = samples[finding->rule_id];
        if (kept.size() < kHtmlFindingsPerRuleMax) kept.push_back(std::move(*finding));
    }
    put("<h2>Findings</h2>\n");
    const std::size_t shown = std::min(incident.rule_counts.size(), kHtmlRulesMax);
    std::uint64_t told = 0;
    for (std::size_t i = 0; i < shown; ++i) {
        rule(incident.rule_counts[i], samples[incident.rule_counts[i].rule_id]);
        told += incident.rule_counts[i].finding_count;
    }
    if (incident.finding_count > told) {
        put("<p class=\"soft\">and " + count_text(incident.finding_count - told, "finding") +
            " of other rules</p>\n");
    }
}

void Page::rule(const cases::IncidentRule& rule, const std::vector<cases::Finding>& samples) {
    const std::string_view level = name(rule.severity);
    std::string out = fmt::format(
        "<details class=\"rule\">\n<summary><span class=\"count\">{} &times;</span><span "
        "class=\"level t-{}\">{}</span><span class=\"name title\">{}</span></summary>\n",
        count_text(rule.finding_count), level, level_word(rule.severity), escaped(rule.title));
    for (const cases::Finding& finding : samples) {
        out += "<div class=\"finding\">\n<p class=\"soft\">" +
               time_text(finding.first_seen, options_.zone);
        for (const event::Entity& entity : finding.entities) {
            out += " <code>" + escaped(entity.id) + "</code>";
        }
        out += "</p>\n" + reasons_list(finding) + marked_raw(finding);
        out += "<p class=\"id\">" + escaped(finding.origin) + ", record " +
               count_text(finding.record) + " &middot; finding " + escaped(finding.id) +
               " &middot; rule " + escaped(finding.rule_id) + "</p>\n</div>\n";
    }
    if (rule.finding_count > samples.size()) {
        out += "<p class=\"soft\">" +
               count_text(rule.finding_count - samples.size(),
                          samples.empty() ? "finding" : "more finding") +
               " not shown</p>\n";
    }
    put(out + "</details>\n");
}

void Page::foot(const std::vector<std::uint64_t>& left_out) {
    std::string out = "</main>\n<footer>\n";
    const std::string levels = levels_text(left_out);
    if (!levels.empty()) out += "<p>Incidents not shown: " + levels + ".</p>\n";
    if (bare_count_ > 0) {
        out += "<p>" + count_text(bare_count_, "incident") +
               " shown without details, to keep this page small.</p>\n";
    }
    put(out + "<p>Written by Vedette " VEDETTE_VERSION
              ". Bits say how much evidence there is; the lines of a finding add up to its "
              "bits.</p>\n</footer>\n</body>\n</html>\n");
}

}  // namespace

void write_html(const std::vector<cases::Incident>& incidents, const FindingLookup& findings,
                const Summary& summary, const HtmlOptions& options, const Sink& sink) {
    std::vector<const cases::Incident*> shown = in_order_of_weight(incidents);
    std::vector<std::uint64_t> left_out(5);
    for (std::size_t i = kHtmlIncidentsMax; i < shown.size(); ++i) {
        ++left_out[static_cast<std::size_t>(shown[i]->severity)];
    }
    if (shown.size() > kHtmlIncidentsMax) shown.resize(kHtmlIncidentsMax);
    Page page(findings, options, sink);
    page.head();
    page.overview(summary, shown);
    for (std::size_t i = 0; i < shown.size(); ++i) page.incident(*shown[i], i + 1);
    page.foot(left_out);
}

}  // namespace vedette::report
