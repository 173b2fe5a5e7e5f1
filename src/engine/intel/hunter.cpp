// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/hunter.h"

#include <algorithm>
#include <chrono>

#include "base/bytes.h"
#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/intel/history_hunt.h"
#include "engine/intel/hunt_control.h"

namespace vedette::engine::intel {

namespace {

namespace log = base::log;
using base::Result;
using rule::intel::FeedSet;
using rule::intel::IndicatorIndex;
using rule::intel::IndicatorView;

constexpr std::string_view kHuntedFile = "/hunted";
constexpr std::uint64_t kHuntedBytesMax = 1u << 20;
constexpr int kLookMs = 200, kRetryMs = 30'000;

/// What one version of a feed has and another has not, or has for longer.
std::shared_ptr<const FeedSet> difference(const FeedSet& now, const FeedSet& before) {
    rule::intel::FeedSetBuilder builder(now.feed());
    now.for_each([&](const IndicatorView& view) {
        const auto old =
            before.find(view.type, view.key, rule::intel::indicator_hash(view.type, view.key));
        const bool lasts_longer =
            old && old->until_s != 0 && (view.until_s == 0 || view.until_s > old->until_s);
        if (old && !lasts_longer) return;
        rule::intel::IndicatorFacts facts{
            view.from_s, view.until_s, view.confidence, std::string(view.label), {}};
        rule::intel::append_attack_ids(facts.attack, view.attack);
        builder.add(view.type, view.key, facts);
    });
    return std::make_shared<const FeedSet>(builder.finish().set);
}

}  // namespace

Hunter::Hunter(HunterParts parts)
    : parts_(std::move(parts)),
      hunts_total_(parts_.counters.number("vedette_intel_hunts_total")),
      failed_total_(parts_.counters.number("vedette_intel_hunts_failed_total")) {}

Hunter::~Hunter() { stop(); }

void Hunter::start() {
    notify();
    thread_ = std::thread([this] { run(); });
}

void Hunter::ask_to_stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    has_news_.notify_all();
}

void Hunter::stop() {
    ask_to_stop();
    if (thread_.joinable()) thread_.join();
}

void Hunter::notify() {
    {
        const std::lock_guard lock(mutex_);
        has_news_now_ = true;
    }
    has_news_.notify_all();
}

Result<std::map<std::string, std::string>> Hunter::hunted() const {
    std::map<std::string, std::string> out;
    const std::string path = parts_.data_folder + "/kept_indicators" + std::string(kHuntedFile);
    const auto size = parts_.files.size_bytes(path);
    if (!size || *size > kHuntedBytesMax) return out;
    VD_TRY(const std::string bytes, parts_.files.read(path, 0, *size));
    base::ByteReader in(bytes);
    while (in.is_good() && !in.is_at_end()) {
        std::string feed(in.text());
        out[std::move(feed)] = in.text();
    }
    // Damaged: everything is looked for once more, which finds the same.
    if (!in.is_good()) out.clear();
    return out;
}

std::vector<std::string> Hunter::wanted() const {
    std::vector<std::string> out;
    if (const auto known = hunted()) {
        for (const auto& [feed, version] : *known) out.push_back(version);
    }
    return out;
}

Result<void> Hunter::note(const std::vector<KeptIndicators::Member>& members) {
    std::string bytes;
    for (const KeptIndicators::Member& member : members) {
        base::put_text(bytes, member.feed);
        base::put_text(bytes, member.hash_hex);
    }
    return parts_.files.replace(parts_.data_folder + "/kept_indicators" + std::string(kHuntedFile),
                                bytes);
}

bool Hunter::wait_until_stored(journal::Offset offset) {
    std::unique_lock lock(mutex_);
    while (!is_stopping_ && parts_.stored_to() < offset) {
        has_news_.wait_for(lock, std::chrono::milliseconds(kLookMs));
    }
    return !is_stopping_;
}

void Hunter::run() {
    base::stand_behind_senders();
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            has_news_.wait(lock, [this] { return is_stopping_ || has_news_now_; });
            if (is_stopping_) return;
            has_news_now_ = false;
        }
        const auto done = finish();
        if (done) continue;
        failed_total_ += 1;
        log::warn("intel.hunt_tried_again", {{"reason", done.error().message()}});
        std::unique_lock lock(mutex_);
        has_news_.wait_for(lock, std::chrono::milliseconds(kRetryMs),
                           [this] { return is_stopping_; });
        has_news_now_ = true;
    }
}

Result<KeptIndicators::Index> Hunter::fresh(const std::vector<KeptIndicators::Member>& members) {
    VD_TRY(const auto known, hunted());
    IndicatorIndex::Feeds feeds;
    for (const KeptIndicators::Member& member : members) {
        const auto before = known.find(member.feed);
        if (before != known.end() && before->second == member.hash_hex) continue;
        VD_TRY(auto now, parts_.kept.find_feed(member.hash_hex));
        if (before != known.end()) {
            // Where the version before is gone, all of the feed counts as new.
            if (const auto old = parts_.kept.find_feed(before->second))
                now = difference(*now, **old);
        }
        if (now->size() > 0) feeds.push_back(std::move(now));
    }
    return std::make_shared<const IndicatorIndex>(std::move(feeds));
}

Result<void> Hunter::finish() {
    VD_TRY(const std::string name, parts_.kept.name_in_force());
    VD_TRY(const auto members, parts_.kept.members(name));
    VD_TRY(const auto known, hunted());
    const bool is_done = std::all_of(members.begin(), members.end(), [&](const auto& member) {
        const auto found = known.find(member.feed);
        return found != known.end() && found->second == member.hash_hex;
    });
    if (is_done && members.size() == known.size()) return {};
    VD_TRY(const journal::Offset offset, parts_.kept.in_force_since());
    VD_TRY(auto index, fresh(members));
    if (index->size() == 0) return note(members);
    if (!wait_until_stored(offset)) return {};
    const std::int64_t from_ns =
        parts_.clock.now().unix_ns - std::int64_t{parts_.history_days} * base::kNsPerDay;
    VD_TRY(HuntRun run, hunt(parts_.store, std::move(index), {{from_ns}, offset}));
    run.set = name;
    VD_TRY_DO(parts_.journal(hunt_control(run)));
    hunts_total_ += 1;
    log::info("intel.hunted", {{"indicators", run.indicators},
                               {"values", run.values},
                               {"events", run.events},
                               {"findings", run.findings.size()},
                               {"left_out", run.left_out}});
    return note(members);
}

}  // namespace vedette::engine::intel
