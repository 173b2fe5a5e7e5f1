// SPDX-License-Identifier: Apache-2.0
#include "engine/intel/history_hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/bytes.h"
#include "cases/retrospective.h"
#include "detect/intel/fields.h"
#include "detect/intel/intel.h"
#include "rule/intel/json_object.h"
#include "rule/search/hit.h"
#include "rule/search/names.h"

namespace vedette::engine::intel {

namespace {

using base::Result;
using rule::search::Hit;

/// Values of one question: as many as a request carries well.
constexpr std::size_t kValuesPerQuestion = 500;
constexpr std::size_t kValueBytesMax = 8'192;
/// Events of one answer. Each may hold a record of a megabyte.
constexpr std::size_t kEventsPerQuestion = 200;

/// Cuts rows of texts out of an answer in RowBinary that comes in pieces.
class TextRows {
  public:
    explicit TextRows(std::size_t columns) : columns_(columns) {}

    template <class Use>
    void feed(std::string_view piece, Use&& use) {
        rest_.append(piece);
        std::size_t done = 0;
        std::vector<std::string_view> row(columns_);
        for (;;) {
            base::ByteReader in(std::string_view(rest_).substr(done));
            for (std::string_view& text : row) text = in.text();
            if (!in.is_good()) break;
            use(row);
            done += in.position();
        }
        rest_.erase(0, done);
    }
    bool is_at_end() const { return rest_.empty(); }

  private:
    const std::size_t columns_;
    std::string rest_;
};

/// Texts as ClickHouse reads an array of them.
std::string array_text(const std::vector<std::string>& values) {
    std::string out = "[";
    for (const std::string& value : values) {
        out += out.size() > 1 ? ",'" : "'";
        for (const char c : value) {
            if (c == '\'' || c == '\\') out += '\\';
            out += c;
        }
        out += '\'';
    }
    return out + "]";
}

/// Where values of a field are: an expression over a row, and the name it has in a batch.
struct Place {
    std::string field, expression;
};

/// The columns of fields that have one.
std::vector<Place> columns_looked_at() {
    std::vector<Place> out;
    std::set<std::string_view> seen;
    for (const auto& field : detect::intel::looked_up_fields()) {
        const auto place = rule::search::place_of(field.name);
        if (place.column.empty() || !seen.insert(field.name).second) continue;
        std::string expression = "toString(`" + place.column + "`)";
        if (field.name == "url.original") {
            // A path alone means nothing without its host.
            expression =
                "if(startsWith(url_original, '/'), concat('http://', toString(url_domain), "
                "url_original), url_original)";
        }
        out.push_back({std::string(field.name), std::move(expression)});
    }
    return out;
}

/// All names: of fields with a column the map has what does not fit into it, several values.
std::vector<std::string> names_looked_at() {
    std::set<std::string> names;
    for (const auto& field : detect::intel::looked_up_fields()) names.emplace(field.name);
    for (const auto name : detect::intel::hash_list_fields()) names.emplace(name);
    return {names.begin(), names.end()};
}

/// A text of the store as values: several are the text of a JSON array.
void add_values(std::string_view name, std::string_view text, event::Batch& batch) {
    const auto field = batch.fields().intern(name);
    if (!field) return;
    std::vector<std::string> values;
    const bool is_list =
        text.starts_with('[') && rule::intel::for_each_element(text, [&](std::string_view element) {
            const auto value = rule::intel::json_text_of(element);
            values.push_back(value ? *value : std::string(element));
        });
    if (!is_list) values.assign(1, std::string(text));
    for (const std::string& value : values) batch.add(*field, value);
}

class Hunt {
  public:
    Hunt(const store::ClientOptions& store,
         std::shared_ptr<const rule::intel::IndicatorIndex> index, const HuntRange& range)
        : client_(store), range_(range), detector_(fields_), batch_(fields_) {
        out_.indicators = index->size();
        detector_.use_indicators(std::move(index));
    }

    Result<HuntRun> result() {
        const std::vector<Place> columns = columns_looked_at();
        for (const Place& place : columns) VD_TRY_DO(look_at_column(place));
        VD_TRY_DO(look_at_map());
        for (const auto& [place, values] : found_) out_.values += values.size();
        for (const Place& place : columns) VD_TRY_DO(fetch(place.field, place.expression, ""));
        for (const std::string& name : names_looked_at()) {
            VD_TRY_DO(fetch("fields " + name, "fields[{name:String}]", name));
        }
        return std::move(out_);
    }

  private:
    /// What every question is about, and its values.
    static constexpr std::string_view kRange =
        " time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC') AND offset < {before:UInt64}";
    store::Values values() const {
        return {{"from", std::to_string(range_.from.unix_ns)},
                {"before", std::to_string(range_.before)}};
    }

    Result<void> look_at_column(const Place& place) {
        const std::string sql = "SELECT DISTINCT " + place.expression +
                                " AS v FROM events WHERE v != '' AND" + std::string(kRange);
        return look_up(sql, values(), 1, [&](const std::vector<std::string_view>& row) {
            return Candidate{place.field, place.field, row[0]};
        });
    }

    Result<void> look_at_map() {
        store::Values with_names = values();
        with_names.emplace_back("names", array_text(names_looked_at()));
        const std::string sql =
            "SELECT DISTINCT toString(kv.1), kv.2 FROM (SELECT arrayJoin(arrayFilter(x -> has("
            "{names:Array(String)}, toString(x.1)), arrayZip(mapKeys(fields), mapValues(fields)))) "
            "AS "
            "kv FROM events WHERE" +
            std::string(kRange) + ")";
        return look_up(sql, with_names, 2, [&](const std::vector<std::string_view>& row) {
            return Candidate{"fields " + std::string(row[0]), std::string(row[0]), row[1]};
        });
    }

