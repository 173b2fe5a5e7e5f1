// SPDX-License-Identifier: Apache-2.0
// What indicators cost: reading a feed, memory, look-ups a second, a kept set from the disk;
// against a plain std::unordered_set of the same values in the same run, which must give the same
// answers.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unordered_set>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/bench_data.h"
#include "bench/process_info.h"
#include "bench/suites.h"
#include "rule/intel/domain_name.h"
#include "rule/intel/feed_reader.h"
#include "rule/intel/indicator_index.h"

namespace vedette::bench {

namespace {

using rule::intel::IndicatorIndex;
using rule::intel::IndicatorType;

struct IndicatorSettings {
    std::size_t indicators = 10'000'000;
    std::size_t lookups = 4'000'000;
};

constexpr std::uint64_t kMix = 0x9E37'79B9'7F4A'7C15ull;

/// The i-th value: addresses, domains and SHA-256 in turn, as 40, 40 and 20 of a hundred.
std::string value_of(std::uint64_t i) {
    const std::uint64_t mixed = i * kMix;
    switch (i % 5) {
        case 0:
        case 1:
            return fmt::format("{}.{}.{}.{}", 11 + mixed % 89, i / 5 % 256, i / 1'280 % 256,
                               (i / 327'680 * 2 + i % 5) % 256);
        case 2:
        case 3: return fmt::format("n{:x}.host{}.example", mixed >> 24, i % 1'000);
        default:
            return fmt::format("{:016x}{:016x}{:016x}{:016x}", mixed, mixed * kMix, i, mixed ^ i);
    }
}
IndicatorType type_of(std::uint64_t i) {
    return i % 5 < 2   ? IndicatorType::network
           : i % 5 < 4 ? IndicatorType::domain
                       : IndicatorType::sha256;
}

std::uint64_t resident_mib() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t all = 0, resident = 0;
    statm >> all >> resident;
    return resident * 4'096 >> 20;
}

/// What the plain set is asked: the value, and for a domain all names above it.
std::size_t ask(const std::unordered_set<std::string>& plain, IndicatorType type,
                const std::string& value) {
    if (type != IndicatorType::domain) return plain.count(value);
    std::size_t found = 0;
    for (std::string_view at = value; at.find('.') != std::string_view::npos;
         at = rule::intel::parent_name(at)) {
        found += plain.count(std::string(at));
    }
    return found;
}

struct Asked {
    std::vector<std::pair<IndicatorType, std::string>> values;
    explicit Asked(const IndicatorSettings& settings, bool is_known) {
        for (std::size_t i = 0; i < settings.lookups; ++i) {
            const std::uint64_t at =
                i * 7'919 % settings.indicators + (is_known ? 0 : settings.indicators * 5);
            std::string value = value_of(at);
            // Events have names below the one that is listed.
            if (type_of(at) == IndicatorType::domain && i % 2 == 0) value = "www." + value;
            values.emplace_back(type_of(at), std::move(value));
        }
    }
};

struct Timed {
    double per_second = 0;
    std::uint64_t found = 0;
};

template <class Look>
Timed timed(const Asked& asked, Look&& look) {
    Timed out;
    const std::uint64_t begin = base::thread_cpu_ns();
    for (const auto& [type, value] : asked.values) out.found += look(type, value);
    out.per_second = static_cast<double>(asked.values.size()) * 1e9 /
                     static_cast<double>(std::max<std::uint64_t>(base::thread_cpu_ns() - begin, 1));
    return out;
}

/// Reads a feed of them from a file, keeps the set and reads it back; the set that came back
/// counts.
base::Result<IndicatorIndex> load(const IndicatorSettings& settings, const std::string& folder,
                                  std::string& numbers) {
    const std::string path = folder + "/feed.txt";
    {
        std::ofstream feed(path);
        for (std::uint64_t i = 0; i < settings.indicators; ++i) feed << value_of(i) << '\n';
    }
    rule::intel::FeedSettings feed;
    feed.name = "bench";
    base::SystemFiles files;
    const std::uint64_t before = resident_mib();
    reset_peak_memory();
    std::string name;
    std::uint64_t read_peak = 0;
    std::uint64_t begin = base::thread_cpu_ns();
    {
        VD_TRY(const auto read,
               rule::intel::read_feed_path(feed, rule::intel::WarningLists::built_in(), path));
        numbers += fmt::format(",\"read_cpu_s\":{:.2f},\"repeated\":{},\"refused\":{}",
                               static_cast<double>(base::thread_cpu_ns() - begin) / 1e9,
                               read.report.repeated, read.report.refused_count());
        read_peak = peak_memory_mib(::getpid()) - before;
        begin = base::thread_cpu_ns();
        VD_TRY_DO(read.set.save(files, folder));
        name = read.set.hash().hex();
        numbers += fmt::format(",\"keep_cpu_s\":{:.2f}",
                               static_cast<double>(base::thread_cpu_ns() - begin) / 1e9);
    }
    begin = base::thread_cpu_ns();
    VD_TRY(auto set, rule::intel::FeedSet::load(files, folder, name));
    IndicatorIndex index({std::make_shared<const rule::intel::FeedSet>(std::move(set))});
    numbers += fmt::format(
        ",\"load_cpu_s\":{:.2f},\"read_peak_mib\":{},\"resident_mib\":{},\"memory_mib\":{}",
        static_cast<double>(base::thread_cpu_ns() - begin) / 1e9, read_peak,
        resident_mib() - before, index.memory_bytes() >> 20);
    return index;
}

base::Result<int> run(const IndicatorSettings& settings) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "vedette-bench-XXXXXX").string();
    const char* const folder = ::mkdtemp(pattern.data());
    if (folder == nullptr) return base::fail_errno("cannot make a folder", pattern);
    std::string numbers;
    auto loaded = load(settings, folder, numbers);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    if (!loaded) return tl::unexpected<base::Error>(loaded.error());
    const IndicatorIndex index = std::move(*loaded);
    const Asked known(settings, true), unknown(settings, false);
    std::vector<IndicatorIndex::Hit> hits;
    std::string room;
    const auto ours = [&](IndicatorType type, const std::string& value) {
        hits.clear();
        index.find_value(type, value, room, hits);
        return hits.size();
    };
    const Timed our_known = timed(known, ours), our_unknown = timed(unknown, ours);

    const std::uint64_t before = resident_mib();
    std::unordered_set<std::string> plain;
    const std::uint64_t begin = base::thread_cpu_ns();
    for (std::uint64_t i = 0; i < settings.indicators; ++i) plain.insert(value_of(i));
    const double plain_s = static_cast<double>(base::thread_cpu_ns() - begin) / 1e9;
    const std::uint64_t plain_mib = resident_mib() - before;
    const auto theirs = [&](IndicatorType type, const std::string& value) {
        return ask(plain, type, value);
    };
    const Timed plain_known = timed(known, theirs), plain_unknown = timed(unknown, theirs);
    std::uint64_t different = 0;
    for (const Asked* const asked : {&known, &unknown}) {
        for (const auto& [type, value] : asked->values) {
            different += ours(type, value) == ask(plain, type, value) ? 0 : 1;
        }
    }
    std::printf(
        "{\"suite\":\"indicators\",\"indicators\":%zu%s,\"known_per_s\":%.0f,\"unknown_per_s\":%."
        "0f,"
        "\"known_found\":%llu,\"plain\":{\"values\":%zu,\"build_cpu_s\":%.2f,\"resident_mib\":%llu,"
        "\"known_per_s\":%.0f,\"unknown_per_s\":%.0f},\"different_answers\":%llu,"
        "\"ratio_memory\":%.3f,\"ratio_known\":%.2f,\"ratio_unknown\":%.2f,%s}\n",
        index.size(), numbers.c_str(), our_known.per_second, our_unknown.per_second,
        static_cast<unsigned long long>(our_known.found), plain.size(), plain_s,
        static_cast<unsigned long long>(plain_mib), plain_known.per_second,
        plain_unknown.per_second, static_cast<unsigned long long>(different),
        static_cast<double>(index.memory_bytes() >> 20) /
            static_cast<double>(std::max<std::uint64_t>(plain_mib, 1)),
        our_known.per_second / plain_known.per_second,
        our_unknown.per_second / plain_unknown.per_second, machine_json().c_str());
    return different == 0 ? 0 : 1;
}

int run_indicators(const IndicatorSettings& settings) {
    const auto done = run(settings);
    if (done) return *done;
    std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
    return 2;
}

}  // namespace

void add_indicators(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("indicators", "look up indicators, against a plain std::unordered_set");
    const auto settings = std::make_shared<IndicatorSettings>();
    command->add_option("--indicators", settings->indicators, "of one feed")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1'000}, std::size_t{20'000'000}));
    command->add_option("--lookups", settings->lookups, "of known values, and of unknown ones")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1'000}, std::size_t{100'000'000}));
    command->footer("Exit codes: 0 good, 1 the plain set says something else, 2 an error.");
    command->callback(
        [settings, &chosen] { chosen = [settings] { return run_indicators(*settings); }; });
}

}  // namespace vedette::bench
