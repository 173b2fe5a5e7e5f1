// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "event/yaml.h"
#include "rule/analytic/analytic.h"
#include "rule/analytic/limits.h"
#include "rule/search/query.h"

namespace vedette::rule::analytic {

namespace {

using base::ErrorCode;
using base::Result;
using event::NodeReader;
using event::Placed;
using event::YamlNode;

template <typename Value>
using Names = std::vector<std::pair<std::string_view, Value>>;

const Names<Measure> kMeasures = {
    {"count", Measure::count},
    {"distinct", Measure::distinct},
    {"sum", Measure::sum},
    {"rate", Measure::rate},
    {"ratio", Measure::ratio},
    {"value", Measure::value},
    {"new_value", Measure::new_value},
    {"rare_value", Measure::rare_value},
    {"rare_combination", Measure::rare_combination},
    {"time_of_day", Measure::time_of_day},
    {"regularity", Measure::regularity},
    {"travel_speed", Measure::travel_speed},
    {"sequence", Measure::sequence},
    {"vector", Measure::vector},
    {"series", Measure::series},
    {"series_rate", Measure::series_rate},
};
const Names<Against> kAgainst = {
    {"self", Against::self}, {"peers", Against::peers}, {"everybody", Against::everybody}};
const Names<Direction> kDirections = {
    {"high", Direction::high}, {"low", Direction::low}, {"both", Direction::both}};
const Names<event::EntityType> kEntities = {
    {"user", event::EntityType::user},       {"host", event::EntityType::host},
    {"ip", event::EntityType::ip},           {"device", event::EntityType::device},
    {"account", event::EntityType::account}, {"mailbox", event::EntityType::mailbox},
    {"domain", event::EntityType::domain},   {"file", event::EntityType::file},
    {"process", event::EntityType::process}, {"series", event::EntityType::series},
};
const std::array<std::string_view, 5> kLevels = {"informational", "low", "medium", "high",
                                                 "critical"};

/// How many fields a measure looks at.
struct FieldCount {
    std::size_t lowest, highest;
};
FieldCount fields_of(Measure measure) {
    switch (measure) {
        case Measure::count:
        case Measure::rate:
        case Measure::ratio:
        case Measure::time_of_day:
        case Measure::regularity: return {0, 0};
        case Measure::distinct:
        case Measure::sum:
        case Measure::value:
        case Measure::new_value:
        case Measure::rare_value:
        case Measure::sequence:
        case Measure::series:
        case Measure::series_rate: return {1, 1};
        case Measure::rare_combination: return {2, kCombinationFieldsMax};
        case Measure::travel_speed: return {2, 2};
        case Measure::vector: return {0, 0};  // its parts have them
    }
    return {0, 0};
}

template <typename Value>
std::string_view name_in(const Names<Value>& names, Value value) {
    for (const auto& [name, known] : names) {
        if (known == value) return name;
    }
    return {};
}

/// "10m", "1h30m": whole numbers with s, m, h, d.
std::optional<std::int64_t> duration_ms(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (error != std::errc() || digits == 0 || digits == text.size() || number < 0) {
            return std::nullopt;
        }
        const std::size_t unit = std::string_view("smhd").find(text[digits]);
        if (unit == std::string_view::npos || number > kWindowMaxMs) return std::nullopt;
        constexpr std::array<std::int64_t, 4> kUnitsMs = {1'000, 60'000, 3'600'000, 86'400'000};
        total += number * kUnitsMs[unit];
        if (total > kWindowMaxMs) return total;
        text.remove_prefix(digits + 1);
    }
    return total;
}

/// Reads one analytic.
class Reader {
  public:
    explicit Reader(std::string_view where) : read_(where), where_(where) {}

    Result<Analytic> analytic(const YamlNode& root) {
        VD_TRY_DO(read_.keys(
            root, {"analytic", "title", "description", "author", "level", "attack", "events",
                   "entity", "measure", "windows", "against", "peers", "direction", "at_least",
                   "tell_from_bits", "sentence", "false_positives"}));
        VD_TRY_DO(heading(root));
        VD_TRY_DO(events(root));
        VD_TRY(const YamlNode* entity, read_.need(root, "entity", "entity: {user: user.name}"));
        VD_TRY_DO(this->entity(*entity));
        VD_TRY(const YamlNode* measure, read_.need(root, "measure", "measure: count"));
        VD_TRY_DO(this->measure(*measure));
        VD_TRY_DO(windows(root));
        VD_TRY_DO(against(root));
        VD_TRY_DO(direction(root));
        VD_TRY_DO(bits(root));
        VD_TRY_DO(sentence(root));
        return std::move(out_);
    }

