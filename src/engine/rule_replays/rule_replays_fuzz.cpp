// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "engine/rule_replays/replay_book.h"

namespace {

using namespace vedette::engine::rule_replays;

void check_book(std::string_view bytes) {
    ReplayBook book;
    if (!book.restore(bytes)) {
        VD_CHECK(book.entries().empty() && !book.next_set());
        return;
    }
    ReplayBook again;
    VD_CHECK(again.restore(book.save()) && again.save() == book.save());
    while (const ReplayBook::Entry* entry = book.next()) {
        ReplayOutcome outcome;
        outcome.content = entry->rule.content;
        VD_CHECK(book.observe_outcome(outcome));
    }
}

}  // namespace

// What is remembered of replays, and what the journal says of them, may be anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_book(text);
    ReplayBook book;
    if (const auto seen = rules_seen_of_control(text)) {
        const auto again = rules_seen_of_control(rules_seen_control(*seen));
        VD_CHECK(again && again->known == seen->known && again->due == seen->due);
        book.observe_set(seen->set, seen->offset);
        book.observe_seen(*seen);
        VD_CHECK(!book.next_set());
        check_book(book.save());
    }
    if (const auto outcome = replay_outcome_of_control(text)) {
        const auto again = replay_outcome_of_control(replay_outcome_control(*outcome));
        VD_CHECK(again && again->findings.size() == outcome->findings.size());
        VD_CHECK(!book.observe_outcome(*outcome));
    }
    return 0;
}
