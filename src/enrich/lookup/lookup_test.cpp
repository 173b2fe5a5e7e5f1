// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "enrich/registry.h"
#include "event/schema.h"

namespace vedette::enrich {
namespace {

using event::ValueKind;

std::shared_ptr<const event::LookupSet> set_of(const std::vector<std::string>& definitions) {
    std::vector<std::shared_ptr<const event::LookupList>> lists;
    for (const std::string& text : definitions) {
        auto definition = event::read_list_definition("l.yml", text);
        EXPECT_TRUE(definition) << (definition ? "" : definition.error().message());
        auto list = event::build_list("l.yml", std::move(*definition), "", "");
        EXPECT_TRUE(list) << (list ? "" : list.error().message());
        lists.push_back(std::make_shared<const event::LookupList>(std::move(*list)));
    }
    auto set = event::LookupSet::of(std::move(lists));
    EXPECT_TRUE(set);
    return std::make_shared<const event::LookupSet>(std::move(*set));
}

const std::vector<std::string> kLists = {
    "list: vips\nfields: [user.name, user.target.name]\nkey: login\nadd: [department]\n"
    "values: [{login: ada, department: research}, {login: bob}]\n",
    "list: staff\nfields: user.name\nkey: login\nadd: {department: department, city: geo.city}\n"
    "values: [{login: ADA, department: research, city: Ulm}, {login: eve, department: sales}]\n",
    "list: own\nmatch: network\nfields: [source.ip, host.ip]\nkey: net\nadd: [zone]\n"
    "values: [{net: 10.0.0.0/8, zone: office}, {net: 10.1.0.0/16, zone: servers}]\n",
    "list: leavers\nfields: user.name\nkey: login\nafter: day\n"
    "values: [{login: bob, day: 2026-05-31}]\n",
    "list: only_for_search\nvalues: [ada]\n",
};

class LookupEnricher : public ::testing::Test {
  protected:
    using Values = std::vector<std::pair<std::string, std::string>>;

    void row(const Values& values, const char* time = "2026-05-17T10:00:00Z") {
        event::Row& row = batch_.add_row();
        row.time = *base::parse_rfc3339(time);
        for (const auto& [field, text] : values) batch_.add(*fields_.intern(field), text);
    }
    std::string all(const std::string& field, std::uint32_t row) {
        std::string out;
        for (const event::Cell& cell : batch_.cells(*fields_.intern(field), row)) {
            out += (out.empty() ? "" : "|") + std::string(batch_.text(cell));
        }
        return out;
    }
    void enrich(const std::vector<std::string>& lists = kLists) {
        Enrichment enrichment({set_of(lists)}, fields_);
        enrichment.enrich(batch_);
        batch_.verify();
    }