  private:
    Result<void> heading(const YamlNode& root) {
        VD_TRY(const YamlNode* id, read_.need(root, "analytic", "analytic: login-failures"));
        VD_TRY(out_.id, read_.text(*id));
        const auto is_good = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        };
        if (out_.id.text.empty() || out_.id.text.size() > kIdBytesMax ||
            !std::all_of(out_.id.text.begin(), out_.id.text.end(), is_good)) {
            return read_.wrong(
                *id, "'" + out_.id.text + "' is no name of an analytic",
                "small letters, digits and '-', at most " + std::to_string(kIdBytesMax));
        }
        VD_TRY(const YamlNode* title, read_.need(root, "title", "title: Unusually many logins"));
        VD_TRY(const Placed text, read_.text(*title));
        out_.title = text.text;
        VD_TRY_DO(read_.optional_text(root, "description", out_.description));
        VD_TRY_DO(read_.optional_text(root, "author", out_.author));
        VD_TRY_DO(level(root));
        if (const YamlNode* node = root.find("false_positives")) {
            VD_TRY(const auto texts, read_.texts(*node));
            for (const Placed& one : texts) out_.false_positives.push_back(one.text);
        }
        return attack(root);
    }

    Result<void> level(const YamlNode& root) {
        const YamlNode* node = root.find("level");
        if (node == nullptr) return {};
        VD_TRY(const Placed word, read_.text(*node));
        if (std::find(kLevels.begin(), kLevels.end(), word.text) == kLevels.end()) {
            return unknown(*node, "level", word.text, {kLevels.begin(), kLevels.end()});
        }
        out_.level = word.text;
        return {};
    }

    Result<void> attack(const YamlNode& root) {
        const YamlNode* node = root.find("attack");
        if (node == nullptr) return {};
        VD_TRY(const auto ids, read_.texts(*node));
        for (const Placed& id : ids) {
            const bool is_good = id.text.size() >= 5 && id.text[0] == 'T' &&
                                 std::all_of(id.text.begin() + 1, id.text.end(), [](char c) {
                                     return (c >= '0' && c <= '9') || c == '.' || c == 'A';
                                 });
            if (!is_good) {
                return read_.wrong(*node, "'" + id.text + "' is no identifier of ATT&CK",
                                   "e.g. T1110.001 or TA0006");
            }
            out_.attack.push_back(id.text);
        }
        return {};
    }

    Result<void> events(const YamlNode& root) {
        const YamlNode* node = root.find("events");
        if (node == nullptr) return {};
        VD_TRY(out_.events, query(*node));
        return {};
    }

    Result<Placed> query(const YamlNode& node) {
        VD_TRY(Placed text, read_.text(node));
        const auto parsed = search::parse_query(text.text);
        if (!parsed) {
            const base::Error error = search::to_error(text.text, parsed.error());
            return read_.wrong(node, "the query cannot be read: " + error.text, error.hint);
        }
        return text;
    }

    Result<void> entity(const YamlNode& node) {
        if (!node.is_map() || node.keys.size() != 1) {
            return read_.wrong(node, "an entity is one type with its field or fields",
                               "e.g. `entity: {user: user.name}`");
        }
        VD_TRY(const Placed type, read_.text(node.keys[0]));
        VD_TRY(out_.entity, one_of(node.keys[0], "entity", type.text, kEntities));
        VD_TRY(out_.entity_fields, read_.fields(node.items[0]));
        if (out_.entity_fields.empty() || out_.entity_fields.size() > kEntityFieldsMax) {
            return read_.wrong(
                node, "an entity is named by 1 to " + std::to_string(kEntityFieldsMax) + " fields");
        }
        return {};
    }

