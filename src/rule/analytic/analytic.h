// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/entity.h"
#include "event/yaml_reader.h"
#include "rule/analytic/sentence.h"

namespace vedette::rule::analytic {

/// What is measured of an entity's events.
enum class Measure : std::uint8_t {
    count,             ///< events of a window
    distinct,          ///< different values of a field in a window
    sum,               ///< of a number field in a window
    rate,              ///< events a second from the first to the last of a window
    ratio,             ///< share of a window's events that also meet `of`
    value,             ///< the last number of a field in a window: a metric
    new_value,         ///< how surprising it is that a field has a value it never had
    rare_value,        ///< how surprising a value is by how often it was seen
    rare_combination,  ///< the same of several fields' values together
    time_of_day,       ///< how unusual the hour of the week is
    regularity,        ///< how evenly events follow each other in a window
    travel_speed,      ///< kilometres an hour between two places
    sequence,          ///< how surprising a value is behind those before it
    vector,            ///< how odd several numbers of a window are together
    series,            ///< how odd each number of a field is behind those before it: a metric
    series_rate,       ///< the same of how fast the number grows: a counter
};
std::string_view name(Measure measure);
/// Whether it is taken at the end of a window; the others at each event.
bool is_windowed(Measure measure);
/// Whether it follows one number from event to event.
bool is_series(Measure measure);

/// One number of a vector: a measure of a window.
struct VectorPart {
    Measure measure = Measure::count;
    event::Placed field;  ///< of distinct, sum and value
    event::Placed of;     ///< of ratio: a query
};
/// "distinct of destination.ip"
std::string words(const VectorPart& part);

/// Whose past an entity is held against.
enum class Against : std::uint8_t { self, peers, everybody };
std::string_view name(Against against);

/// Which way is odd.
enum class Direction : std::uint8_t { high, low, both };
std::string_view name(Direction direction);

/// One bit: the odds that something is wrong must have doubled after all that the entity does on a
/// day has been counted. Bits are those of an e-value of which one test stakes its share of the
/// day, 1 in (1 + tests a day): one bit is an e-value of more than 2 + tests a day. While nothing
/// is wrong one test has it with a chance below 1 / (2 + tests a day) (Markov's inequality), so
/// that no entity is told of more than once a day on average, however busy it is. Less is not worth
/// a person's look by itself; it still adds up.
inline constexpr double kBitsMinDefault = 1;
/// Of a series all that keeps the promise is told: its samples are by far not as many chances as
/// they are counted, for neighbours are alike, and what a day of them stakes would silence it.
inline constexpr double kBitsMinOfSeries = 0;

/// One behaviour that is learned and watched, as its author wrote it:
/// docs/howto/make-an-analytic.md.
///
/// Why a language of its own and not one of queries: a baseline needs an entity, a measure, a
/// rhythm and somebody to compare with, and each of them can be checked when it is read.
struct Analytic {
    event::Placed id;
    std::string title, description, author;
    std::string level = "medium";     ///< Sigma's levels
    std::vector<std::string> attack;  ///< ATT&CK ids
    event::Placed events;             ///< a query of the search language; empty: every event
    event::EntityType entity = event::EntityType::host;
    std::vector<event::Placed> entity_fields;  ///< their values together name the entity
    Measure measure = Measure::count;
    std::vector<event::Placed> fields;  ///< what the measure looks at
    event::Placed of;                   ///< of ratio: a query
    std::vector<VectorPart> parts;      ///< of vector: 2 to kVectorPartsMax
    std::vector<std::int64_t> windows_ms;
    std::vector<Against> against;
    event::Placed peers_by;  ///< field whose value names the group; empty: groups are learned
    Direction direction = Direction::high;
    double observed_min = 0;  ///< less is never told, however odd
    /// Evidence below it is not told, but counts all the same: for what the behaviour promises, and
    /// against its entity. If the author says nothing: kBitsMinDefault, kBitsMinOfSeries.
    double bits_min = kBitsMinDefault;
    Sentence sentence;
    std::vector<std::string> false_positives;
};

/// Reads one file. `where` names it in messages.
/// Errors: bad_input with file:line:column and what was meant; limit past limits.h.
base::Result<Analytic> read_analytic(std::string_view where, std::string_view text);

/// Files (path, text) as a set, in the order of their ids: each loads or is refused with its
/// reason.
struct AnalyticSet {
    std::vector<Analytic> analytics;
    std::vector<base::Error> refusals;
};
AnalyticSet read_analytics(const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace vedette::rule::analytic
