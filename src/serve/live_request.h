// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"

namespace vedette::serve {

inline constexpr std::string_view kLivePath = "/api/live";

/// Live searches: POST /api/live with {"query": text, "next": number}, the number as the last
/// answer gave it, or none to begin now. Waits up to kLiveWaitMs for news. Gives JSON lines: the
/// events that match as a search gives them, in the order in which they came, and at the end
/// {"next":..., "behind_records":..., "lost_records":...}.
///
/// Of events nothing is kept between two requests, so a slow reader costs nobody anything: it is
/// behind, which it is told, and misses what the journal had to let go meanwhile, which is counted.
///
/// A query that counts gives one line with its table (rule/search/table.h) instead, of all that
/// came since it began. What is counted is kept here under a name, which the last line has beside
/// how many events and values found no room: "table":..., "left_out":.... Whoever goes on gives it
/// as
/// {"table": name} with the query. At most kLiveTablesMax are kept, and one that nobody asked for
/// in kLiveTableIdleMs goes when another one needs its place.
/// Errors: bad_input for the body or the query; unsupported for one that sorts events; not_found
/// for a table that is kept no longer; unavailable where there is no place for one.
/// Threads: any.
class LiveSearches {
  public:
    LiveSearches();
    ~LiveSearches();
    base::Result<std::string> answer(engine::Engine& engine, std::string_view body);

  private:
    struct Counting;
    struct Question;
    static base::Result<Question> read(std::string_view body);
    base::Result<std::string> count(engine::Engine& engine, const Question& question);
    base::Result<std::shared_ptr<Counting>> begin(engine::Engine& engine, const Question& question);

    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Counting>, std::less<>> tables_;
};

}  // namespace vedette::serve
