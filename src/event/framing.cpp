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

const FormatDeclaration& recognise(const FormatDeclarations& formats,
                                   const std::vector<std::string_view>& records) {
    VD_CHECK(!formats.empty());
    const FormatDeclaration* best = nullptr;
    int best_score = 0;
    for (const FormatDeclaration& format : formats) {
        const int score = format.recognise ? format.recognise(records) : 0;
        const bool is_better = best == nullptr ? score > 0
                                               : score > best_score || (score == best_score &&
                                                                        format.name < best->name);
        if (score > 0 && is_better) {
            best = &format;
            best_score = score;
        }
    }
    if (best != nullptr) return *best;
    for (const FormatDeclaration& format : formats) {
        if (format.name == "text") return format;
    }
    return formats.front();
}

}  // namespace vedette::event
