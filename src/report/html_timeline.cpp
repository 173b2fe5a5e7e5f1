// SPDX-License-Identifier: Apache-2.0
#include "report/html_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "report/text.h"

namespace vedette::report {

namespace {

constexpr int kWidth = 1'000, kLaneHeight = 18;
/// A bar of less cannot be hit with a finger.
constexpr double kBarWidthMin = 6;

/// Doubles, because the difference of two times may not fit 64 bits.
double distance(base::Timestamp from, base::Timestamp to) {
    return static_cast<double>(to.unix_ns) - static_cast<double>(from.unix_ns);
}

}  // namespace

std::string html_timeline(const std::vector<const cases::Incident*>& shown, Zone zone) {
    if (shown.size() < 2) return {};
    base::Timestamp first = shown[0]->first_seen, last = shown[0]->last_seen;
    std::vector<cases::Severity> lanes;  // the most severe above
    for (const cases::Incident* incident : shown) {
        first = std::min(first, incident->first_seen);
        last = std::max(last, incident->last_seen);
        lanes.push_back(incident->severity);
    }
    std::sort(lanes.begin(), lanes.end(), std::greater<>());
    lanes.erase(std::unique(lanes.begin(), lanes.end()), lanes.end());
    const double scale = (kWidth - kBarWidthMin) / std::max(distance(first, last), 1.0);

    std::string out = "<div class=\"lanes\">\n";
    for (const cases::Severity lane : lanes) {
        out += fmt::format("<span class=\"lane\">{}</span>\n", name(lane));
    }
    const int height = kLaneHeight * static_cast<int>(lanes.size());
    out += fmt::format(
        "<svg viewBox=\"0 0 {0} {1}\" height=\"{1}\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"Incidents over time\">\n",
        kWidth, height);
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const double y = (static_cast<double>(lane) + 0.5) * kLaneHeight;
        out +=
            fmt::format("<line class=\"grid\" x1=\"0\" x2=\"{}\" y1=\"{:.0f}\" y2=\"{:.0f}\"/>\n",
                        kWidth, y, y);
    }
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const cases::Incident& incident = *shown[i];
        const auto lane = std::find(lanes.begin(), lanes.end(), incident.severity) - lanes.begin();
        const double x = distance(first, incident.first_seen) * scale;
        const double width =
            std::max(distance(incident.first_seen, incident.last_seen) * scale, 0.0) + kBarWidthMin;
        std::string title;
        append_attribute(title, cut_bytes(incident.title, 200));  // marks do not work in a tool tip
        out += fmt::format(
            "<a href=\"#i{}\"><title>{}</title><rect class=\"bar b-{}\" x=\"{:.1f}\" y=\"{}\" "
            "width=\"{:.1f}\" height=\"{}\" rx=\"2\"/></a>\n",
            i + 1, title, name(incident.severity), x, lane * kLaneHeight + 3, width,
            kLaneHeight - 6);
    }
    out += "</svg>\n<div class=\"ends\"><span>" + time_text(first, zone) + "</span><span>" +
           time_text(last, zone) + "</span></div>\n</div>\n";
    return out;
}

}  // namespace vedette::report
