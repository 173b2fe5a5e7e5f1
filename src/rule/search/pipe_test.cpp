// SPDX-License-Identifier: Apache-2.0
#include "rule/search/pipe.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "rule/search/limits.h"
#include "rule/search/pipe_plan.h"
#include "rule/search/pipe_sql.h"
#include "rule/search/pipe_words.h"

namespace vedette::rule::search {
namespace {

const base::Timestamp kPipeNow = *base::parse_rfc3339("2026-11-22T16:30:00Z");

std::string read(std::string_view query) {
    const auto search = parse_search(query);
    return search ? print(*search) : search.error().text;
}

/// "what is wrong; what to write" and the part of the query behind the caret.
std::string wrong(std::string_view query, TimeRange range = {}) {
    const auto search = parse_search(query);
    Problem problem;
    if (!search) {
        problem = search.error();
    } else {
        const auto plan = plan_search(*search, kPipeNow, range);
        if (plan) return "good";
        problem = plan.error();
    }
    return std::string(query.substr(problem.at)) + " <- " + problem.text + "; " +
           problem.suggestion;
}

TEST(Pipes, are_read_with_every_stage) {
    EXPECT_EQ(read("user.name:root | count"), "user.name:root | stats count");
    EXPECT_EQ(read("|count by user.name,source.ip"), "* | stats count by user.name, source.ip");
    EXPECT_EQ(read("a|top 5 user.name by host.name"), "a | top 5 user.name by host.name");
    EXPECT_EQ(read("* | rare user.name"), "* | rare 10 user.name");
    EXPECT_EQ(read("* | timechart 5m"), "* | timechart 5m count");
    EXPECT_EQ(read("* | timechart 1h sum(bytes) by user.name"),
              "* | timechart 1h sum(bytes) by user.name");
    EXPECT_EQ(read("* | distinct user.name"), "* | distinct user.name");
    EXPECT_EQ(read("* | stats count, sum(bytes) as total, p95(bytes), distinct(user.name) by f"),
              "* | stats count, sum(bytes) as total, p95(bytes), distinct(user.name) by f");
    EXPECT_EQ(read("* | count by user.name | where count>10 | sort -count, user.name | limit 3"),
              "* | stats count by user.name | where count>10 | sort -count, user.name | limit 3");
    EXPECT_EQ(read("* | sort bytes desc | fields time, bytes"),
              "* | sort -bytes | fields time, bytes");
    EXPECT_EQ(read("* | count by \"odd name\", by"), "* | stats count by \"odd name\", \"by\"");
}

TEST(Pipes, take_the_words_of_other_languages_for_the_same) {
    EXPECT_EQ(read("* | stats count() by x"), "* | stats count by x");
    EXPECT_EQ(read("* | STATS dc(user.name), mean(bytes), median(bytes), percentile(bytes, 90)"),
              "* | stats distinct(user.name), avg(bytes), p50(bytes), p90(bytes)");
    EXPECT_EQ(read("* | summarize hits=count() by x"), "* | stats count as hits by x");
    EXPECT_EQ(read("* | distinct(user.name)"), "* | stats distinct(user.name)");
    EXPECT_EQ(read("* | sum(bytes) by user.name"), "* | stats sum(bytes) by user.name");
    EXPECT_EQ(read("* | stats count sum(bytes)"), "* | stats count, sum(bytes)");
    EXPECT_EQ(read("* | timechart span=5m count by x"), "* | timechart 5m count by x");
    EXPECT_EQ(read("* | top limit=3 x"), "* | top 3 x");
    EXPECT_EQ(read("* | head 5"), "* | limit 5");
    EXPECT_EQ(read("* | take 5 | table a"), "* | limit 5 | fields a");
    EXPECT_EQ(read("* | order by count desc"), "* | sort -count");
    EXPECT_EQ(read("* | search root"), "* | where root");
    EXPECT_EQ(read("* | stats sum(bytes) | where sum(bytes)>5"),
              "* | stats sum(bytes) | where \"sum(bytes)\">5");
}

TEST(Pipes, a_stroke_in_quotes_and_patterns_is_none) {
    EXPECT_EQ(read("\"a | b\" | count"), "\"a | b\" | stats count");
    EXPECT_EQ(read("user.name:/a|b/|count"), "user.name:/a|b/ | stats count");
    EXPECT_EQ(read("a\\|b"), "a\\|b");
    EXPECT_EQ(read("a||b | count"), "a or b | stats count");
}

TEST(Pipes, that_cannot_be_read_are_told_where_and_what_to_write) {
    EXPECT_EQ(wrong("a |"),
              "| <- there is no stage behind this |; write one, e.g. | count by "
              "user.name, or take the | away");
    EXPECT_EQ(wrong("a | | count"),
              "| | count <- there is no stage behind this |; write one, e.g. "
              "| count by user.name, or take the | away");
    EXPECT_EQ(wrong("* | cuont by x"),
              "cuont by x <- there is no stage `cuont`; did you mean "
              "`count`?");
    EXPECT_EQ(wrong("* | timchart 5m"),
              "timchart 5m <- there is no stage `timchart`; did you mean "
              "`timechart`?");
    EXPECT_EQ(wrong("* | dedup x"),
              "dedup x <- there is no stage `dedup` in this language; write "
              "| distinct user.name for the different values");
    EXPECT_EQ(wrong("* | frobnicate"),
              "frobnicate <- there is no stage `frobnicate`; the stages "
              "are " +
                  stage_names());
    EXPECT_EQ(wrong("* | count x"),
              "x <- this does not belong to the stage in front of it; it is "
              "written stats count, sum(bytes) by user.name, source.ip");
    EXPECT_EQ(wrong("* | count by x sort y"),
              "sort y <- this does not belong to the stage in front "
              "of it; write a | in front of `sort`");
    EXPECT_EQ(wrong("* | count by x y"),
              "y <- names are separated by commas; write a comma in "
              "front of this");
    EXPECT_EQ(wrong("* | stats summ(bytes)"),
              "summ(bytes) <- there is no function `summ`; did you "
              "mean `sum`?");
    EXPECT_EQ(wrong("* | stats sum"), "sum <- `sum` needs a field; write sum(bytes)");
    EXPECT_EQ(wrong("* | stats count(distinct x)"),
              "distinct x) <- `distinct` is a function here; write distinct(user.name)");
    EXPECT_EQ(wrong("* | stats percentile(bytes, 100)"),
              "100) <- a percentile needs a number from 1 to 99; write p95(bytes) or "
              "percentile(bytes, 95)");
    EXPECT_EQ(wrong("* | stats count, count"),
              "count <- there are two columns named count; give "
              "one another name: count as other");
    EXPECT_EQ(wrong("* | top 0 x"), "0 x <- this is no number of rows; write 1 to 25000");
    EXPECT_EQ(wrong("* | timechart 5q"),
              "5q <- this is no width of a bucket; write a number and s, "
              "m, h, d or w: timechart 5m");
    EXPECT_EQ(wrong("* | fields - x"),
              "- x <- `fields` names what is kept; write the names that "
              "you want, without a sign");
    EXPECT_EQ(wrong("* | count by user.*"),
              "user.* <- a name takes no wildcards; write each name "
              "that you want");
    EXPECT_EQ(wrong("* | where"), " <- `where` needs a condition; write e.g. where count>10");
}

TEST(Pipes, that_mean_nothing_are_told_where_and_what_to_write) {
    EXPECT_EQ(wrong("* | limit 5 | count"),
              "count <- `stats` counts all events found, and cannot "
              "stand behind `limit`; put it in front of `limit`");
    EXPECT_EQ(wrong("* | count by x | count"),
              "count <- a search aggregates once; ask for it in "
              "the first stage: stats count, distinct(source.ip) "
              "by user.name");
    EXPECT_EQ(wrong("* | count by x | sort y"),
              "y <- there is no column y here; the columns are x, "
              "count");
    EXPECT_EQ(wrong("* | count by x | where root"),
              "root <- behind an aggregation `where` asks "
              "columns; write e.g. count>10");
    EXPECT_EQ(wrong("* | count by x | where count == 5"),
              "count == 5 <- behind an aggregation `where` asks columns; write e.g. count>10");
    EXPECT_EQ(wrong("* | count by x | where count=5"),
              "=5 <- = is no operator here; write count:5 for the field, or quote it for the text");
    EXPECT_EQ(wrong("* | count by x | where count>many"),
              "many <- count is a number, and \"many\" is none; write at most 19 digits, e.g. "
              "count:443");
    EXPECT_EQ(wrong("* | count by time"),
              "time <- events are not grouped by each moment of time; "
              "write | timechart 5m");
    EXPECT_EQ(wrong("* | stats sum(time)"),
              "sum(time) <- of a time there is only min and max; "
              "write min(time) or max(time)");
    EXPECT_EQ(wrong("* | timechart"),
              "timechart <- how long is a bucket?; write e.g. timechart 5m, "
              "or say which time: --last 24h");
    const TimeRange year{{kPipeNow.unix_ns - 365 * base::kNsPerDay}, kPipeNow};
    EXPECT_EQ(wrong("* | timechart 1m", year),
              "timechart 1m <- that makes 525600 buckets, and a chart has at most 2000; write "
              "timechart 1w, or search a shorter time");
    EXPECT_EQ(wrong("* | timechart", year), "good");
}

TEST(Pipes, are_bounded) {
    std::string stages = "*", fields = "* | stats count";
    for (std::size_t i = 0; i < kStagesMax; ++i) stages += " | where a";
    EXPECT_TRUE(parse_search(stages));
    EXPECT_FALSE(parse_search(stages + " | where a"));
    for (std::size_t i = 1; i < kAggregatesMax; ++i) fields += ", sum(f" + std::to_string(i) + ")";
    EXPECT_TRUE(parse_search(fields));
    EXPECT_FALSE(parse_search(fields + ", sum(x)"));
    EXPECT_TRUE(parse_search("* | count by a, b, c, d"));
    EXPECT_FALSE(parse_search("* | count by a, b, c, d, e"));
    EXPECT_TRUE(read_span("521w"));
    for (const char* span : {"", "m", "0s", "5", "1y", "99999999999999999999s", "-5m", "600w"}) {
        EXPECT_FALSE(read_span(span)) << span;
    }
}

TEST(Pipes, values_never_enter_the_sql) {
    const auto plan = make_plan(
        "\"qqq1\" and qqq2:qqq3 | stats sum(qqq4), p95(qqq5) as qqq6 by qqq7 | where qqq6>4711 | "
        "sort qqq6 | fields qqq6",
        kPipeNow, {});
    ASSERT_TRUE(plan);
    const auto query = table_sql(*plan, {kPipeNow}, 10);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->sql.find("qqq"), std::string::npos) << query->sql;
    EXPECT_EQ(query->sql.find("4711"), std::string::npos);
    const auto file = file_sql(*plan, {kPipeNow}, 10, "Parquet");
    ASSERT_TRUE(file);
    EXPECT_NE(file->sql.find("AS `qqq6`"), std::string::npos) << "names of columns are in files";
    const auto evil = make_plan("* | count by \"x` FROM system.users --\"", kPipeNow, {});
    ASSERT_TRUE(evil);
    EXPECT_EQ(file_sql(*evil, {kPipeNow}, 10, "Parquet")->sql.find("system.users --"),
              std::string::npos);
}

TEST(Pipes, buckets_are_of_utc_and_weeks_begin_on_monday) {
    const auto begin = [](const char* width, const char* time) {
        const auto plan = make_plan("* | timechart " + std::string(width), kPipeNow, {});
        const Grouping& grouping = plan->grouping;
        return base::format_rfc3339(
            bucket_begin(grouping, bucket_of(grouping, *base::parse_rfc3339(time))), 0);
    };
    EXPECT_EQ(begin("5m", "2026-11-22T16:34:59.999Z"), "2026-11-22T16:30:00Z");
    EXPECT_EQ(begin("1d", "2026-11-22T23:59:59+02:00"), "2026-11-22T00:00:00Z");
    EXPECT_EQ(begin("1w", "2026-11-22T16:34:59Z"), "2026-11-16T00:00:00Z");
    EXPECT_EQ(begin("1h", "1969-12-31T23:59:59Z"), "1969-12-31T23:00:00Z");
    EXPECT_EQ(begin("1d", "1700-01-01T00:00:00Z"), "1900-01-01T00:00:00Z") << "as it is stored";
}

std::string make_name() {
    return *rc::gen::element<std::string>("user.name", "bytes", "odd name", "by", "a|b", "x\"y",
                                          "count", "sum(bytes)", "limit", "\xC3\xBC", "7up", "and");
}

std::vector<Name> make_names(int count_max) {
    std::vector<Name> out;
    const int count = *rc::gen::inRange(1, count_max + 1);
    for (int i = 0; i < count; ++i) {
        const Name name{make_name()};
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
    return out;
}

std::vector<Aggregate> make_aggregates() {
    std::vector<Aggregate> out;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
        using Function = Aggregate::Function;
        Aggregate one;
        one.function =
            *rc::gen::element(Function::count, Function::sum, Function::average, Function::minimum,
                              Function::maximum, Function::percentile, Function::distinct);
        if (one.function == Function::percentile) one.percent = *rc::gen::inRange(1, 100);
        if (one.function != Function::count || *rc::gen::arbitrary<bool>()) one.field = make_name();
        one.name = *rc::gen::arbitrary<bool>() ? default_name(one) : make_name();
        const auto same = [&](const Aggregate& other) { return other.name == one.name; };
        if (std::none_of(out.begin(), out.end(), same)) out.push_back(one);
    }
    return out;
}

Stage make_stage() {
    using Kind = Stage::Kind;
    Stage stage;
    stage.kind = *rc::gen::element(Kind::where, Kind::stats, Kind::top, Kind::rare, Kind::timechart,
                                   Kind::distinct, Kind::sort, Kind::fields, Kind::limit);
    switch (stage.kind) {
        case Kind::where:
            stage.condition = parse_query(*rc::gen::element<std::string>(
                                              "count>10", "a or not b", "\"sum(bytes)\":[1 TO 5}",
                                              "(x:y and z) or w:*", "a\\|b", "*"))
                                  .value();
            break;
        case Kind::stats:
            stage.aggregates = make_aggregates();
            if (*rc::gen::arbitrary<bool>()) stage.by = make_names(4);
            break;
        case Kind::timechart:
            stage.aggregates = make_aggregates();
            if (*rc::gen::arbitrary<bool>()) stage.by = make_names(1);
            stage.span_ns = *rc::gen::inRange(0, 100'000) * base::kNsPerSecond;
            break;
        case Kind::top:
        case Kind::rare:
            stage.count = *rc::gen::inRange<std::size_t>(1, 1'000);
            stage.fields = {{"host.name"}};
            if (*rc::gen::arbitrary<bool>()) stage.by = make_names(3);
            break;
        case Kind::distinct: stage.fields = make_names(4); break;
        case Kind::fields: stage.fields = make_names(5); break;
        case Kind::sort:
            for (const Name& name : make_names(3)) {
                stage.sort.push_back({name.text, *rc::gen::arbitrary<bool>()});
            }
            break;
        case Kind::limit: stage.count = *rc::gen::inRange<std::size_t>(1, 1'000); break;
    }
    return stage;
}

TEST(Pipes, read_back_what_they_print) {
    EXPECT_TRUE(rc::check([] {
        Search search{parse_query("user.name:root or \"a | b\"").value(), {}};
        const int count = *rc::gen::inRange(0, 4);
        for (int i = 0; i < count; ++i) search.stages.push_back(make_stage());
        const std::string text = print(search);
        const auto again = parse_search(text);
        if (!again) RC_FAIL(text + "\n" + to_error(text, again.error()).message());
        RC_LOG() << text << "\n" << print(*again) << "\n";
        RC_ASSERT(*again == search);
    }));
}

}  // namespace
}  // namespace vedette::rule::search
