// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/search_live.h"

#include <simdjson.h>

#include <cstdint>
#include <cstdio>

#include "apps/vedette/search_answer.h"
#include "apps/vedette/server_client.h"
#include "base/json_text.h"

namespace vedette::apps {

namespace {

struct Answer {
    std::vector<rule::search::Hit> hits;
    std::uint64_t next = 0, behind = 0, lost = 0;
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
        return base::fail(base::ErrorCode::corrupt, "the server's answer is no list of events");
    }
    VD_TRY(out.hits, read_hits(body.substr(0, begin)));
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

}  // namespace

base::Result<void> follow(
    const std::string& data_folder, const std::string& query, std::optional<std::size_t> events_max,
    const std::function<base::Result<void>(const std::vector<rule::search::Hit>& hits)>& show) {
    std::string next;
    std::uint64_t told_behind = 0;
    for (std::size_t shown = 0; !events_max || shown < *events_max;) {
        std::string body = "{\"query\":";
        base::append_json_string(body, query);
        if (!next.empty()) body += ",\"next\":" + next;
        VD_TRY(const auto text, ask_server(data_folder, {"POST",
                                                         "/api/live",
                                                         {{"Content-Type", "application/json"}},
                                                         {std::string_view(body += '}')}}));
        if (!text) {
            return base::fail(base::ErrorCode::unavailable, "no server runs on this folder",
                              data_folder, "a live search follows a running `vedette serve`");
        }
        VD_TRY(Answer answer, read_answer(*text));
        next = std::to_string(answer.next);
        if (answer.lost > 0) {
            std::fprintf(stderr,
                         "note: missed %llu records, which the journal let go before they were "
                         "read\n",
                         static_cast<unsigned long long>(answer.lost));
        }
        tell_behind(answer.behind, told_behind);
        if (events_max && answer.hits.size() > *events_max - shown) {
            answer.hits.resize(*events_max - shown);
        }
        shown += answer.hits.size();
        if (!answer.hits.empty()) VD_TRY_DO(show(answer.hits));
    }
    return {};
}

}  // namespace vedette::apps
