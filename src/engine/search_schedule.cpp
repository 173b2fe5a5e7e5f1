// SPDX-License-Identifier: Apache-2.0
#include "engine/search_schedule.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "engine/limits.h"

namespace vedette::engine {

namespace {

std::int64_t last_end(std::int64_t now_ns, std::int64_t every_ns) {
    const std::int64_t rest = now_ns % every_ns;
    return now_ns - (rest < 0 ? rest + every_ns : rest);
}

/// With room for the longest schedule on both sides, or none.
bool is_time(std::int64_t unix_ns) {
    return unix_ns == INT64_MIN || (unix_ns > INT64_MIN + 2 * kSearchOverNsMax &&
                                    unix_ns < INT64_MAX - 2 * kSearchOverNsMax);
}

}  // namespace

void SearchSchedule::observe_set(const std::vector<SavedSearch>& searches) {
    std::map<std::string, Entry> next;
    for (const SavedSearch& search : searches) {
        Entry entry{search, kUnknown};
        const auto before = searches_.find(search.name);
        if (before != searches_.end()) {
            entry.done_to_ns = before->second.done_to_ns;
        } else if (now_ns_ != kUnknown) {
            entry.done_to_ns = last_end(now_ns_, search.every_ns);
        }
        next.emplace(search.name, std::move(entry));
    }
    searches_ = std::move(next);
}

bool SearchSchedule::observe_run(const SearchRun& run) {
    const auto found = searches_.find(run.search);
    // Of a search that was taken away while it ran: what it found counts.
    if (found == searches_.end()) return true;
    if (!is_time(run.to.unix_ns)) return false;
    if (found->second.done_to_ns != kUnknown && run.to.unix_ns <= found->second.done_to_ns) {
        return false;
    }
    found->second.done_to_ns = run.to.unix_ns;
    return true;
}

void SearchSchedule::tick(base::Timestamp now) {
    if (is_time(now.unix_ns)) now_ns_ = std::max(now_ns_, now.unix_ns);
    if (now_ns_ == kUnknown) return;
    for (auto& [name, entry] : searches_) {
        if (entry.done_to_ns == kUnknown) {
            entry.done_to_ns = last_end(now_ns_, entry.search.every_ns);
        }
    }
}

std::vector<DueSearch> SearchSchedule::due() const {
    std::vector<DueSearch> out;
    if (now_ns_ == kUnknown) return out;
    for (const auto& [name, entry] : searches_) {
        const std::int64_t every = entry.search.every_ns;
        if (entry.done_to_ns == kUnknown) continue;
        // A changed search may have another rhythm: its next end lies behind what is done.
        const std::int64_t newest = last_end(now_ns_ - kSearchLateNs, every);
        const std::int64_t next = last_end(entry.done_to_ns, every) + every;
        if (next > newest) continue;
        const std::int64_t count = (newest - next) / every + 1;
        const std::int64_t skipped = std::max<std::int64_t>(count - kSearchRunsMadeUpMax, 0);
        out.push_back(
            {entry.search, {next + skipped * every}, static_cast<std::uint64_t>(skipped)});
    }
    return out;
}

std::string SearchSchedule::save() const {
    std::string out;
    std::vector<SavedSearch> searches;
    for (const auto& [name, entry] : searches_) searches.push_back(entry.search);
    base::put(out, now_ns_);
    base::put_text(out, searches_control(searches));
    for (const auto& [name, entry] : searches_) base::put(out, entry.done_to_ns);
    return out;
}

base::Result<void> SearchSchedule::restore(std::string_view bytes) {
    *this = SearchSchedule();
    base::ByteReader in(bytes);
    const auto now_ns = in.get<std::int64_t>();
    const auto searches = searches_of_control(in.text());
    std::map<std::string, Entry> read;
    if (searches) {
        for (const SavedSearch& search : *searches) {
            read[search.name] = {search, in.get<std::int64_t>()};
        }
    }
    bool is_sane = searches && in.is_good() && in.is_at_end() && is_time(now_ns);
    for (const auto& [name, entry] : read) is_sane = is_sane && is_time(entry.done_to_ns);
    if (!is_sane) {
        return base::fail(base::ErrorCode::corrupt, "the saved schedule of searches is not whole");
    }
    searches_ = std::move(read);
    now_ns_ = now_ns;
    return {};
}

}  // namespace vedette::engine