    /// A value of the history, and where it was.
    struct Candidate {
        std::string place, name;
        std::string_view text;
    };

    template <class Read>
    Result<void> look_up(const std::string& sql, const store::Values& asked, std::size_t columns,
                         Read&& read) {
        store::QueryOptions options;
        options.format = "RowBinary";
        options.answer_bytes_max = kAnswerBytesMax;
        TextRows rows(columns);
        VD_TRY_DO(client_.stream(sql, asked, options, [&](std::string_view piece) {
            rows.feed(piece, [&](const std::vector<std::string_view>& row) {
                const Candidate candidate = read(row);
                if (candidate.text.size() > kValueBytesMax) return;
                // A row of its own at a time before every end: whether an indicator counts is the
                // business of the events.
                batch_.add_row();
                add_values(candidate.name, candidate.text, batch_);
                candidates_.emplace_back(candidate.place, candidate.text);
                if (batch_.row_count() == event::kBatchRowsMax) judge_candidates();
            });
            return Result<void>();
        }));
        judge_candidates();
        if (rows.is_at_end()) return {};
        return base::fail(base::ErrorCode::corrupt, "the store's answer is not whole");
    }

    void judge_candidates() {
        std::set<std::uint32_t> hits;
        for (std::uint32_t i = 0; i < batch_.row_count(); ++i) batch_.rows()[i].id = {i + 1, 0};
        detector_.observe(batch_, [&](const cases::Finding& finding) {
            hits.insert(static_cast<std::uint32_t>(finding.events[0].offset - 1));
        });
        for (const std::uint32_t hit : hits) {
            auto& known = found_[candidates_[hit].first];
            if (known.size() < kHuntValuesMax) known.push_back(candidates_[hit].second);
        }
        candidates_.clear();
        batch_.clear();
    }

    /// The events that have what was found at a place.
    Result<void> fetch(const std::string& place, const std::string& expression,
                       const std::string& name) {
        const auto found = found_.find(place);
        if (found == found_.end()) return {};
        const std::vector<std::string>& all = found->second;
        for (std::size_t at = 0; at < all.size(); at += kValuesPerQuestion) {
            const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
            const auto end =
                begin + static_cast<std::ptrdiff_t>(std::min(kValuesPerQuestion, all.size() - at));
            store::Values asked = values();
            asked.emplace_back("values", array_text({begin, end}));
            if (!name.empty()) asked.emplace_back("name", name);
            const std::string where = " FROM events WHERE " + expression +
                                      " IN {values:Array(String)} AND" + std::string(kRange);
            VD_TRY_DO(fetch_events(where, asked));
        }
        return {};
    }

    Result<void> fetch_events(const std::string& where, const store::Values& asked) {
        store::QueryOptions options;
        options.format = "RowBinary";
        VD_TRY(const std::string counted, client_.query("SELECT count()" + where, asked, options));
        VD_TRY(const std::uint64_t count, rule::search::decode_count(counted));
        out_.events += count;
        std::uint64_t taken = 0;
        const std::size_t wanted =
            kHuntFindingsMax - std::min(kHuntFindingsMax, out_.findings.size());
        if (wanted > 0) {
            const std::string sql =
                "SELECT " + rule::search::hit_columns() + where +
                fmt::format(" ORDER BY time DESC, offset DESC, row DESC LIMIT {}",
                            std::min(wanted, kEventsPerQuestion));
            VD_TRY(const std::string answer, client_.query(sql, asked, options));
            VD_TRY(const std::vector<Hit> hits, rule::search::decode_hits(answer));
            taken = hits.size();
            judge(hits);
        }
        out_.left_out += count - std::min(count, taken);
        return {};
    }

    void judge(const std::vector<Hit>& hits) {
        for (const Hit& hit : hits) {
            const std::uint16_t origin = batch_.origin_index({hit.source, hit.origin});
            const std::string_view raw = batch_.keep_raw(hit.raw.substr(0, cases::kFindingRawMax));
            event::Row& row = batch_.add_row();
            row.id = {hit.offset, hit.row};
            row.time = hit.time;
            row.arrival = hit.arrival;
            row.line = hit.line;
            row.raw = raw;
            row.origin = origin;
            for (const auto& [name, text] : hit.fields) add_values(name, text, batch_);
        }
        detector_.observe(batch_, [this](cases::Finding finding) {
            if (out_.findings.size() == kHuntFindingsMax || !ids_.insert(finding.id).second) return;
            cases::mark_retrospective(finding, "the indicator");
            out_.findings.push_back(std::move(finding));
        });
        batch_.clear();
    }

    static constexpr std::uint64_t kAnswerBytesMax = 8ull << 30;

    store::Client client_;
    const HuntRange range_;
    event::FieldDictionary fields_;
    detect::intel::IntelDetector detector_;
    event::Batch batch_;
    std::vector<std::pair<std::string, std::string>> candidates_;  // of the batch: place and text
    std::map<std::string, std::vector<std::string>> found_;        // place -> texts
    std::set<std::string> ids_;
    HuntRun out_;
};

}  // namespace

Result<HuntRun> hunt(const store::ClientOptions& store,
                     std::shared_ptr<const rule::intel::IndicatorIndex> index,
                     const HuntRange& range) {
    return Hunt(store, std::move(index), range).result();
}

}  // namespace vedette::engine::intel
