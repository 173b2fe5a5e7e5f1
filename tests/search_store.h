// SPDX-License-Identifier: Apache-2.0
#pragma once

// A real store with rows in the forms that make trouble, and the same rows in memory: what the two
// answers of a search are held against each other on.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "event/lookup_set.h"
#include "event/schema.h"
#include "store/encoder.h"
#include "store/inserter.h"
#include "store/test_store.h"

namespace vedette {

using event::ValueKind;

inline const base::Timestamp kNow = *base::parse_rfc3339("2026-11-22T16:30:00Z");
inline constexpr std::size_t kRows = 3'000;

/// Words that meet each other often, in the forms that make trouble.
inline const std::vector<std::string> kTexts = {"root",
                                                "Root",
                                                "ROOT x",
                                                "admin",
                                                "adm1n",
                                                "J\xC3\xBCrgen",
                                                "J\xC3\x9CRGEN",
                                                "\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3",
                                                "a.b",
                                                "a b",
                                                "C:\\Windows\\x",
                                                "100%",
                                                "a_b",
                                                "a'b",
                                                "a\"b",
                                                "tab\there",
                                                "line\nend",
                                                "",
                                                "5",
                                                "5.0",
                                                "05",
                                                "-3",
                                                "1000",
                                                "1000.50",
                                                "99999999999999999",
                                                "1e3",
                                                " 7",
                                                "0.1",
                                                "10.0.0.1",
                                                "10.0.0.77",
                                                "192.168.1.5",
                                                "::1",
                                                "0:0::1",
                                                "fe80::abc",
                                                "::ffff:10.0.0.1",
                                                "10.0.0.256",
                                                "[x]",
                                                "[root",
                                                "{}x",
                                                "null1",
                                                "failed password for root",
                                                "Failed  password",
                                                "passwords failed",
                                                "user=root;x",
                                                "/etc/passwd",
                                                "root/bin",
                                                "\xE2\x82\xAC"
                                                "5",
                                                "r"};

inline const std::vector<std::string> kFieldNames = {"user.name",
                                                     "source.ip",
                                                     "host.ip",
                                                     "source.port",
                                                     "message",
                                                     "file.path",
                                                     "process.command_line",
                                                     "event.code",
                                                     "client.ip",
                                                     "bytes",
                                                     "CommandLine",
                                                     "odd name"};

/// Fields whose columns tell all: one value each, none of them empty, so that the map is not read.
inline const std::vector<std::string> kPlainFieldNames = {"event.action", "url.path",
                                                          "destination.ip", "process.pid"};

class SearchStore : public store::StoreTest {
  protected:
    SearchStore() : batch_(fields_) {}

    void SetUp() override {
        StoreTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        fill();
        // One part with the index of words, one that waits for it.
        insert(0, kRows / 2);
        ASSERT_TRUE(store_.client().execute("OPTIMIZE TABLE events FINAL"));
        insert(kRows / 2, kRows);
        mapped_ = std::stoull(ask("SELECT groupBitOr(mapped) FROM events WHERE mapped != 0"));
        for (const std::string& name : kPlainFieldNames) {
            ASSERT_EQ(mapped_ >> *fields_.find(name) & 1, 0u) << name;
        }
    }

    const std::string& any(const std::vector<std::string>& from) {
        return from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(random_)];
    }
    bool is_luck(double share) { return std::bernoulli_distribution(share)(random_); }

    void fill() {
        const auto origin = batch_.origin_index({"files", "/var/log/auth.log"});
        const auto other = batch_.origin_index({"http", "10.0.0.9"});
        raws_.reserve(kRows);
        for (std::size_t i = 0; i < kRows; ++i) {
            std::string raw;
            for (int words = 0; words < 4; ++words)
                raw += any(kTexts) + (is_luck(0.5) ? " " : ", ");
            raws_.push_back(raw);
            event::Row& row = batch_.add_row();
            row.raw = raws_.back();
            row.id = {100 + i / 10, static_cast<std::uint32_t>(i % 10)};
            row.time.unix_ns = kNow.unix_ns - static_cast<std::int64_t>(i) * 1'000'000'007;
            row.arrival = kNow;
            row.line = i;
            row.origin = i % 3 == 0 ? other : origin;
            row.dataset = batch_.dataset_index(i % 2 == 0 ? "linux.sshd" : "text");
            for (const std::string& name : kFieldNames) {
                if (is_luck(0.4)) add_values(*fields_.intern(name));
            }
            for (const std::string& name : kPlainFieldNames) {
                if (is_luck(0.5)) batch_.add(*fields_.intern(name), plain_value(name));
            }
            if (is_luck(0.2)) batch_.add_overflow("rare.key", any(kTexts), ValueKind::text);
        }
        batch_.verify();
    }

    std::string plain_value(const std::string& name) {
        if (name == "process.pid") return any({"5", "-3", "1000", "443", "7"});
        const std::string text = any(kTexts);
        return text.empty() ? "null" : text;
    }

    void add_values(event::FieldId field) {
        const int count = is_luck(0.15) ? 3 : 1;
        for (int i = 0; i < count; ++i) {
            if (is_luck(0.05)) {
                batch_.add(field, "", is_luck(0.5) ? ValueKind::null : ValueKind::empty_list);
            } else {
                batch_.add(field, any(kTexts));
            }
        }
    }

    void insert(std::size_t first, std::size_t last) {
        store::Block block;
        store::BlockBuilder builder(1);
        builder.begin(block, kNow.day());
        builder.add(batch_, first, last);
        base::StageCounters counters;
        store::StopSignal stop;
        store::ClientOptions options;
        options.endpoint = store_.supervisor().endpoint();
        store::Inserter inserter(
            options, 1, [](store::RefusedRow row) { FAIL() << row.why.message(); }, counters, stop);
        ASSERT_TRUE(inserter.insert(block, store::Inserter::Words::indexed_at_once));
    }

    void use_lists(const std::vector<std::pair<std::string, std::string>>& definitions) {
        std::vector<std::shared_ptr<const event::LookupList>> lists;
        for (const auto& [text, file] : definitions) {
            auto definition = event::read_list_definition("l", text);
            ASSERT_TRUE(definition) << definition.error().message();
            auto list = event::build_list("l", std::move(*definition), "f", file);
            ASSERT_TRUE(list) << list.error().message();
            lists.push_back(std::make_shared<const event::LookupList>(std::move(*list)));
        }
        auto set = event::LookupSet::of(std::move(lists));
        ASSERT_TRUE(set);
        lists_ = std::make_shared<const event::LookupSet>(std::move(*set));
    }

    std::shared_ptr<const event::LookupSet> lists_ = std::make_shared<event::LookupSet>();
    std::uint64_t mapped_ = 0;  // SqlOptions::mapped_fields as they are
    std::mt19937 random_{42};
    event::FieldDictionary fields_;
    event::Batch batch_;
    std::vector<std::string> raws_;
};

}  // namespace vedette