    event::FieldDictionary fields_;
    event::Batch batch_{fields_};
};

TEST_F(LookupEnricher, adds_names_of_lists_and_their_columns_beside_the_field) {
    row({{"user.name", "Ada"}, {"user.target.name", "bob"}, {"source.ip", "10.1.2.3"}});
    row({{"user.name", "nobody"}, {"source.ip", "8.8.8.8"}});
    row({{"host.ip", "10.2.0.1"}, {"host.ip", "10.1.0.1"}});
    enrich();
    EXPECT_EQ(all("user.lists", 0), "staff|vips");
    EXPECT_EQ(all("user.department", 0), "research") << "said by two lists, there once";
    EXPECT_EQ(all("geo.city", 0), "Ulm");
    EXPECT_EQ(all("user.target.lists", 0), "vips");
    EXPECT_EQ(all("source.lists", 0), "own");
    EXPECT_EQ(all("source.zone", 0), "servers");
    EXPECT_EQ(all("user.lists", 1), "");
    EXPECT_EQ(all("source.zone", 1), "");
    EXPECT_EQ(all("host.lists", 2), "own");
    EXPECT_EQ(all("host.zone", 2), "office|servers") << "one for each address";
}

TEST_F(LookupEnricher, never_takes_away_what_the_record_says_and_cannot_be_hushed_by_it) {
    row({{"user.name", "ada"}, {"user.lists", "harmless"}, {"user.department", "sales"}});
    row({{"user.name", "eve"}, {"user.department", "sales"}, {"user.lists", "staff"}});
    enrich();
    EXPECT_EQ(all("user.lists", 0), "harmless|staff|vips");
    EXPECT_EQ(all("user.department", 0), "sales|research");
    EXPECT_EQ(all("user.department", 1), "sales");
    EXPECT_EQ(all("user.lists", 1), "staff");
}

TEST_F(LookupEnricher, goes_by_the_time_of_the_event) {
    row({{"user.name", "bob"}}, "2026-05-31T23:59:59Z");
    row({{"user.name", "bob"}}, "2026-06-01T00:00:00Z");
    row({{"user.name", "bob"}}, "2026-05-01T00:00:00Z");
    enrich();
    EXPECT_EQ(all("user.lists", 0), "vips");
    EXPECT_EQ(all("user.lists", 1), "leavers|vips");
    EXPECT_EQ(all("user.lists", 2), "vips");
}

TEST_F(LookupEnricher, does_not_look_up_what_another_list_adds) {
    row({{"user.name", "ada"}});
    enrich(
        {"list: a\nfields: user.name\nkey: k\nadd: {v: host.role}\nvalues: [{k: ada, v: dc}]\n",
         "list: b\nfields: host.role\nvalues: [dc]\n",
         "list: c\nfields: user.name\nkey: k\nadd: {v: user.name}\nvalues: [{k: ada, v: eve}]\n"});
    EXPECT_EQ(all("host.role", 0), "dc");
    EXPECT_EQ(all("host.lists", 0), "");
    EXPECT_EQ(all("user.name", 0), "ada|eve") << "a further value of the field itself";
}

TEST_F(LookupEnricher, passes_over_what_is_no_value_and_takes_numbers_and_linked_cells) {
    row({});
    batch_.add(event::ecs::kUserName, "", ValueKind::null);
    row({{"user.id", "1000"}});
    batch_.add(*fields_.intern("port"), "22", ValueKind::integer);
    row({{"account", "CORP\\ada"}});
    const event::Cell whole = batch_.cells(*fields_.intern("account"), 2)[0];
    batch_.link(event::ecs::kUserName, 2, whole, 5, 3);
    enrich({kLists[0], "list: p\nfields: port\nvalues: [22, 3389]\n"});
    EXPECT_EQ(all("user.lists", 0), "");
    EXPECT_EQ(all("port.lists", 1), "p");
    EXPECT_EQ(all("user.lists", 2), "vips");
}

TEST_F(LookupEnricher, gives_the_same_rows_however_batches_are_cut) {
    const auto dump = [&](std::size_t rows_max) {
        Enrichment enrichment({set_of(kLists)}, fields_);
        std::string out;
        const char* const users[] = {"ada", "bob", "ada", "eve", "x"};
        for (std::size_t i = 0; i < 40; ++i) {
            row({{"user.name", users[i % 5]}, {"source.ip", "10.1.0." + std::to_string(i % 3)}});
            if (batch_.row_count() < rows_max && i < 39) continue;
            enrichment.enrich(batch_);
            for (std::uint32_t r = 0; r < batch_.row_count(); ++r) {
                for (const char* field :
                     {"user.lists", "user.department", "geo.city", "source.zone"})
                    out += all(field, r) + ";";
                out += "\n";
            }
            batch_.clear();
        }
        return out;
    };
    const std::string whole = dump(100);
    EXPECT_EQ(dump(1), whole);
    EXPECT_EQ(dump(7), whole);
    EXPECT_NE(whole.find("staff|vips;research;Ulm;servers;"), std::string::npos);
}

}  // namespace
}  // namespace vedette::enrich
