// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "detect/file_judge.h"
#include "engine/scan.h"
#include "source/file_reader.h"

namespace vedette::engine {

/// Holds the files of a scan, and the members of its archives, against the rules for files. Without
/// such rules it does nothing. Members are gathered in memory, up to what may be judged at all.
/// Threads: one at a time.
class ScannedFiles final : public source::MemberTap {
  public:
    /// `judge` may be nullptr.
    ScannedFiles(std::shared_ptr<const detect::FileJudge> judge,
                 std::function<void(cases::Finding)> found)
        : judge_(std::move(judge)), found_(std::move(found)) {}

    /// False if it was not judged; why, if there are rules, is among take_unjudged().
    bool judge_file(const std::string& path);
    /// For the reader of a file: what sees the members of an archive; nullptr without rules.
    source::MemberTap* tap() { return judge_ ? this : nullptr; }
    /// Of the members of the archive that was read last.
    bool has_judged(const std::string& origin) const { return judged_members_.contains(origin); }

    std::uint64_t judged() const { return judged_; }
    /// Rules that gave up on a file, each time.
    std::uint64_t gave_up() const { return gave_up_; }
    std::vector<UnreadFile> take_unjudged() { return std::move(unjudged_); }

    void member(const std::string& origin, base::Timestamp changed) override;
    void bytes(std::string_view piece) override;
    void end(bool is_whole) override;

  private:
    bool judge(int file, const std::string& origin, base::Timestamp changed);

    std::shared_ptr<const detect::FileJudge> judge_;
    std::function<void(cases::Finding)> found_;
    std::uint64_t judged_ = 0, gave_up_ = 0;
    std::vector<UnreadFile> unjudged_;
    std::set<std::string> judged_members_;
    std::string member_, member_bytes_;
    base::Timestamp changed_;
    bool is_too_large_ = false;
};

}  // namespace vedette::engine
