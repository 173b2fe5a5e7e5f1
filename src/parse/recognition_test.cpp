// SPDX-License-Identifier: Apache-2.0
// Every shared log of a known kind: read by the right format, told by content alone, with hardly a
// failure. Prints the table of docs/formats.md. Reads the first kBytesMax of each file; all of it
// with VEDETTE_WHOLE_FILES=1.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/compressed.h"
#include "base/counters.h"
#include "event/line_framer.h"
#include "parse/parser.h"
#include "tests/shared_data.h"

namespace vedette::parse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBytesMax = 4u << 20;
constexpr std::size_t kSampleRecords = 20;  // as sources look at (kRecogniseRecordsMax)

std::size_t bytes_max() {
    return std::getenv("VEDETTE_WHOLE_FILES") != nullptr ? SIZE_MAX : kBytesMax;
}

/// The file, opened; not more than `limit` bytes of it.
std::string read_opened(const std::string& path, std::size_t limit) {
    std::ifstream in(path, std::ios::binary);
    std::string out;
    base::Decompressor opener;
    std::string block(1u << 20, '\0');
    const auto keep = [&](std::string_view bytes) -> base::Result<void> {
        out.append(bytes.substr(0, limit - std::min(limit, out.size())));
        return {};
    };
    while (in && out.size() < limit) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        const auto got = static_cast<std::size_t>(in.gcount());
        if (got > 0 && !opener.feed(std::string_view(block).substr(0, got), keep)) break;
    }
    return out;
}

/// The regular files of a tar archive: name and bytes. Source: POSIX.1-2001, ustar
std::vector<std::pair<std::string, std::string_view>> tar_members(std::string_view tar) {
    std::vector<std::pair<std::string, std::string_view>> out;
    for (std::size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
        const std::string_view head = tar.substr(at, 512);
        const std::string name(head.data());
        const std::size_t size =
            std::strtoull(std::string(head.substr(124, 12)).c_str(), nullptr, 8);
        at += 512;
        const std::string_view bytes = tar.substr(at, size);
        if (head[156] == '0' || head[156] == '\0') out.emplace_back(name, bytes);
        at += (size + 511) / 512 * 512;
    }
    return out;
}

struct Told {
    std::string format;
    std::size_t records = 0, rows = 0, failures = 0, bytes = 0;
    std::map<std::string, std::size_t> datasets;
    std::uint64_t cpu_ns = 0;
};

class Recognition : public ::testing::Test {
  protected:
    void SetUp() override { register_all(registry_); }

    Told read(std::string_view text) {
        // The last line of what was cut off is no record.
        if (text.size() >= bytes_max()) text = text.substr(0, text.rfind('\n', bytes_max()) + 1);
        std::vector<std::string_view> sample;
        for (std::size_t at = 0; at < text.size() && sample.size() < kSampleRecords;) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            std::string_view line = text.substr(at, end - at);
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.empty()) sample.push_back(line);
            at = end + 1;
        }
        const event::FormatDeclarations formats = registry_.declarations();
        const event::FormatDeclaration& format = event::recognise(formats, sample);
        Told told;
        told.format = format.name;
        told.bytes = text.size();
        event::LineFramer framer(format.framing);
        event::FieldDictionary fields;
        Parser parser(registry_, fields);
        event::Batch batch(fields);
        const auto count = [&](event::Batch& full) {
            told.rows += full.row_count();
            for (const event::Row& row : full.rows()) {
                const bool is_failure = (row.flags & event::kRowNotDecoded) != 0;
                if (is_failure) ++told.failures;
                if (!is_failure) ++told.datasets[std::string(full.dataset(row.dataset))];
            }
        };
        auto chunk = std::make_shared<event::Chunk>();
        std::uint64_t offset = 0;
        const auto hand_on = [&] {
            told.records += chunk->record_count();
            chunk->envelope.source = "test";
            chunk->envelope.format = format.name;
            chunk->envelope.arrival = *base::parse_rfc3339("2026-01-02T03:04:05Z");
            const std::uint64_t begin = base::thread_cpu_ns();
            parser.parse(chunk, offset++, batch, event::kBatchRowsMax, count);
            told.cpu_ns += base::thread_cpu_ns() - begin;
            chunk = std::make_shared<event::Chunk>();
        };
        while (!text.empty()) {
            const std::size_t taken = framer.feed(text, *chunk);
            text.remove_prefix(taken);
            if (!text.empty()) hand_on();
        }
        while (!framer.finish(*chunk)) hand_on();
        hand_on();
        const std::uint64_t begin = base::thread_cpu_ns();
        parser.finish(batch);
        told.cpu_ns += base::thread_cpu_ns() - begin;
        count(batch);
        return told;
    }

    /// Reads and prints one log, and holds it against what it is: its format and what all its data
    /// sets begin with.
    void expect(const std::string& name, std::string_view text, const std::string& format,
                const std::string& dataset) {
        const Told told = read(text);
        std::string datasets;
        std::size_t fitting = 0;
        for (const auto& [found, rows] : told.datasets) {
            datasets += (datasets.empty() ? "" : ", ") + found;
            if (found.starts_with(dataset)) fitting += rows;
        }
        const double mb_per_s = told.cpu_ns == 0 ? 0
                                                 : static_cast<double>(told.bytes) * 1e3 /
                                                       static_cast<double>(told.cpu_ns);
        std::printf("| %s | %s | %s | %zu | %zu | %.0f |\n", name.c_str(), told.format.c_str(),
                    datasets.c_str(), told.records, told.failures, mb_per_s);
        std::fflush(stdout);
        EXPECT_EQ(told.format, format) << name;
        EXPECT_LE(told.failures * 1000, told.rows) << name;
        EXPECT_EQ(fitting + told.failures, told.rows) << name << ": " << datasets;
    }

    void expect_file(const std::string& relative, const std::string& format,
                     const std::string& dataset) {
        const auto path = tests::shared_path("data/" + relative);
        ASSERT_TRUE(path.has_value()) << relative;
        expect(relative, read_opened(*path, bytes_max()), format, dataset);
    }

    std::vector<std::string> below(const std::string& folder) {
        std::vector<std::string> out;
        const fs::path root = *tests::shared_path("data");
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.is_regular_file()) out.push_back(fs::relative(entry.path(), root).string());
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    Registry registry_;
};