    Result<void> measure(const YamlNode& node) {
        const YamlNode* inner = nullptr;
        const YamlNode* key = &node;
        if (node.is_map()) {
            if (node.keys.size() != 1) {
                return read_.wrong(node, "a measure is one word, with its field or fields",
                                   "e.g. `measure: {distinct: destination.ip}`");
            }
            key = &node.keys[0];
            inner = &node.items[0];
        }
        VD_TRY(const Placed word, read_.text(*key));
        VD_TRY(out_.measure, one_of(*key, "measure", word.text, kMeasures));
        if (out_.measure == Measure::ratio) {
            if (inner == nullptr) {
                return read_.wrong(node, "a ratio needs the query that its share is of",
                                   "e.g. `measure: {ratio: event.outcome:failure}`");
            }
            VD_TRY(out_.of, query(*inner));
            return {};
        }
        if (out_.measure == Measure::vector) return parts(node, inner);
        if (inner != nullptr) {
            VD_TRY(out_.fields, read_.fields(*inner));
        }
        const auto [lowest, highest] = fields_of(out_.measure);
        const std::size_t count = out_.fields.size();
        if (count >= lowest && count <= highest) return {};
        std::string text = "the measure '" + word.text + "' looks at ";
        text += highest == 0 ? "no field"
                : lowest == highest
                    ? std::to_string(lowest) + (lowest == 1 ? " field" : " fields")
                    : std::to_string(lowest) + " to " + std::to_string(highest) + " fields";
        return read_.wrong(node, std::move(text),
                           highest == 0 ? "`measure: " + word.text + "`"
                                        : "e.g. `measure: {" + word.text + ": " + example() + "}`");
    }

    Result<void> parts(const YamlNode& node, const YamlNode* list) {
        constexpr std::string_view kExample =
            "e.g. `measure: {vector: [count, {distinct: destination.ip}, {sum: source.bytes}]}`";
        if (list == nullptr || !list->is_list() || list->items.size() < 2 ||
            list->items.size() > kVectorPartsMax) {
            return read_.wrong(
                node, "a vector is a list of 2 to " + std::to_string(kVectorPartsMax) + " numbers",
                std::string(kExample));
        }
        for (const YamlNode& item : list->items) {
            VD_TRY(VectorPart one, part(item));
            const auto is_same = [&](const VectorPart& other) {
                return words(other) == words(one);
            };
            if (std::any_of(out_.parts.begin(), out_.parts.end(), is_same)) {
                return read_.wrong(item, "'" + words(one) + "' stands twice");
            }
            out_.parts.push_back(std::move(one));
        }
        return {};
    }

    Result<VectorPart> part(const YamlNode& node) {
        const bool has_inner = node.is_map() && node.keys.size() == 1;
        const YamlNode& key = has_inner ? node.keys[0] : node;
        VectorPart out;
        VD_TRY(const Placed word, read_.text(key));
        if (word.text.find('.') != std::string::npos) {
            return read_.wrong(key,
                               "a number of a vector says what is measured of '" + word.text + "'",
                               "e.g. {sum: " + word.text + "} or {distinct: " + word.text + "}");
        }
        VD_TRY(out.measure, one_of(key, "measure", word.text, kMeasures));
        if (!is_windowed(out.measure) || out.measure == Measure::vector) {
            return read_.wrong(key, "'" + word.text + "' is no number of a window",
                               "count, rate, regularity, {distinct: f}, {sum: f}, {value: f}, "
                               "{ratio: QUERY}");
        }
        const bool needs_inner =
            fields_of(out.measure).lowest == 1 || out.measure == Measure::ratio;
        if (needs_inner != has_inner) {
            return read_.wrong(
                node, "'" + word.text + "' " + (needs_inner ? "needs what it is of" : "is of all"),
                needs_inner ? "{" + word.text + ": ...}" : word.text);
        }
        if (out.measure == Measure::ratio) {
            VD_TRY(out.of, query(node.items[0]));
        } else if (needs_inner) {
            VD_TRY(out.field, read_.field(node.items[0]));
        }
        return out;
    }

    std::string example() const {
        switch (out_.measure) {
            case Measure::rare_combination: return "[process.parent.name, process.name]";
            case Measure::travel_speed: return "[source.geo.latitude, source.geo.longitude]";
            case Measure::sum:
            case Measure::value: return "source.bytes";
            case Measure::series:
            case Measure::series_rate: return "metric.value";
            default: return "destination.ip";
        }
    }

    Result<void> windows(const YamlNode& root) {
        const YamlNode* node = root.find("windows");
        if (node == nullptr) {
            if (!is_windowed(out_.measure)) return {};
            return read_.wrong(root, "the measure needs windows", "e.g. `windows: [10m, 1h, 1d]`");
        }
        if (!is_windowed(out_.measure)) {
            return read_.wrong(*node, "the measure '" + std::string(name(out_.measure)) +
                                          "' is taken at each event and has no windows");
        }
        VD_TRY(const auto texts, read_.texts(*node));
        if (texts.empty() || texts.size() > kWindowsMax) {
            return read_.wrong(*node, "1 to " + std::to_string(kWindowsMax) + " windows");
        }
        for (const Placed& text : texts) {
            const auto ms = duration_ms(text.text);
            if (!ms || *ms < kWindowMinMs || *ms > kWindowMaxMs) {
                return read_.wrong(*node, "'" + text.text + "' is no window",
                                   "from 1s to 7d, e.g. 10m, 1h, 1d");
            }
            if (!out_.windows_ms.empty() && *ms <= out_.windows_ms.back()) {
                return read_.wrong(*node, "windows stand in ascending order, each once");
            }
            out_.windows_ms.push_back(*ms);
        }
        return {};
    }

