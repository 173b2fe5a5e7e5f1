// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/finding_of_rule.h"

namespace vedette::detect::sigma {

namespace {

using rule::sigma::Correlation;
using rule::sigma::Level;
using rule::sigma::Rule;

cases::Severity severity_of(Level level) {
    switch (level) {
        case Level::informational: return cases::Severity::informational;
        case Level::low: return cases::Severity::low;
        case Level::medium: return cases::Severity::medium;
        case Level::high: return cases::Severity::high;
        case Level::critical: return cases::Severity::critical;
    }
    return cases::Severity::medium;
}

template <typename Document>
cases::Finding begun(const Document& document, Level level) {
    cases::Finding out;
    out.detector = kDetectorName;
    out.detector_version = kDetectorVersion;
    out.rule_id = document.id;
    out.title = document.title;
    out.severity = severity_of(level);
    return out;
}

}  // namespace

cases::Finding finding_of(const Rule& rule) {
    cases::Finding out = begun(rule, rule.level);
    out.attack = rule::sigma::attack_ids(rule.tags);
    return out;
}

cases::Finding finding_of(const Correlation& correlation) {
    cases::Finding out = begun(correlation, correlation.level.value_or(Level::medium));
    out.attack = rule::sigma::attack_ids(correlation.tags);
    return out;
}

}  // namespace vedette::detect::sigma
