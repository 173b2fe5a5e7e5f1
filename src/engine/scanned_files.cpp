// SPDX-License-Identifier: Apache-2.0
#include "engine/scanned_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "rule/yara/confined_rules.h"
#include "rule/yara/limits.h"

namespace vedette::engine {

namespace {

/// Of archives with more members than this the first are remembered for has_judged().
constexpr std::size_t kMembersRememberedMax = 100'000;

}  // namespace

bool ScannedFiles::judge_file(const std::string& path) {
    judged_members_.clear();
    if (!judge_) return false;
    // What is no regular file (a pipe, a device) must not be waited for.
    const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat info {};
    const bool is_regular =
        file.is_open() && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode);
    if (!is_regular) return false;  // the reader of logs says why it cannot be read
    return judge(file.get(), path,
                 {info.st_mtim.tv_sec * base::kNsPerSecond + info.st_mtim.tv_nsec});
}

bool ScannedFiles::judge(int file, const std::string& origin, base::Timestamp changed) {
    detect::FileToJudge about;
    about.file = file;
    about.path = origin;
    about.source = "scan";
    about.origin = origin;
    about.time = changed;
    auto judgement = judge_->judge(about);
    if (!judgement) {
        unjudged_.push_back({origin, judgement.error().text});
        return false;
    }
    ++judged_;
    gave_up_ += judgement->gave_up.size();
    for (cases::Finding& finding : judgement->findings) found_(std::move(finding));
    return true;
}

void ScannedFiles::member(const std::string& origin, base::Timestamp changed) {
    member_ = origin;
    changed_ = changed;
    member_bytes_.clear();
    is_too_large_ = false;
}

void ScannedFiles::bytes(std::string_view piece) {
    is_too_large_ =
        is_too_large_ || member_bytes_.size() + piece.size() > rule::yara::kScannedBytesMax;
    if (is_too_large_) {
        member_bytes_.clear();
    } else {
        member_bytes_ += piece;
    }
}

void ScannedFiles::end(bool is_whole) {
    if (!is_whole) return;  // told by the reader
    if (is_too_large_) {
        unjudged_.push_back({member_, "larger than what is held against YARA rules"});
        return;
    }
    const auto file = rule::yara::file_in_memory(member_bytes_);
    if (!file) {
        unjudged_.push_back({member_, file.error().text});
        return;
    }
    const bool was_judged = judge(file->get(), member_, changed_);
    if (was_judged && judged_members_.size() < kMembersRememberedMax) {
        judged_members_.insert(member_);
    }
}

}  // namespace vedette::engine