    Result<void> against(const YamlNode& root) {
        out_.against = {Against::self, Against::peers, Against::everybody};
        const bool is_own = is_series(out_.measure) || out_.measure == Measure::vector;
        if (is_own) out_.against = {Against::self};
        if (const YamlNode* node = root.find("against")) {
            VD_TRY(const auto words, read_.texts(*node));
            out_.against.clear();
            for (const Placed& word : words) {
                VD_TRY(const Against one, one_of(*node, "against", word.text, kAgainst));
                if (std::find(out_.against.begin(), out_.against.end(), one) !=
                    out_.against.end()) {
                    return read_.wrong(*node, "'" + word.text + "' stands twice");
                }
                out_.against.push_back(one);
            }
            if (out_.against.empty()) return read_.wrong(*node, "against whom?", "[self, peers]");
            if (is_own && out_.against != std::vector{Against::self}) {
                return read_.wrong(*node,
                                   std::string(is_series(out_.measure) ? "a series" : "a vector") +
                                       " is held against its own past alone",
                                   "`against: [self]`");
            }
        }
        const YamlNode* peers = root.find("peers");
        if (peers == nullptr) return {};
        VD_TRY(out_.peers_by, read_.field(*peers));
        const auto has_peers = std::find(out_.against.begin(), out_.against.end(), Against::peers);
        if (has_peers != out_.against.end()) return {};
        return read_.wrong(*peers, "`peers` groups those that `against` leaves out",
                           "add peers to `against`");
    }

    Result<void> direction(const YamlNode& root) {
        if (out_.measure == Measure::vector) return direction_of_vector(root);
        if (const YamlNode* node = root.find("direction")) {
            VD_TRY(const Placed word, read_.text(*node));
            VD_TRY(out_.direction, one_of(*node, "direction", word.text, kDirections));
            const bool is_number = is_windowed(out_.measure) || is_series(out_.measure);
            if (!is_number && out_.direction != Direction::high) {
                return read_.wrong(*node, "a surprise is odd when it is high");
            }
        }
        const YamlNode* node = root.find("at_least");
        if (node == nullptr) return {};
        VD_TRY(out_.observed_min, number(*node, "e.g. `at_least: 5`"));
        return {};
    }

    /// Several numbers together have no side on which they are odd, and no least one.
    Result<void> direction_of_vector(const YamlNode& root) {
        out_.direction = Direction::both;
        for (const std::string_view key : {"direction", "at_least"}) {
            if (const YamlNode* node = root.find(key)) {
                return read_.wrong(*node, "a vector has no `" + std::string(key) + "`",
                                   "`tell_from_bits` says how odd is enough");
            }
        }
        return {};
    }

    Result<void> bits(const YamlNode& root) {
        if (is_series(out_.measure)) out_.bits_min = kBitsMinOfSeries;
        const YamlNode* node = root.find("tell_from_bits");
        if (node == nullptr) return {};
        VD_TRY(out_.bits_min, number(*node, "e.g. `tell_from_bits: 2`"));
        if (out_.bits_min >= 0 && out_.bits_min <= kBitsAskedMax) return {};
        return read_.wrong(*node, "bits of evidence are from 0 to 100", "e.g. `tell_from_bits: 2`");
    }

    Result<double> number(const YamlNode& node, std::string hint) {
        VD_TRY(const Placed text, read_.text(node));
        double out = 0;
        const auto end = text.text.data() + text.text.size();
        const auto [rest, error] = std::from_chars(text.text.data(), end, out);
        if (error == std::errc() && rest == end && std::isfinite(out)) return out;
        return read_.wrong(node, "'" + text.text + "' is no number", std::move(hint));
    }

