// SPDX-License-Identifier: Apache-2.0
// Sequences of event ids: lines `id,event event event`. There is no label in a line; what a file
// holds is in its documented name only: `train`, `abnormal`, else normal. A folder is one system.
// A sequence is odd by the mean surprise of its events and of what is missing or too many among
// them. The threshold comes from the training sequences alone, each judged by the others.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/json_text.h"
#include "bench/session_suite.h"
#include "bench/suites.h"
#include "learn/sequence/sequence_model.h"

namespace vedette::bench {

namespace {

constexpr std::uint64_t kStart = 1, kEnd = 2;
constexpr double kSpreadsAllowed = 4;

using Sequence = std::vector<std::uint64_t>;

struct System {
    std::vector<Sequence> training;
    std::vector<std::pair<Sequence, bool>> asked;  // true: abnormal
};

/// Adds the file's sequences; a line that was there already (a file that repeats another) is not.
void read_sequences(const DataFile& file, bool is_fit, std::map<std::string, System>& systems,
                    std::set<std::string>& known) {
    const std::filesystem::path path(file.path);
    const std::string name = path.filename().string(), folder = path.parent_path().filename();
    const bool is_abnormal = name.find("abnormal") != std::string::npos;
    const bool is_training = is_fit || name.find("train") != std::string::npos;
    std::string_view text = file.text;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t comma = line.find(',');
        if (comma == std::string_view::npos) continue;
        const std::string_view events = line.substr(comma + 1);
        if (events.empty() ||
            events.find_first_not_of("0123456789 -\r") != std::string_view::npos) {
            continue;
        }
        if (!known.insert(folder + (is_abnormal ? "-" : "+") + std::string(line)).second) continue;
        Sequence sequence = symbols_of(events);
        if (is_training) {
            if (!is_abnormal) systems[folder].training.push_back(std::move(sequence));
        } else {
            systems[folder].asked.emplace_back(std::move(sequence), is_abnormal);
        }
    }
}

class Habits {
  public:
    Habits()
        : order_({.order_max = 2, .cells = 1 << 16}), counts_({.order_max = 0, .cells = 1 << 16}) {}

    void learn(const Sequence& sequence, double weight) {
        Sequence history{kStart};
        for (const std::uint64_t event : sequence) {
            order_.learn(0, history, event, 0, weight);
            history.push_back(event);
        }
        order_.learn(0, history, kEnd, 0, weight);
        std::map<std::uint64_t, std::uint64_t> times;
        for (const std::uint64_t event : sequence) ++times[event];
        for (const auto& [event, count] : times) {
            events_.insert(event);
            counts_.learn(event, {}, count, 0, weight);
        }
        sequences_ += weight;
    }
    double judge(const Sequence& sequence) const {
        Sequence history{kStart};
        double bits = 0;
        for (const std::uint64_t event : sequence) {
            bits += order_.surprise(0, history, event).bits;
            history.push_back(event);
        }
        bits += order_.surprise(0, history, kEnd).bits;
        std::map<std::uint64_t, std::uint64_t> times;
        for (const std::uint64_t event : sequence) ++times[event];
        double missing = 0;
        for (const std::uint64_t event : events_) {
            if (times.contains(event)) continue;
            const double without = std::max(sequences_ - counts_.total(event), 0.0);
            missing += std::log2((sequences_ + 1) / (without + 0.5));
        }
        const auto length = static_cast<double>(sequence.size() + 1);
        return (bits + missing) / length;
    }

  private:
    learn::SequenceModel order_, counts_;
    std::set<std::uint64_t> events_;
    double sequences_ = 0;
};

/// Mean and spread of what each training sequence scores by the others.
std::pair<double, double> own_scores(Habits& habits, const std::vector<Sequence>& training) {
    double sum = 0, squares = 0;
    for (const Sequence& sequence : training) {
        habits.learn(sequence, -1);
        const double score = habits.judge(sequence);
        habits.learn(sequence, 1);
        sum += score;
        squares += score * score;
    }
    const auto count = static_cast<double>(std::max<std::size_t>(training.size(), 1));
    const double mean = sum / count;
    return {mean, std::sqrt(std::max(squares / count - mean * mean, 1e-4))};
}

base::Result<SessionResult> run_sequences(const std::vector<DataFile>& fit,
                                          const std::vector<DataFile>& data) {
    std::map<std::string, System> fitted, systems;
    std::set<std::string> known;
    for (const DataFile& file : fit) read_sequences(file, true, fitted, known);
    for (const DataFile& file : data) read_sequences(file, false, systems, known);
    SessionResult result;
    result.threshold = kSpreadsAllowed;
    std::string list;
    for (auto& [name, system] : systems) {
        const auto same = fitted.find(name);
        for (const auto& [other, part] : fitted) {
            if (same != fitted.end() && other != name) continue;
            system.training.insert(system.training.end(), part.training.begin(),
                                   part.training.end());
        }
        Habits habits;
        for (const Sequence& sequence : system.training) habits.learn(sequence, 1);
        const auto [mean, spread] = own_scores(habits, system.training);
        Scores scores;
        for (const auto& [sequence, is_abnormal] : system.asked) {
            const double score = (habits.judge(sequence) - mean) / spread;
            scores.add(score, is_abnormal);
            result.scores.add(score, is_abnormal);
            if (system.training.empty()) habits.learn(sequence, 1);
        }
        std::string quoted;
        base::append_json_string(quoted, name);
        list += fmt::format(R"({}{{"system":{},{},"f1":{:.4f},"false_share":{:.5f}}})",
                            list.empty() ? "" : ",", quoted, scores.json(),
                            scores.f1(kSpreadsAllowed), scores.false_share(kSpreadsAllowed));
    }
    result.more = ",\"systems\":[" + list + "]";
    return result;
}

}  // namespace

void add_sequences(CLI::App& app, std::function<int()>& chosen) {
    add_session_suite(app, chosen, "sequences", "odd sequences of event ids", run_sequences);
}

}  // namespace vedette::bench
