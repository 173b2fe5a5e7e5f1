// SPDX-License-Identifier: Apache-2.0
// Sessions of HDFS blocks. A block is odd by how often each event came (against how often it comes
// to blocks) and by the rarest address that its messages name: what is wrong with a machine shows
// in the blocks that it has. --fit: its blocks without anomaly are learned; without it, each block
// after it was judged, in the order of their first lines.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "base/hash.h"
#include "bench/session_suite.h"
#include "bench/suites.h"
#include "learn/random.h"
#include "learn/sequence/sequence_model.h"

namespace vedette::bench {

namespace {

struct Block {
    std::map<std::uint64_t, std::uint64_t> events;  // how often each came
    std::set<std::uint64_t> addresses;
    std::size_t first_line = 0;
    bool is_labelled = false, is_anomaly = false;
};

bool is_value_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
}

/// Four numbers between dots.
bool is_address(std::string_view value) {
    return std::count(value.begin(), value.end(), '.') == 3 && value.front() != '.' &&
           value.back() != '.' && value.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Blocks and addresses named in a message. Ports are cut off at their colon, so that an address is
/// the same with any port.
void read_message(std::string_view content, std::vector<std::string>& blocks,
                  std::vector<std::uint64_t>& addresses) {
    for (std::size_t at = 0; at < content.size();) {
        if (!is_value_char(content[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < content.size() && is_value_char(content[end])) ++end;
        const std::string_view value = content.substr(at, end - at);
        if (value.starts_with("blk_")) {
            blocks.emplace_back(value);
        } else if (is_address(value)) {
            addresses.push_back(base::hash64(value));
        }
        at = end;
    }
}

std::unordered_map<std::string, Block> blocks_of(const std::vector<DataFile>& files) {
    std::unordered_map<std::string, Block> blocks;
    for (const CsvTable& table : tables_with(files, {"block_id", "anomaly"})) {
        const std::size_t id = *table.find("block_id"), label = *table.find("anomaly");
        for (const auto& row : table.rows) {
            blocks[row[id]].is_labelled = true;
            blocks[row[id]].is_anomaly = row[label] == "1";
        }
    }
    for (const CsvTable& table : tables_with(files, {"event_id", "content"})) {
        const std::size_t event = *table.find("event_id"), content = *table.find("content");
        for (std::size_t line = 0; line < table.rows.size(); ++line) {
            const std::uint64_t symbol = base::hash64(table.rows[line][event]);
            std::vector<std::string> named;
            std::vector<std::uint64_t> addresses;
            read_message(table.rows[line][content], named, addresses);
            std::sort(named.begin(), named.end());
            named.erase(std::unique(named.begin(), named.end()), named.end());
            for (const std::string& name : named) {
                const auto block = blocks.find(name);
                if (block == blocks.end() || !block->second.is_labelled) continue;
                if (block->second.events.empty()) block->second.first_line = line;
                ++block->second.events[symbol];
                block->second.addresses.insert(addresses.begin(), addresses.end());
            }
        }
    }
    return blocks;
}

class Habits {
  public:
    Habits() : counts_({.order_max = 0, .cells = 1 << 14}) {}

    void learn(const Block& block) {
        ++blocks_;
        for (const auto& [event, count] : block.events) {
            events_.insert(event);
            counts_.learn(event, {}, count);
        }
        for (const std::uint64_t address : block.addresses) addresses_[address] += 1;
    }
    double judge(const Block& block) const {
        double bits = 0;
        std::set<std::uint64_t> all = events_;
        for (const auto& [event, count] : block.events) all.insert(event);
        for (const std::uint64_t event : all) {
            const auto seen = block.events.find(event);
            const double with = counts_.total(event);
            const double times =
                seen == block.events.end() ? blocks_ - with : counts_.count(event, seen->second);
            bits += surprise(times);
        }
        double rarest = 0;
        for (const std::uint64_t address : block.addresses) {
            const auto known = addresses_.find(address);
            rarest = std::max(rarest, surprise(known == addresses_.end() ? 0 : known->second));
        }
        return bits + kAddressWeight * rarest;
    }

  private:
    /// Chosen on three parts of the blocks of the training fold, from 1/2, 1 and 2.
    static constexpr double kAddressWeight = 2;
    double surprise(double times) const {
        return std::log2((blocks_ + 1) / (std::max(times, 0.0) + 0.5));
    }

    learn::SequenceModel counts_;
    std::set<std::uint64_t> events_;
    std::unordered_map<std::uint64_t, double> addresses_;  // blocks that name it
    double blocks_ = 0;
};

std::vector<const Block*> in_order(const std::unordered_map<std::string, Block>& blocks) {
    std::vector<std::pair<std::pair<std::size_t, std::string>, const Block*>> listed;
    for (const auto& [name, block] : blocks) {
        if (!block.events.empty()) listed.push_back({{block.first_line, name}, &block});
    }
    std::sort(listed.begin(), listed.end());
    std::vector<const Block*> out;
    for (const auto& [place, block] : listed) out.push_back(block);
    return out;
}

base::Result<SessionResult> run_hdfs(const std::vector<DataFile>& fit,
                                     const std::vector<DataFile>& data) {
    const auto known = blocks_of(fit), asked = blocks_of(data);
    Habits habits;
    for (const Block* const block : in_order(known)) {
        if (!block->is_anomaly) habits.learn(*block);
    }
    SessionResult result;
    for (const Block* const block : in_order(asked)) {
        result.scores.add(habits.judge(*block), block->is_anomaly);
        if (known.empty()) habits.learn(*block);
    }
    return result;
}

}  // namespace

void add_hdfs_100k(CLI::App& app, std::function<int()>& chosen) {
    add_session_suite(app, chosen, "hdfs_100k", "odd sessions of HDFS blocks", run_hdfs);
}

}  // namespace vedette::bench
