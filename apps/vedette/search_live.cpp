// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/search_live.h"

#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <cstdio>

#include "apps/vedette/search_answer.h"
#include "apps/vedette/server_client.h"
#include "base/json_text.h"
#include "serve/table_json.h"

namespace vedette::apps {

namespace {

/// An answer's lines of content, and what its last line says.
struct Answer {
    std::string content, table;
    std::uint64_t next = 0, behind = 0, lost = 0, left_out = 0;
};

base::Result<Answer> read_answer(std::string_view body) {
    Answer out;
    const std::size_t last =
        body.size() < 2 ? std::string_view::npos : body.rfind('\n', body.size() - 2);
    const std::size_t begin = last == std::string_view::npos ? 0 : last + 1;
    simdjson::dom::parser parser;
    simdjson::dom::element end;
    const simdjson::padded_string padded(body.substr(begin));
    if (parser.parse(padded).get(end) != simdjson::SUCCESS ||
        end["next"].get(out.next) != simdjson::SUCCESS ||
        end["behind_records"].get(out.behind) != simdjson::SUCCESS ||
        end["lost_records"].get(out.lost) != simdjson::SUCCESS) {
        return base::fail(base::ErrorCode::corrupt, "the server's answer is no live search's");
    }
    std::string_view table;
    if (end["table"].get(table) == simdjson::SUCCESS) {
        out.table = table;
        if (end["left_out"].get(out.left_out) != simdjson::SUCCESS) out.left_out = 0;
    }
    out.content = body.substr(0, begin);
    return out;
}

/// Told when it begins and again when it has doubled, so that a reader that stays behind is not
/// told each second.
void tell_behind(std::uint64_t behind, std::uint64_t& told) {
    constexpr std::uint64_t kWorthTelling = 1'000;
    if (behind < kWorthTelling) {
        if (told != 0) std::fprintf(stderr, "note: up to date again\n");
        told = 0;
        return;
    }
    if (behind < 2 * told) return;
    told = behind;
    std::fprintf(stderr, "note: %llu records of the journal behind; nothing is lost yet\n",
                 static_cast<unsigned long long>(behind));
}

/// Asks again and again from where the last answer ended, and tells what was lost or is behind.
class Following {
  public:
    Following(const std::string& data_folder, const std::string& query)
        : data_folder_(data_folder), query_(query) {}

    base::Result<Answer> ask() {
        std::string body = "{\"query\":";
        base::append_json_string(body, query_);
        if (!next_.empty()) body += ",\"next\":" + next_;
        if (!table_.empty()) body += ",\"table\":\"" + table_ + '"';
        VD_TRY(const auto text, ask_server(data_folder_, {"POST",
                                                          "/api/live",
                                                          {{"Content-Type", "application/json"}},
                                                          {std::string_view(body += '}')}}));
        if (!text) {
            return base::fail(base::ErrorCode::unavailable, "no server runs on this folder",
                              data_folder_, "a live search follows a running `vedette serve`");
        }
        VD_TRY(Answer answer, read_answer(*text));
        next_ = std::to_string(answer.next);
        table_ = answer.table;
        if (answer.lost > 0) {
            std::fprintf(stderr,
                         "note: missed %llu records, which the journal let go before they were "
                         "read\n",
                         static_cast<unsigned long long>(answer.lost));
        }
        tell_behind(answer.behind, told_behind_);
        return answer;
    }

  private:
    const std::string& data_folder_;
    const std::string& query_;
    std::string next_, table_;
    std::uint64_t told_behind_ = 0;
};

}  // namespace

base::Result<void> follow(
    const std::string& data_folder, const std::string& query, std::optional<std::size_t> events_max,
    const std::function<base::Result<void>(const std::vector<rule::search::Hit>& hits)>& show) {
    Following following(data_folder, query);
    for (std::size_t shown = 0; !events_max || shown < *events_max;) {
        VD_TRY(const Answer answer, following.ask());
        VD_TRY(std::vector<rule::search::Hit> hits, read_hits(answer.content));
        if (events_max && hits.size() > *events_max - shown) hits.resize(*events_max - shown);
        shown += hits.size();
        if (!hits.empty()) VD_TRY_DO(show(hits));
    }
    return {};
}

base::Result<void> follow_table(
    const std::string& data_folder, const std::string& query,
    const std::function<base::Result<void>(const rule::search::Table& table)>& show) {
    using Steady = std::chrono::steady_clock;
    constexpr auto kPause = std::chrono::seconds(1);
    Following following(data_folder, query);
    std::string shown;
    Steady::time_point shown_at;
    for (std::uint64_t told_left_out = 0;;) {
        VD_TRY(const Answer answer, following.ask());
        if (answer.left_out > told_left_out) {
            if (told_left_out == 0) {
                std::fprintf(stderr,
                             "note: there are more groups or values than are held in memory; "
                             "what comes beyond is not counted\n");
            }
            told_left_out = answer.left_out;
        }
        // An answer that comes too soon after the last is shown with the next one.
        if (answer.content == shown || Steady::now() - shown_at < kPause) continue;
        VD_TRY(const rule::search::Table table, serve::table_from_json(answer.content));
        VD_TRY_DO(show(table));
        shown = answer.content;
        shown_at = Steady::now();
    }
}

}  // namespace vedette::apps
