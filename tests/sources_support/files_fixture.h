// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/registry.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/support/temporary_folder.h"

/// What tests of followed files share.
namespace vedette::source::file {

namespace fs = std::filesystem;
using tests::FakeHouse;
using tests::wait_until;

inline void append(const std::string& path, std::string_view text) {
    std::ofstream out(path, std::ios::binary | std::ios::app);
    out << text;
}

inline void write_gzip(const std::string& path, std::string_view text) {
    gzFile out = ::gzopen(path.c_str(), "wb");
    ::gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(out);
}

inline std::string read_all(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class FilesTest : public ::testing::Test {
  protected:
    /// The settings every test wants; patterns are relative to the folder.
    void start(const std::vector<std::string>& patterns,
               std::multimap<std::string, std::string> more = {}) {
        Registry registry;
        register_all(registry);
        SourceSettings settings{"files", "test", {{"poll_ms", "5"}, {"quiet_ms", "300"}}};
        for (const auto& [name, value] : more) settings.values.erase(name);
        settings.values.merge(more);
        for (const std::string& pattern : patterns) {
            settings.values.emplace("paths", folder / pattern);
        }
        auto made = registry.find("files")->make(settings, house.context("files", positions()));
        ASSERT_TRUE(made) << made.error().message();
        source = std::move(*made);
        ASSERT_TRUE(source->start());
    }
    /// As a restart: stops and forgets everything but what is durable.
    void stop() {
        source->stop();
        source.reset();
        // Shared: on a loaded machine the answer may come after we stopped waiting for it.
        const auto is_idle = std::make_shared<std::atomic<bool>>(false);
        house.sink.when_durable([is_idle](Acceptance) { *is_idle = true; });
        EXPECT_TRUE(wait_until([&] { return is_idle->load(); }));
    }
    std::map<std::string, std::string> positions() {
        std::map<std::string, std::string> out;
        for (const event::Chunk& chunk : house.sink.chunks()) {
            out[chunk.envelope.origin] = chunk.position;
        }
        return out;
    }
    std::vector<std::string> sorted_records() {
        auto records = house.sink.records();
        std::sort(records.begin(), records.end());
        return records;
    }
    bool has_exactly(std::vector<std::string> expected, int patience_ms = 60'000) {
        std::sort(expected.begin(), expected.end());
        const auto is_there = [&] {
            return house.sink.record_count() == expected.size() && sorted_records() == expected;
        };
        if (wait_until(is_there, patience_ms)) return true;
        const auto got = sorted_records();
        std::vector<std::string> missing, extra;
        std::set_difference(expected.begin(), expected.end(), got.begin(), got.end(),
                            std::back_inserter(missing));
        std::set_difference(got.begin(), got.end(), expected.begin(), expected.end(),
                            std::back_inserter(extra));
        for (const auto& line : missing) std::cerr << "missing: " << line.substr(0, 80) << "\n";
        for (const auto& line : extra) std::cerr << "extra: " << line.substr(0, 80) << "\n";
        return false;
    }
    /// Nothing else comes for a while.
    bool stays(std::size_t count, int ms = 500) {
        std::this_thread::sleep_for(std::chrono::milliseconds(ms));
        return house.sink.record_count() == count;
    }

    tests::TemporaryFolder folder;
    FakeHouse house;
    std::unique_ptr<Source> source;
};

}  // namespace vedette::source::file
