// SPDX-License-Identifier: Apache-2.0
// All rules of a pack over a file of events, JSON decoding included, against decoding alone and
// against the plain matcher; one core, CPU time. Every pass decodes and judges everything anew.

#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/bench_data.h"
#include "bench/process_info.h"
#include "bench/rule_pack.h"
#include "bench/suites.h"
#include "parse/parser.h"
#include "rule/sigma/compiled_matcher.h"
#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"

namespace vedette::bench {

namespace {

namespace sigma = rule::sigma;
using Chunks = std::vector<std::shared_ptr<const event::Chunk>>;

struct SigmaSettings {
    std::string rules, data, product = "windows", output = "json";
    std::vector<std::string> logsources = {"content/logsources"};
    int repeat = 10;
    std::size_t rows_max = event::kBatchRowsMax;
    bool is_plain_left_out = false;
};

struct Passed {
    std::uint64_t decode_ns = 0, match_ns = 0, explain_ns = 0;
    std::uint64_t rows = 0, hits = 0;
    std::uint64_t sum() const { return decode_ns + match_ns; }
};

/// Decodes everything into batches and gives each to `judge`, which returns its hits.
class Passes {
  public:
    Passes(event::FieldDictionary& fields, int repeat, std::size_t rows_max)
        : parser_(registry_with_all(), fields), batch_(fields), repeat_(repeat), rows_(rows_max) {}

    template <typename Judge>
    Passed once(const Chunks& chunks, const Judge& judge) {
        Passed passed;
        const auto full = [&](event::Batch& done) {
            const std::uint64_t begin = base::thread_cpu_ns();
            passed.hits += judge(done);
            passed.match_ns += base::thread_cpu_ns() - begin;
            passed.rows += done.row_count();
        };
        const std::uint64_t begin = base::thread_cpu_ns();
        std::uint64_t offset = 0;
        for (const auto& chunk : chunks) parser_.parse(chunk, offset++, batch_, rows_, full);
        parser_.finish(batch_);
        if (!batch_.is_empty()) full(batch_);
        batch_.clear();
        passed.decode_ns = base::thread_cpu_ns() - begin - passed.match_ns;
        return passed;
    }

    template <typename Judge>
    Passed best(const Chunks& chunks, const Judge& judge) {
        Passed best = once(chunks, judge);
        for (int i = 1; i < repeat_; ++i) {
            const Passed passed = once(chunks, judge);
            if (passed.sum() < best.sum()) best = passed;
        }
        return best;
    }

    Passed best_of(const Chunks& chunks, sigma::CompiledMatcher& matcher) {
        std::vector<sigma::Hit> hits;
        return best(chunks, [&](const event::Batch& batch) {
            hits.clear();
            matcher.match(batch, hits);
            return hits.size();
        });
    }

  private:
    const parse::Registry& registry_with_all() {
        parse::register_all(registry_);
        return registry_;
    }

