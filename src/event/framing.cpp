// SPDX-License-Identifier: Apache-2.0
#include "event/framing.h"

#include "base/check.h"

namespace vedette::event {

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
