// SPDX-License-Identifier: Apache-2.0
#include "engine/files/file_watch.h"

#include <chrono>

#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/files/file_findings.h"
#include "engine/files/safe_open.h"

namespace vedette::engine::files {

namespace {

namespace log = base::log;
using base::ErrorCode;
using base::Result;

constexpr std::int64_t kAgeMaxS = 3'600;
/// Names whose content is remembered; the oldest go first and cost one more look.
constexpr std::size_t kKnownMax = 100'000;
constexpr int kRetryMs = 1'000;

constexpr std::string_view kTotal = "vedette_files_total";

std::string label(const char* result) { return std::string("result=\"") + result + "\""; }

}  // namespace

FileWatch::FileWatch(FileWatchParts parts)
    : parts_(std::move(parts)),
      named_(parts_.machine, parts_.fields),
      judged_(parts_.counters.number(kTotal, label("judged"))),
      matched_(parts_.counters.number(kTotal, label("matched"))),
      dropped_(parts_.counters.number(kTotal, label("dropped"))),
      repeated_(parts_.counters.number(kTotal, label("known"))),
      unreachable_(parts_.counters.number(kTotal, label("unreachable"))),
      refused_(parts_.counters.number(kTotal, label("refused"))),
      failed_(parts_.counters.number(kTotal, label("failed"))),
      old_(parts_.counters.number(kTotal, label("too_old"))),
      waiting_gauge_(parts_.counters.number("vedette_files_waiting")) {}

FileWatch::~FileWatch() { stop(); }

void FileWatch::offer(const event::Batch& batch, std::shared_ptr<const detect::FileJudge> judge) {
    const std::lock_guard lock(mutex_);
    judge_ = std::move(judge);
    if (!judge_) return;
    const std::int64_t oldest_ns = parts_.clock.now().unix_ns - kAgeMaxS * base::kNsPerSecond;
    bool has_news = false;
    named_.pick(batch, [&](NamedFile file) {
        if (waiting_paths_.contains(file.path)) return;
        if (file.time.unix_ns < oldest_ns) {
            ++old_;
        } else if (waiting_.size() >= parts_.config.waiting_max) {
            if (dropped_++ == 0) {
                log::warn("files.dropped", {{"first", file.path},
                                            {"waiting", waiting_.size()},
                                            {"see", "vedette_files_total in /metrics"}});
            }
        } else {
            waiting_paths_.insert(file.path);
            waiting_.push_back(std::move(file));
            has_news = true;
        }
    });
    waiting_gauge_ = waiting_.size();
    if (has_news) has_changed_.notify_all();
}

void FileWatch::use(std::shared_ptr<const detect::FileJudge> judge) {
    const std::lock_guard lock(mutex_);
    judge_ = std::move(judge);
    has_changed_.notify_all();
}

std::string FileWatch::save() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const NamedFile& file : waiting_) put(out, file);
    return out;
}

Result<void> FileWatch::restore(std::string_view bytes) {
    VD_TRY(auto files, read_named_files(bytes));
    const std::lock_guard lock(mutex_);
    for (NamedFile& file : files) {
        if (waiting_.size() >= parts_.config.waiting_max) break;
        if (waiting_paths_.insert(file.path).second) waiting_.push_back(std::move(file));
    }
    has_changed_.notify_all();
    return {};
}

void FileWatch::start() {
    thread_ = std::thread([this] { run(); });
}

void FileWatch::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    has_changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool FileWatch::is_idle() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() || !judge_;
}

/// Not more files in a second than allowed.
bool FileWatch::wait_for_turn(std::unique_lock<std::mutex>& lock) {
    const auto pause =
        std::chrono::microseconds(1'000'000 / std::max(1u, parts_.config.files_per_s));
    has_changed_.wait_for(lock, pause, [this] { return is_stopping_; });
    has_changed_.wait(lock, [this] { return is_stopping_ || (!waiting_.empty() && judge_); });
    return !is_stopping_;
}

void FileWatch::run() {
    base::stand_behind_senders();
    std::unique_lock lock(mutex_);
    while (wait_for_turn(lock)) {
        const NamedFile file = waiting_.front();
        const auto judge = judge_;
        lock.unlock();
        const auto done = look_at(file, *judge);
        lock.lock();
        if (!done) {
            // It was found and could not be journalled: it stays first.
            log::warn("files.not_journalled", {{"reason", done.error().message()}});
            has_changed_.wait_for(lock, std::chrono::milliseconds(kRetryMs),
                                  [this] { return is_stopping_; });
            continue;
        }
        waiting_paths_.erase(file.path);
        waiting_.pop_front();
        waiting_gauge_ = waiting_.size();
    }
}

bool FileWatch::is_known(const std::string& path, const Identity& identity) {
    const auto found = known_.find(path);
    return found != known_.end() && found->second == identity;
}

void FileWatch::remember(const std::string& path, Identity identity) {
    const auto [place, is_new] = known_.insert_or_assign(path, std::move(identity));
    static_cast<void>(place);
    if (!is_new) return;
    known_order_.push_back(path);
    if (known_order_.size() <= kKnownMax) return;
    known_.erase(known_order_.front());
    known_order_.pop_front();
}

Result<void> FileWatch::look_at(const NamedFile& file, const detect::FileJudge& judge) {
    auto opened = open_named_file(file.path);
    if (!opened) {
        ++(opened.error().code == ErrorCode::unsupported ? refused_ : unreachable_);
        return {};
    }
    const struct stat& info = opened->info;
    const auto ns = [](const timespec& time) {
        return time.tv_sec * base::kNsPerSecond + time.tv_nsec;
    };
    Identity identity{info.st_dev,      info.st_ino,      static_cast<std::uint64_t>(info.st_size),
                      ns(info.st_mtim), ns(info.st_ctim), judge.rules_name()};
    if (is_known(file.path, identity)) {
        ++repeated_;
        return {};
    }
    detect::FileToJudge about;
    about.file = opened->file.get();
    about.path = file.path;
    about.source = file.source;
    about.origin = file.origin;
    about.record = file.record;
    about.time = file.time;
    about.events = {file.event};
    about.entities = file.entities;
    auto judgement = judge.judge(about);
    if (!judgement) {
        ++failed_;
        log::warn("files.not_judged", {{"path", file.path}, {"reason", judgement.error().text}});
        remember(file.path, std::move(identity));
        return {};
    }
    ++judged_;
    for (const std::string& rule : judgement->gave_up) {
        log::warn("files.rule_gave_up", {{"path", file.path}, {"rule", rule}});
    }
    if (!judgement->findings.empty()) {
        VD_TRY_DO(parts_.journal(file_findings_control(
            {file.path, judgement->sha256, judge.rules_name(), std::move(judgement->findings)})));
        ++matched_;
    }
    remember(file.path, std::move(identity));
    return {};
}

}  // namespace vedette::engine::files