    Result<void> sentence(const YamlNode& root) {
        VD_TRY(const YamlNode* node,
               read_.need(root, "sentence", "sentence: '{observed} logins of {entity}'"));
        VD_TRY(const Placed text, read_.text(*node));
        VD_TRY(out_.sentence, Sentence::parse(event::place_text(where_, text.place), text.text));
        if (!out_.sentence.names(Word::entity)) {
            return read_.wrong(*node, "the sentence does not say who it is about",
                               "name {entity} in it");
        }
        if (out_.sentence.names(Word::window) && !is_windowed(out_.measure)) {
            return read_.wrong(*node, "the sentence names a {window}, and the measure has none");
        }
        for (const Word word : {Word::expected, Word::low, Word::high}) {
            if (out_.measure != Measure::vector || !out_.sentence.names(word)) continue;
            return read_.wrong(*node, "a vector has no {" + std::string(name(word)) + "}",
                               "{value} says which numbers are odd, and what was expected of them");
        }
        if (out_.sentence.names(Word::before) && out_.measure != Measure::sequence) {
            return read_.wrong(*node, "the sentence names what came {before}",
                               "only of the measure 'sequence' it is known");
        }
        return {};
    }

    template <typename Value>
    Result<Value> one_of(const YamlNode& node, std::string_view what, const std::string& word,
                         const Names<Value>& names) const {
        std::vector<std::string> known;
        for (const auto& [name, value] : names) {
            if (name == word) return value;
            known.emplace_back(name);
        }
        return unknown(node, what, word, std::move(known));
    }

    tl::unexpected<base::Error> unknown(const YamlNode& node, std::string_view what,
                                        const std::string& word,
                                        std::vector<std::string> known) const {
        const std::string guess = event::nearest(word, known);
        std::string all;
        for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
        return read_.wrong(node, "there is no " + std::string(what) + " '" + word + "'",
                           guess.empty() ? "known are " + all : "did you mean '" + guess + "'?");
    }

    NodeReader read_;
    std::string_view where_;
    Analytic out_;
};

}  // namespace

std::string_view name(Measure measure) { return name_in(kMeasures, measure); }
std::string_view name(Against against) { return name_in(kAgainst, against); }
std::string_view name(Direction direction) { return name_in(kDirections, direction); }

std::string words(const VectorPart& part) {
    std::string out(name(part.measure));
    for (const Placed* of : {&part.field, &part.of}) {
        if (!of->text.empty()) out += " of " + of->text;
    }
    return out;
}

bool is_windowed(Measure measure) {
    switch (measure) {
        case Measure::count:
        case Measure::distinct:
        case Measure::sum:
        case Measure::rate:
        case Measure::ratio:
        case Measure::value:
        case Measure::regularity:
        case Measure::vector: return true;
        case Measure::new_value:
        case Measure::rare_value:
        case Measure::rare_combination:
        case Measure::time_of_day:
        case Measure::travel_speed:
        case Measure::sequence:
        case Measure::series:
        case Measure::series_rate: return false;
    }
    return false;
}

bool is_series(Measure measure) {
    return measure == Measure::series || measure == Measure::series_rate;
}

Result<Analytic> read_analytic(std::string_view where, std::string_view text) {
    VD_TRY(const auto documents, event::read_yaml(where, text));
    if (documents.size() != 1 || !documents[0].is_map()) {
        return base::fail(ErrorCode::bad_input, "an analytic is one mapping (key: value)",
                          std::string(where) + ":1:1", "begin with `analytic: login-failures`");
    }
    return Reader(where).analytic(documents[0]);
}

AnalyticSet read_analytics(const std::vector<std::pair<std::string, std::string>>& files) {
    AnalyticSet set;
    std::map<std::string, std::string> places;  // of ids
    for (const auto& [path, text] : files) {
        auto read = read_analytic(path, text);
        if (!read) {
            set.refusals.push_back(std::move(read.error()));
            continue;
        }
        const std::string place = event::place_text(path, read->id.place);
        const auto [known, is_new] = places.emplace(read->id.text, place);
        if (!is_new) {
            set.refusals.push_back({ErrorCode::bad_input,
                                    "the analytic '" + read->id.text + "' is there already", place,
                                    "the first one stands at " + known->second});
        } else if (set.analytics.size() == kAnalyticsMax) {
            set.refusals.push_back({ErrorCode::limit,
                                    "more than " + std::to_string(kAnalyticsMax) + " analytics",
                                    place, "leave out those that are not needed"});
        } else {
            set.analytics.push_back(std::move(*read));
        }
    }
    std::sort(set.analytics.begin(), set.analytics.end(),
              [](const Analytic& a, const Analytic& b) { return a.id.text < b.id.text; });
    return set;
}

}  // namespace vedette::rule::analytic
