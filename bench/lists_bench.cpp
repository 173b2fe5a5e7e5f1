// SPDX-License-Identifier: Apache-2.0
// What look-up lists cost: an event's enrichment against its decoding in the same run, a look-up
// alone, loading and memory; one core, CPU time.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/bench_data.h"
#include "bench/event_lines.h"
#include "bench/suites.h"
#include "enrich/registry.h"
#include "event/framer.h"
#include "event/lookup_set.h"
#include "parse/parser.h"

namespace vedette::bench {

namespace {

struct ListsSettings {
    std::size_t values = 1'000'000;
    std::size_t networks = 1'000;
    std::uint64_t events = 200'000;
    int repeat = 5;
};

struct Loaded {
    std::shared_ptr<const event::LookupList> list;
    double seconds = 0;
    std::size_t key_bytes = 0;
};

base::Result<Loaded> load(const std::string& definition, const std::string& file) {
    const std::uint64_t begin = base::thread_cpu_ns();
    VD_TRY(event::ListDefinition read, event::read_list_definition("bench.yml", definition));
    VD_TRY(event::LookupList list,
           event::build_list("bench.yml", std::move(read), "bench.csv", file));
    Loaded out;
    out.seconds = static_cast<double>(base::thread_cpu_ns() - begin) / 1e9;
    for (std::size_t i = 0; i < list.key_count(); ++i) out.key_bytes += list.key(i).text.size();
    out.list = std::make_shared<const event::LookupList>(std::move(list));
    return out;
}

/// People of a company, of whom the sender's accounts are some.
std::string people(std::size_t count) {
    std::string file = "login,department,owner\n";
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name = i % 1'000 == 0 ? fmt::format("alice{:03}", i / 1'000)
                                                : "account-of-somebody-" + std::to_string(i);
        file += name + ",department-" + std::to_string(i % 300) + ",owner-" +
                std::to_string(i % 5'000) + "\n";
    }
    return file;
}

std::string networks(std::size_t count) {
    std::string file = "net,zone\n203.0.0.0/18,office\n";
    for (std::size_t i = 1; i < count; ++i) {
        file += "172." + std::to_string(16 + i / 65'536 % 16) + "." +
                std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) + "/" +
                std::to_string(20 + i % 13) + ",zone-" + std::to_string(i % 40) + "\n";
    }
    return file;
}

double look_up_ns(const event::LookupList& list, const std::vector<std::string>& values) {
    std::uint64_t found = 0;
    const std::uint64_t begin = base::thread_cpu_ns();
    for (const std::string& value : values) found += list.find(value, {}).has_value() ? 1 : 0;
    const auto cpu_ns = static_cast<double>(base::thread_cpu_ns() - begin);
    return found == ~0ull ? 0 : cpu_ns / static_cast<double>(values.size());
}

struct Passed {
    std::uint64_t rows = 0, decode_ns = 0, enrich_ns = 0, hits = 0;
};

Passed pass(parse::Parser& parser, event::Batch& batch, enrich::Enrichment& enrichment,
            const std::vector<std::shared_ptr<const event::Chunk>>& chunks) {
    Passed passed;
    const auto field = batch.fields().find("source.lists");
    const auto full = [&](event::Batch& done) {
        const std::uint64_t begin = base::thread_cpu_ns();
        enrichment.enrich(done);
        passed.enrich_ns += base::thread_cpu_ns() - begin;
        passed.rows += done.row_count();
        const event::Column* column = field ? done.column(*field) : nullptr;
        passed.hits += column == nullptr ? 0 : column->cells.size();
    };
    const std::uint64_t begin = base::thread_cpu_ns();
    std::uint64_t offset = 0;
    for (const auto& chunk : chunks) {
        parser.parse(chunk, offset++, batch, event::kBatchRowsMax, full);
    }
    parser.finish(batch);
    full(batch);
    batch.clear();
    passed.decode_ns = base::thread_cpu_ns() - begin - passed.enrich_ns;
    return passed;
}

base::Result<int> run(const ListsSettings& settings) {
    VD_TRY(const Loaded names,
           load("list: people\nfields: [user.name, host.name]\nfile: f\nkey: login\n"
                "add: [department, owner]\n",
                people(settings.values)));
    VD_TRY(const Loaded nets, load("list: own\nmatch: network\nfields: [source.ip]\nfile: f\n"
                                   "key: net\nadd: [zone]\n",
                                   networks(settings.networks)));
    VD_TRY(event::LookupSet set, event::LookupSet::of({names.list, nets.list}));
    const auto lists = std::make_shared<const event::LookupSet>(std::move(set));
    std::vector<std::string> known, unknown, addresses;
    for (std::size_t i = 0; i < 1'000'000; ++i) {
        const std::size_t at = i * 7'919 % std::max<std::size_t>(settings.values, 1);
        known.push_back("Account-of-somebody-" + std::to_string(at));
        unknown.push_back("some-other-account-" + std::to_string(at));
        addresses.push_back("172.16." + std::to_string(i % 256) + "." +
                            std::to_string(i / 256 % 256));
    }
    parse::Registry registry;
    parse::register_all(registry);
    const parse::Format* const format = registry.find("syslog");
    std::string text;
    for (const std::string& line : sshd_lines(settings.events, 0.5, 7)) text += line + "\n";
    const auto chunks = chunks_of(text, format->declaration);
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    enrich::Enrichment enrichment({lists}, fields), nothing;
    Passed best, without;
    for (int i = 0; i < settings.repeat; ++i) {
        const Passed plain = pass(parser, batch, nothing, chunks);
        const Passed with = pass(parser, batch, enrichment, chunks);
        if (i == 0 || plain.decode_ns < without.decode_ns) without = plain;
        if (i == 0 || with.enrich_ns < best.enrich_ns) best = with;
    }
    const auto per_row_us = [&](std::uint64_t ns) {
        return static_cast<double>(ns) / 1e3 /
               static_cast<double>(std::max<std::uint64_t>(best.rows, 1));
    };
    std::string machine, commit;
    base::append_json_string(machine, machine_name());
    base::append_json_string(commit, commit_name());
    std::printf(
        "{\"suite\":\"lists\",\"keys\":%zu,\"load_s\":%.2f,\"bytes_per_key\":%.1f,"
        "\"of_them_text\":%.1f,\"networks\":%zu,\"known_ns\":%.0f,\"unknown_ns\":%.0f,"
        "\"address_ns\":%.0f,\"rows\":%llu,\"hits\":%llu,\"decode_cpu_us_per_event\":%.3f,"
        "\"enrich_cpu_us_per_event\":%.3f,\"ratio_to_decode\":%.3f,\"machine\":%s,\"commit\":%s}\n",
        names.list->key_count(), names.seconds,
        static_cast<double>(names.list->memory_bytes()) /
            static_cast<double>(std::max<std::size_t>(names.list->key_count(), 1)),
        static_cast<double>(names.key_bytes) /
            static_cast<double>(std::max<std::size_t>(names.list->key_count(), 1)),
        nets.list->key_count(), look_up_ns(*names.list, known), look_up_ns(*names.list, unknown),
        look_up_ns(*nets.list, addresses), static_cast<unsigned long long>(best.rows),
        static_cast<unsigned long long>(best.hits), per_row_us(without.decode_ns),
        per_row_us(best.enrich_ns),
        static_cast<double>(best.enrich_ns) /
            static_cast<double>(std::max<std::uint64_t>(without.decode_ns, 1)),
        machine.c_str(), commit.c_str());
    return 0;
}

int run_lists(const ListsSettings& settings) {
    const auto done = run(settings);
    if (done) return *done;
    std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
    return 2;
}

}  // namespace

void add_lists(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("lists", "look up lists, against decoding the same events");
    const auto settings = std::make_shared<ListsSettings>();
    command->add_option("--values", settings->values, "keys of the list of people")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{2'000'000}));
    command->add_option("--networks", settings->networks, "networks of the other list")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    command->add_option("--events", settings->events, "lines of sshd")->capture_default_str();
    command->add_option("--repeat", settings->repeat, "passes; the best counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->callback(
        [settings, &chosen] { chosen = [settings] { return run_lists(*settings); }; });
}

}  // namespace vedette::bench
