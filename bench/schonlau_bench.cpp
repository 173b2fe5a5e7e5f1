// SPDX-License-Identifier: Apache-2.0
// Masquerade: is a block of commands this user's? Log-likelihood of everybody else's habits against
// the user's own, in units of the user's own spread; the user's model goes on learning from blocks
// that are not odd, and half of the last block's oddness counts on (intruders stay for a while).
// Blocks that the data marks as training, and those of --fit that are labelled clean, are learned
// before; blocks are judged in the order of their numbers. Settings chosen on blocks 51 to 110.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/hash.h"
#include "bench/session_suite.h"
#include "bench/suites.h"
#include "learn/sequence/sequence_model.h"

namespace vedette::bench {

namespace {

constexpr double kSmoothing = 0.01;   // commands of each kind that everybody is given
constexpr double kSpreadFloor = 0.3;  // added to the variance of a user's own blocks
constexpr double kLearnBelow = 1.5;   // spreads
constexpr double kCarriedOver = 0.5;
constexpr std::uint64_t kEverybody = 0;

struct Block {
    std::string user;
    std::uint64_t who = 0;
    int number = 0;
    bool is_training = false, is_masquerade = false;
    std::vector<std::uint64_t> commands;
};

std::vector<Block> blocks_of(const std::vector<DataFile>& files) {
    std::vector<Block> blocks;
    for (const CsvTable& table : tables_with(files, {"user", "block", "commands"})) {
        const std::size_t user = *table.find("user"), number = *table.find("block"),
                          commands = *table.find("commands");
        const auto label = table.find("masquerade"), phase = table.find("phase");
        for (const auto& row : table.rows) {
            Block block;
            block.user = row[user];
            block.who = base::hash64("user " + row[user]);
            block.number = std::atoi(row[number].c_str());
            block.is_masquerade = label && row[*label] == "1";
            block.is_training = phase && row[*phase] == "train";
            block.commands = symbols_of(row[commands]);
            if (!block.commands.empty()) blocks.push_back(std::move(block));
        }
    }
    std::stable_sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
        return std::tie(a.number, a.user) < std::tie(b.number, b.user);
    });
    return blocks;
}

class Masquerade {
  public:
    Masquerade() : model_({.order_max = 0, .cells = 1 << 18}) {}

    void learn(const Block& block) {
        learn_own(block, 1);
        for (const std::uint64_t command : block.commands) {
            model_.learn(kEverybody, {}, command);
            known_.insert(command);
        }
        others_without_[block.who] += static_cast<double>(block.commands.size());
        for (const std::uint64_t command : block.commands) {
            initial_[{block.who, command}] += 1;
        }
        own_blocks_[block.who].push_back(&block);
    }
    /// Mean and spread of each user's own blocks, each judged by the others.
    void settle() {
        for (const auto& [who, blocks] : own_blocks_) {
            double sum = 0, squares = 0;
            for (const Block* const block : blocks) {
                learn_own(*block, -1);
                const double value = raw(*block);
                learn_own(*block, 1);
                sum += value;
                squares += value * value;
            }
            const auto count = static_cast<double>(blocks.size());
            const double mean = sum / count;
            habits_[who] = {mean,
                            std::sqrt(std::max(0.0, squares / count - mean * mean) + kSpreadFloor)};
        }
    }
    double judge(const Block& block) {
        const auto habit = habits_.find(block.who);
        const auto [mean, spread] = habit == habits_.end() ? std::pair(0.0, 1.0) : habit->second;
        const double own = (raw(block) - mean) / spread;
        double& before = before_[block.who];
        const double score = own + kCarriedOver * std::max(before, 0.0);
        before = own;
        if (score < kLearnBelow) learn_own(block, 1);
        return score;
    }

  private:
    void learn_own(const Block& block, double weight) {
        for (const std::uint64_t command : block.commands) {
            model_.learn(block.who, {}, command, 0, weight);
        }
    }
    double raw(const Block& block) const {
        const double share = kSmoothing * static_cast<double>(known_.size() + 1);
        const double own_total = model_.total(block.who) + share;
        const auto without = others_without_.find(block.who);
        const double other_total = model_.total(kEverybody) -
                                   (without == others_without_.end() ? 0 : without->second) + share;
        double sum = 0;
        for (const std::uint64_t command : block.commands) {
            const auto mine = initial_.find({block.who, command});
            const double own = model_.count(block.who, command) + kSmoothing;
            const double others = model_.count(kEverybody, command) -
                                  (mine == initial_.end() ? 0 : mine->second) + kSmoothing;
            sum += std::log(others / other_total) - std::log(own / own_total);
        }
        return sum / static_cast<double>(block.commands.size());
    }

    learn::SequenceModel model_;
    std::set<std::uint64_t> known_;
    std::map<std::uint64_t, double> others_without_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, double> initial_;
    std::map<std::uint64_t, std::vector<const Block*>> own_blocks_;
    std::map<std::uint64_t, std::pair<double, double>> habits_;
    std::map<std::uint64_t, double> before_;
};

base::Result<SessionResult> run(const std::vector<DataFile>& fit,
                                const std::vector<DataFile>& data) {
    const std::vector<Block> known = blocks_of(fit), asked = blocks_of(data);
    Masquerade masquerade;
    for (const Block& block : known) {
        if (!block.is_masquerade) masquerade.learn(block);
    }
    for (const Block& block : asked) {
        if (block.is_training) masquerade.learn(block);
    }
    masquerade.settle();
    SessionResult result;
    for (const Block& block : asked) {
        if (!block.is_training) result.scores.add(masquerade.judge(block), block.is_masquerade);
    }
    return result;
}

}  // namespace

void add_schonlau(CLI::App& app, std::function<int()>& chosen) {
    add_session_suite(app, chosen, "schonlau", "masquerade in blocks of commands", run);
}

}  // namespace vedette::bench
