// SPDX-License-Identifier: Apache-2.0
// Whole logs of Unix hosts: the right format by content, next to nothing that cannot be read, and
// most lines of the programs we know with a meaning. VEDETTE_SHOW_TABLE=1 prints what was found.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "base/compressed.h"
#include "event/schema.h"
#include "parse/parser.h"
#include "tests/shared_data.h"

namespace vedette::parse {
namespace {

std::string read_opened(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string packed{std::istreambuf_iterator<char>(in), {}};
    std::string out;
    base::Decompressor opener;
    const auto keep = [&](std::string_view bytes) -> base::Result<void> {
        out.append(bytes);
        return {};
    };
    EXPECT_TRUE(opener.feed(packed, keep).has_value());
    EXPECT_TRUE(opener.finish(keep).has_value());
    return out;
}

/// Plain files of a tar archive whose names end with `ending`.   Source: POSIX ustar
std::map<std::string, std::string> members(const std::string& tar, std::string_view ending) {
    constexpr std::size_t kBlock = 512;
    std::map<std::string, std::string> out;
    for (std::size_t at = 0; at + kBlock <= tar.size() && tar[at] != '\0';) {
        const std::string name = tar.substr(at, 100).c_str();
        const std::size_t size = std::strtoull(tar.substr(at + 124, 12).c_str(), nullptr, 8);
        if (tar[at + 156] == '0' && name.ends_with(ending))
            out[name] = tar.substr(at + kBlock, size);
        at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
    }
    return out;
}

struct Seen {
    std::string format;
    std::size_t rows = 0, not_decoded = 0;
    std::map<std::string, std::pair<std::size_t, std::size_t>> datasets;  // rows, with an action
};

Seen read(const Registry& registry, std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    Seen seen;
    const std::vector<std::string_view> first(
        lines.begin(), lines.begin() + std::min<std::ptrdiff_t>(20, std::ssize(lines)));
    seen.format = event::recognise(registry.declarations(), first).name;
    event::FieldDictionary fields;
    Parser parser(registry, fields);
    event::Batch batch(fields);
    const auto count = [&](event::Batch& full) {
        for (std::uint32_t row = 0; row < full.row_count(); ++row) {
            const event::Row& head = full.rows()[row];
            ++seen.rows;
            if ((head.flags & event::kRowNotDecoded) != 0) ++seen.not_decoded;
            auto& [all, known] = seen.datasets[std::string(full.dataset(head.dataset))];
            ++all;
            if (full.first(event::ecs::kEventAction, row)) ++known;
        }
    };
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = seen.format;
    chunk->envelope.arrival = {1'767'323'045 * base::kNsPerSecond};
    for (const std::string_view line : lines) chunk->add_record(line);
    parser.parse(chunk, 0, batch, event::kBatchRowsMax, count);
    parser.finish(batch);
    count(batch);
    return seen;
}

void show(const std::string& name, const Seen& seen) {
    if (std::getenv("VEDETTE_SHOW_TABLE") == nullptr) return;
    std::printf("%s | %s | %zu | %zu |", name.c_str(), seen.format.c_str(), seen.rows,
                seen.not_decoded);
    for (const auto& [dataset, counts] : seen.datasets) {
        std::printf(" %s %zu/%zu", dataset.c_str(), counts.second, counts.first);
    }
    std::printf("\n");
}

class UnixLogs : public ::testing::Test {
  protected:
    UnixLogs() { register_all(registry_); }
    Registry registry_;
};

TEST_F(UnixLogs, of_whole_companies_are_syslog_and_every_known_program_has_a_meaning) {
    std::size_t count = 0;
    for (const char* const scenario : {"branch-office", "branch-office-2", "phishing-espionage"}) {
        const auto path =
            tests::shared_path(std::string("data/scenarios/") + scenario + "/data.tar.zst");
        if (!path) GTEST_SKIP() << "the shared data sets are not here (VEDETTE_SHARED)";
        for (const auto& [name, text] : members(read_opened(*path), "/syslog.log")) {
            SCOPED_TRACE(name);
            const Seen seen = read(registry_, text);
            show(std::string(scenario) + "/" + name, seen);
            ++count;
            EXPECT_EQ(seen.format, "syslog");
            EXPECT_EQ(seen.not_decoded, 0u);
            for (const auto& [dataset, counts] : seen.datasets) {
                // Boot messages of the kernel and programs without a format have none.
                if (dataset == "linux.syslog" || dataset == "linux.kernel") continue;
                EXPECT_GE(counts.second * 100, counts.first * 95) << dataset;
            }
        }
    }
    EXPECT_EQ(count, 6u);
}

TEST_F(UnixLogs, of_single_systems_are_told_apart) {
    const std::map<std::string, std::string> expected = {
        {"OpenSSH", "syslog"},          {"Mac", "syslog"},
        {"Android", "application_log"}, {"BGL", "text"},
        {"HDFS", "application_log"},    {"HPC", "text"},
        {"Hadoop", "application_log"},  {"Spark", "application_log"},
        {"Windows", "application_log"},
    };
    for (const auto& [system, format] : expected) {
        const auto path =
            tests::shared_path("data/logs/loghub2k/" + system + "/" + system + "_2k.log.zst");
        if (!path) GTEST_SKIP() << "the shared data sets are not here (VEDETTE_SHARED)";
        const Seen seen = read(registry_, read_opened(*path));
        show(system, seen);
        EXPECT_EQ(seen.format, format) << system;
        EXPECT_LE(seen.not_decoded * 1'000, seen.rows) << system;
    }
}

TEST_F(UnixLogs, what_is_no_log_is_told_as_text_although_a_line_of_it_looks_like_one) {
    const std::vector<std::vector<std::string_view>> inputs = {
        {"Received: from a.example (192.0.2.1) by b.example; Sat, 3 Jun 2017 00:00:48 +0200",
         "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=one; "
         "t=1496440848;",
         "Subject: hello", "From: Alice <alice@example.org>", "Dear Bob,", "see you."},
        {"# A list", "- Source: https://example.org/a:b", "- Notes: first", "## Labels",
         "The file holds", "-  739 Background", "-  244 Malicious"},
        {"title: A rule", "logsource:", "    product: linux", "detection:", "    - a:b",
         "    condition: sel", "falsepositives:", "    - None"},
        {"[section]", "key = value", "other = 5"},
    };
    for (const auto& lines : inputs) {
        EXPECT_EQ(event::recognise(registry_.declarations(), lines).name, "text") << lines[0];
    }
}

}  // namespace
}  // namespace vedette::parse
