// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/decisions.h"
#include "engine/event_clock.h"
#include "engine/forgotten_rows.h"
#include "engine/holds.h"
#include "engine/inbox_again.h"
#include "engine/key_window.h"
#include "engine/peers_control.h"
#include "engine/pending_forget.h"
#include "engine/ruleset.h"
#include "engine/saved_search.h"
#include "engine/search_schedule.h"

namespace {

using namespace vedette;

void check_clock(std::string_view bytes) {
    engine::EventClock clock;
    if (!clock.restore(bytes)) return;
    const std::string saved = clock.save();
    engine::EventClock second;
    VD_CHECK(second.restore(saved) && second.save() == saved);

    event::FieldDictionary fields;
    event::Batch batch(fields);
    event::Row& row = batch.add_row();
    row.time = row.arrival = {1'700'000'000 * base::kNsPerSecond};
    row.origin = batch.origin_index({"files", "/var/log/auth.log"});
    clock.observe(batch);
    static_cast<void>(clock.at({1'700'000'000 * base::kNsPerSecond}));
}

void check_keys(std::string_view bytes) {
    constexpr std::size_t kKeysMax = 4;
    engine::KeyWindow window(kKeysMax);
    if (!window.restore(bytes)) return;
    VD_CHECK(window.size() <= kKeysMax);
    const std::string saved = window.save();
    engine::KeyWindow second(kKeysMax);
    VD_CHECK(second.restore(saved) && second.save() == saved);
    for (const char* key : {"a", "b", "c", "d", "e"}) window.claim(key);
    VD_CHECK(window.size() <= kKeysMax && window.contains("e"));
}

void check_peers(std::string_view bytes) {
    const auto order = engine::peers_of_control(bytes);
    if (!order) return;
    VD_CHECK(engine::peers_of_control(engine::peers_control(*order, "root", {})) == order);
}

// What is read of scheduled searches is written as the same again, and can be worked with.
void check_searches(std::string_view bytes) {
    engine::SearchSchedule schedule;
    if (schedule.restore(bytes)) {
        engine::SearchSchedule second;
        VD_CHECK(second.restore(schedule.save()) && second.save() == schedule.save());
        schedule.tick({1'700'000'000 * base::kNsPerSecond});
        static_cast<void>(schedule.due());
    }
    if (const auto searches = engine::searches_of_control(bytes)) {
        VD_CHECK(engine::searches_of_control(engine::searches_control(*searches)) == searches);
        schedule.observe_set(*searches);
        schedule.tick({1'700'000'000 * base::kNsPerSecond});
        schedule.tick({1'800'000'000 * base::kNsPerSecond});
        VD_CHECK(schedule.due().size() == schedule.size());
    }
    if (const auto run = engine::search_run_of_control(bytes)) {
        const auto again = engine::search_run_of_control(engine::search_run_control(*run));
        VD_CHECK(again && again->findings.size() == run->findings.size());
        static_cast<void>(schedule.observe_run(*run));
    }
    static_cast<void>(engine::read_saved_search("fuzz", bytes));
}

void check_decision(std::string_view bytes) {
    const auto decision = engine::decode_decision(bytes);
    if (!decision || !*decision) return;
    const auto again = engine::decode_decision(engine::encode(**decision));
    VD_CHECK(again && *again && engine::encode(**again) == engine::encode(**decision));
}

/// The files of holds and of a deletion that goes on.
void check_keeping(std::string_view bytes) {
    if (const auto text = engine::decode_hold_text(bytes)) {
        const auto again = engine::decode_hold_text(engine::encode(*text));
        VD_CHECK(again && *again == *text);
    }
    if (const auto pending = engine::decode_pending_forget(bytes)) {
        const auto again = engine::decode_pending_forget(engine::encode(*pending));
        VD_CHECK(again && *again == *pending);
    }
    if (const auto rows = engine::decode_forgotten_rows(bytes)) {
        VD_CHECK(engine::encode(*rows) == bytes);
    }
}

}  // namespace

// The first byte chooses which part of a snapshot or of the journal's control records the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0: check_clock(bytes); break;
        case 1: check_keys(bytes); break;
        case 3: check_keeping(bytes); break;
        default:
            static_cast<void>(engine::ruleset_of_control(bytes));
            static_cast<void>(engine::inbox_of_control(bytes));
            check_peers(bytes);
            check_searches(bytes);
            check_decision(bytes);
    }
    return 0;
}