#define SKIP_WITHOUT_DATA()                                                   \
    if (!tests::shared_path("data")) {                                        \
        GTEST_SKIP() << "the shared data sets are not here (VEDETTE_SHARED)"; \
    }                                                                         \
    std::printf("| file | format | data sets | records | failures | MB/s |\n")

TEST_F(Recognition, web_logs) {
    SKIP_WITHOUT_DATA();
    for (const char* const file :
         {"access_semicomplete_2015", "scanner_acunetix", "scanner_w3af"}) {
        expect_file("bots/" + std::string(file) + ".log.zst", "access_log", "web.");
    }
    expect_file("logs/loghub2k/Apache/Apache_2k.log.zst", "web_error_log", "apache.error");
}

TEST_F(Recognition, network_sensors) {
    SKIP_WITHOUT_DATA();
    for (const char* const folder : {"net/zeek_ctu", "net/slips", "iot/iot23"}) {
        for (const std::string& file : below(folder)) {
            if (file.find(".log") == file.npos) continue;
            const std::string text = read_opened(*tests::shared_path("data/" + file), bytes_max());
            expect(file, text, text.starts_with('{') ? "json" : "zeek",
                   text.find("\n1") == text.npos && text.starts_with('#') ? "" : "zeek.");
        }
    }
    expect_file("net/slips/test6-malicious.suricata.json.zst", "json", "suricata.");
}

TEST_F(Recognition, tables) {
    SKIP_WITHOUT_DATA();
    for (const char* const folder : {"iot/ton_iot", "iot/batadal", "net/unsw_nb15"}) {
        for (const std::string& file : below(folder)) expect_file(file, "csv", "csv");
    }
    expect_file("net/nsl_kdd/kddtrain_plus.csv.zst", "csv", "csv");
}

TEST_F(Recognition, tables_of_measurements) {
    SKIP_WITHOUT_DATA();
    for (const char* const folder : {"timeseries/nab/data", "timeseries/skab"}) {
        for (const std::string& file : below(folder)) {
            expect_file(file, "metric_table", "csv.metrics");
        }
    }
}

TEST_F(Recognition, companies) {
    SKIP_WITHOUT_DATA();
    static const std::map<std::string, std::pair<std::string, std::string>> kKnown = {
        {"cisco_asa.log", {"syslog", "cisco_asa.log"}},
        {"snort_alert.log", {"snort_fast", "snort."}},
        {"proxy_access.log", {"access_log", "web.proxy"}},
        {"web_access.log", {"access_log", "web."}},
        {"ecar.json", {"json", "ecar."}}};
    for (const char* const name : {"branch-office", "branch-office-2", "phishing-espionage"}) {
        const auto path =
            tests::shared_path("data/scenarios/" + std::string(name) + "/data.tar.zst");
        if (!path) continue;
        const std::string tar = read_opened(*path, SIZE_MAX);
        for (const auto& [member, bytes] : tar_members(tar)) {
            const std::string file = fs::path(member).filename().string();
            const std::string label = std::string(name) + member.substr(member.find('/'));
            if (const auto known = kKnown.find(file); known != kKnown.end()) {
                expect(label, bytes, known->second.first, known->second.second);
            } else if (member.find("/ZEEK-") != member.npos) {
                expect(label, bytes, "json", "zeek.");
            }
        }
    }
}

}  // namespace
}  // namespace vedette::parse
