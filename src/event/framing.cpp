// SPDX-License-Identifier: Apache-2.0
#include "event/framing.h"

#include "base/check.h"
#include "event/limits.h"

namespace vedette::event {

bool HeaderContext::wants(const Framing& framing, std::string_view line) const {
    if (framing.header == Framing::Header::none || framing.kind != Framing::Kind::lines)
        return false;
    if (framing.header == Framing::Header::first) {
        return text.empty() && line.size() <= kContextBytesMax;
    }
    const std::size_t held = is_open ? text.size() + 1 : 0;
    return line.starts_with(framing.header_mark) && held + line.size() <= kContextBytesMax;
}

void HeaderContext::take(const Framing& framing, std::string_view line) {
    if (!is_open) text.clear();
    if (is_open) text += '\n';
    text += line;
    is_open = framing.header == Framing::Header::marked;
}

namespace {

/// The format with the highest score, ties by name; nullptr if all are zero.
template <typename ScoreOf>
const FormatDeclaration* best_of(const FormatDeclarations& formats, const ScoreOf& score_of) {
    const FormatDeclaration* best = nullptr;
    int best_score = 0;
    for (const FormatDeclaration& format : formats) {
        const int score = score_of(format);
        const bool is_better =
            score > best_score || (score == best_score && best && format.name < best->name);
        if (score > 0 && is_better) {
            best = &format;
            best_score = score;
        }
    }
    return best;
}

}  // namespace

const FormatDeclaration& recognise(const FormatDeclarations& formats,
                                   const std::vector<std::string_view>& records) {
    VD_CHECK(!formats.empty());
    const FormatDeclaration* const best = best_of(formats, [&](const FormatDeclaration& format) {
        return format.recognise ? format.recognise(records) : 0;
    });
    if (best != nullptr) return *best;
    for (const FormatDeclaration& format : formats) {
        if (format.name == "text") return format;
    }
    return formats.front();
}

const FormatDeclaration* recognise_by_head(const FormatDeclarations& formats,
                                           std::string_view head) {
    return best_of(formats, [&](const FormatDeclaration& format) {
        return format.recognise_head ? format.recognise_head(head) : 0;
    });
}

}  // namespace vedette::event
