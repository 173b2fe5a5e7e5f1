// SPDX-License-Identifier: Apache-2.0
#include "engine/files/named_files.h"

#include <gtest/gtest.h>

namespace vedette::engine::files {
namespace {

/// One event of a source, with these fields.
event::Batch event_of(event::FieldDictionary& fields, const std::string& source,
                      const std::vector<std::pair<std::string, std::string>>& values) {
    event::Batch batch(fields);
    const std::uint16_t origin = batch.origin_index({source, "/var/log/a"});
    event::Row& row = batch.add_row();
    row.origin = origin;
    row.id = {5, 0};
    row.time = {1'000};
    for (const auto& [name, value] : values) batch.add(*fields.intern(name), value);
    return batch;
}

ThisMachine machine() {
    ThisMachine machine;
    machine.local_sources = {"logs"};
    machine.named_sources = {"agents"};
    machine.add_host("Web1");
    return machine;
}

std::vector<std::string> picked(const std::string& source,
                                const std::vector<std::pair<std::string, std::string>>& values) {
    event::FieldDictionary fields;
    const NamedFiles named(machine(), fields);
    const event::Batch batch = event_of(fields, source, values);
    std::vector<std::string> out;
    named.pick(batch, [&](const NamedFile& file) { out.push_back(file.path); });
    return out;
}

using Paths = std::vector<std::string>;

TEST(NamedFiles, AreThoseOfEventsOfThisMachine) {
    EXPECT_EQ(picked("logs", {{"process.executable", "/usr/bin/a"}, {"file.path", "/tmp/b"}}),
              (Paths{"/usr/bin/a", "/tmp/b"}));
    EXPECT_EQ(picked("logs", {{"file.path", "/tmp/b"}, {"host.name", "WEB1.example"}}),
              (Paths{"/tmp/b"}));
    EXPECT_EQ(picked("agents", {{"file.path", "/tmp/b"}, {"host.name", "web1"}}),
              (Paths{"/tmp/b"}));
}

TEST(NamedFiles, OfOtherMachinesAreNotOurs) {
    EXPECT_EQ(picked("logs", {{"file.path", "/tmp/b"}, {"host.name", "web2"}}), Paths{});
    EXPECT_EQ(picked("agents", {{"file.path", "/tmp/b"}, {"host.name", "web2"}}), Paths{});
    EXPECT_EQ(picked("agents", {{"file.path", "/tmp/b"}}), Paths{}) << "it names no host";
    EXPECT_EQ(picked("syslog", {{"file.path", "/tmp/b"}, {"host.name", "web1"}}), Paths{})
        << "anybody may say so";
    EXPECT_EQ(picked("logs", {{"file.path", "/tmp/b"}, {"container.id", "abc"}}), Paths{});
}

TEST(NamedFiles, ArePathsOfFiles) {
    for (const char* const path :
         {"relative/a", "", "/", "/proc/self/mem", "/dev/sda", "/sys/x", "C:\\Windows\\a.exe"}) {
        EXPECT_EQ(picked("logs", {{"file.path", path}}), Paths{}) << path;
    }
    EXPECT_EQ(picked("logs", {{"file.path", std::string("/a\0b", 4)}}), Paths{});
    EXPECT_EQ(picked("logs", {{"file.path", "/" + std::string(5'000, 'a')}}), Paths{});
    EXPECT_EQ(picked("logs", {{"file.path", "/dev/shm/a"}}), Paths{"/dev/shm/a"});
}

TEST(NamedFiles, ComeBackFromBytes) {
    std::string bytes;
    put(bytes,
        {"/tmp/a", "logs", "/var/log/a", 3, {9}, {5, 1}, {{event::EntityType::user, "bob"}}});
    put(bytes, {"/tmp/b", "", "", 0, {}, {}, {}});
    const auto back = read_named_files(bytes);
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(back->size(), 2u);
    EXPECT_EQ((*back)[0].path, "/tmp/a");
    EXPECT_EQ((*back)[0].event, (event::EventId{5, 1}));
    EXPECT_EQ((*back)[0].entities[0].text(), "user:bob");
    std::size_t whole = 0;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        whole += read_named_files(std::string_view(bytes).substr(0, cut)).has_value() ? 1 : 0;
    }
    EXPECT_EQ(whole, 2u) << "nothing, and the first file";
}

}  // namespace
}  // namespace vedette::engine::files