    parse::Registry registry_;
    parse::Parser parser_;
    event::Batch batch_;
    int repeat_;
    std::size_t rows_;
};

/// Resident memory of this process without what the heap only holds ready. Units: bytes.
std::uint64_t trimmed_resident_bytes() {
    ::malloc_trim(0);
    std::ifstream in("/proc/self/statm");
    std::uint64_t whole = 0, resident = 0;
    in >> whole >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

struct Made {
    std::shared_ptr<const sigma::Program> program;
    double load_s = 0, compile_s = 0;
    std::size_t refused = 0;
};

base::Result<Made> make_program(const SigmaSettings& settings, const sigma::LogSourceMap& sources,
                                event::FieldDictionary& fields, std::size_t every) {
    VD_TRY(const sigma::TextFiles files, read_rule_pack(settings.rules));
    Made made;
    const std::uint64_t begin = base::thread_cpu_ns();
    sigma::LoadedRules loaded = sigma::load_rule_set(files);
    made.refused = loaded.refusals.size();
    std::vector<sigma::Rule> rules = of_product(std::move(loaded.rules), settings.product);
    std::vector<sigma::Rule> taken;
    for (std::size_t i = 0; i < rules.size(); i += every) taken.push_back(std::move(rules[i]));
    rules.clear();
    rules.shrink_to_fit();
    const std::uint64_t loaded_at = base::thread_cpu_ns();
    sigma::PatternSetCache cache;
    VD_TRY(made.program, sigma::Program::make(std::move(taken), sources, fields, cache));
    made.load_s = static_cast<double>(loaded_at - begin) / 1e9;
    made.compile_s = static_cast<double>(base::thread_cpu_ns() - loaded_at) / 1e9;
    return made;
}

/// The records that are Sysmon's event 1.
std::string process_creations(Passes& passes, const Chunks& chunks,
                              const event::FieldDictionary& fields) {
    std::string out;
    const auto take = [&](const event::Batch& batch) -> std::uint64_t {
        const auto channel = fields.find("Channel"), event_id = fields.find("EventID");
        if (!channel || !event_id) return 0;
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
            if (batch.first(*channel, row) != "Microsoft-Windows-Sysmon/Operational") continue;
            if (batch.first(*event_id, row) != "1") continue;
            out += batch.rows()[row].raw;
            out += '\n';
        }
        return 0;
    };
    passes.once(chunks, take);
    return out;
}

struct Result {
    Passed without, all, third, process, process_without, plain, explained;
    Made made;
    std::uint64_t bytes = 0, process_bytes = 0, memory_bytes = 0, peak_mib_before = 0, peak_mib = 0;
    std::size_t matcher_bytes = 0;
    sigma::MatchStages stages;
};

double us(std::uint64_t ns, std::uint64_t rows) {
    return rows == 0 ? 0 : static_cast<double>(ns) / 1e3 / static_cast<double>(rows);
}
double per_second(double amount, std::uint64_t ns) {
    return ns == 0 ? 0 : amount * 1e9 / static_cast<double>(ns);
}
double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

void print(const SigmaSettings& settings, const Result& result) {
    const Passed& all = result.all;
    const sigma::ProgramFigures& figures = result.made.program->figures();
    const double all_us = us(all.sum(), all.rows);
    const double megabytes = static_cast<double>(result.bytes) / 1e6;
    std::string names = "\"rules\":";
    base::append_json_string(names, settings.rules);
    names += ",\"data\":";
    base::append_json_string(names, settings.data);
    std::printf(
        "{\"suite\":\"sigma\",\"events_per_second\":%.0f,\"mb_per_second\":%.1f,"
        "\"ratio_to_no_rules\":%.3f,\"no_rules_events_per_second\":%.0f,",
        per_second(static_cast<double>(all.rows), all.sum()), per_second(megabytes, all.sum()),
        ratio(us(result.without.sum(), result.without.rows), all_us),
        per_second(static_cast<double>(result.without.rows), result.without.sum()));
    std::printf(
        "\"process_creation_events\":%llu,\"process_creation_events_per_second\":%.0f,"
        "\"process_creation_ratio_to_no_rules\":%.3f,\"every_third_rule_events_per_second\":%.0f,"
        "\"all_against_every_third\":%.3f,",
        static_cast<unsigned long long>(result.process.rows),
        per_second(static_cast<double>(result.process.rows), result.process.sum()),
        ratio(us(result.process_without.sum(), result.process_without.rows),
              us(result.process.sum(), result.process.rows)),
        per_second(static_cast<double>(result.third.rows), result.third.sum()),
        ratio(all_us, us(result.third.sum(), result.third.rows)));
    std::printf(
        "\"plain_events_per_second\":%.0f,\"plain_hits\":%llu,\"hits\":%llu,\"rows\":%llu,"
        "\"bytes\":%llu,\"with_explanations_events_per_second\":%.0f,",
        per_second(static_cast<double>(result.plain.rows), result.plain.sum()),
        static_cast<unsigned long long>(result.plain.hits),
        static_cast<unsigned long long>(all.hits), static_cast<unsigned long long>(all.rows),
        static_cast<unsigned long long>(result.bytes),
        per_second(static_cast<double>(result.explained.rows), result.explained.sum()));
    const sigma::MatchStages& stages = result.stages;
    const std::uint64_t staged = std::max<std::uint64_t>(stages.rows, 1);
    std::printf(
        "\"cpu_us_per_event\":{\"decode\":%.3f,\"match\":%.3f,\"of_it\":{\"log_sources\":%.3f,"
        "\"columns\":%.3f,\"keywords\":%.3f,\"aliases\":%.3f,\"conditions\":%.3f}},",
        us(all.decode_ns, all.rows), us(all.match_ns, all.rows), us(stages.sources_ns, staged),
        us(stages.columns_ns, staged), us(stages.keywords_ns, staged),
        us(stages.aliases_ns, staged), us(stages.conditions_ns, staged));
    std::printf(
        "\"rule_count\":%zu,\"predicates\":%zu,\"nodes\":%zu,\"always_tried\":%zu,"
        "\"pattern_sets\":%zu,\"pattern_set_mb\":%.1f,\"one_by_one\":%zu,"
        "\"one_by_one_regexes\":%zu,\"tried_per_event\":%.2f,\"true_per_event\":%.2f,",
        figures.rules, figures.predicates, figures.nodes, figures.always_tried,
        figures.pattern_sets, static_cast<double>(figures.pattern_set_bytes) / 1e6,
        figures.one_by_one, figures.one_by_one_regexes,
        static_cast<double>(stages.rules_tried) / static_cast<double>(staged),
        static_cast<double>(stages.truths) / static_cast<double>(staged));
    std::printf(
        "\"load_seconds\":%.2f,\"compile_seconds\":%.2f,\"memory_above_mb\":%.1f,"
        "\"peak_above_mib\":%lld,\"matcher_mb\":%.1f,%s,%s}\n",
        result.made.load_s, result.made.compile_s, static_cast<double>(result.memory_bytes) / 1e6,
        static_cast<long long>(result.peak_mib) - static_cast<long long>(result.peak_mib_before),
        static_cast<double>(result.matcher_bytes) / 1e6, names.c_str(), machine_json().c_str());
}

base::Result<int> run(const SigmaSettings& settings) {
    VD_TRY(const std::string text, read_data(settings.data));
    VD_TRY(const sigma::LogSourceMap sources, read_log_sources(settings.logsources));
    parse::Registry registry;
    parse::register_all(registry);
    const event::FormatDeclaration& format = registry.find("json")->declaration;
    const Chunks chunks = chunks_of(text, format);
    event::FieldDictionary fields;
    Passes passes(fields, settings.repeat, settings.rows_max);
    Result result;
    result.bytes = text.size();
    const auto nothing = [](const event::Batch&) -> std::uint64_t { return 0; };
    result.without = passes.best(chunks, nothing);

    const std::uint64_t before = trimmed_resident_bytes();
    result.peak_mib_before = before >> 20;
    reset_peak_memory();
    VD_TRY(result.made, make_program(settings, sources, fields, 1));
    {
        sigma::CompiledMatcher matcher(result.made.program);
        result.all = passes.best_of(chunks, matcher);
        result.memory_bytes = trimmed_resident_bytes() - before;
        result.peak_mib = peak_memory_mib(::getpid());
        result.matcher_bytes = matcher.memory_bytes();
        result.explained = passes.best(chunks, [&](const event::Batch& batch) {
            std::vector<sigma::Hit> hits;
            matcher.match(batch, hits);
            for (const sigma::Hit& hit : hits) matcher.explain(hit);
            return hits.size();
        });
        const std::string process = process_creations(passes, chunks, fields);
        const Chunks process_chunks = chunks_of(process, format);
        result.process_bytes = process.size();
        result.process_without = passes.best(process_chunks, nothing);
        result.process = passes.best_of(process_chunks, matcher);
        matcher.measure(&result.stages);
        passes.best_of(chunks, matcher);
    }
    {
        VD_TRY(const Made third, make_program(settings, sources, fields, 3));
        sigma::CompiledMatcher matcher(third.program);
        result.third = passes.best_of(chunks, matcher);
    }
    if (!settings.is_plain_left_out) {
        sigma::Matcher plain(result.made.program->rules(), sources, fields);
        result.plain = passes.once(chunks, [&](const event::Batch& batch) {
            std::vector<sigma::Hit> hits;
            plain.match(batch, hits);
            return hits.size();
        });
    }
    print(settings, result);
    return settings.is_plain_left_out || result.plain.hits == result.all.hits ? 0 : 1;
}

int run_sigma(const SigmaSettings& settings) {
    const auto done = run(settings);
    if (done) return *done;
    std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
    return 2;
}

}  // namespace

void add_sigma(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command = app.add_subcommand(
        "sigma", "all rules over events, against decoding alone and the plain matcher");
    const auto settings = std::make_shared<SigmaSettings>();
    command->add_option("--rules", settings->rules, "folder of rules, or SigmaHQ's archive")
        ->required();
    command->add_option("--data", settings->data, "file of JSON lines, also .gz or .zst")
        ->required();
    command->add_option("--logsources", settings->logsources, "log-source files or folders")
        ->capture_default_str();
    command->add_option("--product", settings->product, "of the rules; empty: all")
        ->capture_default_str();
    command->add_option("--repeat", settings->repeat, "passes; the best counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--rows-max", settings->rows_max, "rows of a batch")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, event::kBatchRowsMax));
    command->add_flag("--no-plain", settings->is_plain_left_out, "leave the plain matcher out");
    command->add_option("--format", settings->output, "json, which is all there is")
        ->capture_default_str()
        ->check(CLI::IsMember({"json"}));
    command->callback(
        [settings, &chosen] { chosen = [settings] { return run_sigma(*settings); }; });
}

}  // namespace vedette::bench
