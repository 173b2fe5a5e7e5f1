// SPDX-License-Identifier: Apache-2.0
#include "source/opened_archive.h"

#include "source/limits.h"

namespace vedette::source {

namespace {

using base::Result;

std::size_t size_of(const ArchivePart& part) {
    const auto* const bytes = std::get_if<std::string>(&part);
    // A part without bytes counts too, so that a million empty members are bounded as well.
    return sizeof(ArchivePart) + (bytes == nullptr ? 0 : bytes->size());
}

}  // namespace

class OpenedArchive::Feeder final : public ArchiveVisitor {
  public:
    explicit Feeder(OpenedArchive& archive) : archive_(archive) {}
    Result<void> member(const ArchiveMember& member) override { return archive_.put(member); }
    Result<void> bytes(std::string_view piece) override { return archive_.put(std::string(piece)); }
    Result<void> end(const std::string& why_broken) override {
        return archive_.put(ArchiveMemberEnd{why_broken});
    }

  private:
    OpenedArchive& archive_;
};

OpenedArchive::OpenedArchive(sandbox::Pool& pool, base::OwnedFd file)
    : file_(std::move(file)), reader_([this, &pool] { read_all(pool); }) {}

OpenedArchive::~OpenedArchive() {
    {
        const std::lock_guard lock(mutex_);
        is_cancelled_ = true;
    }
    has_changed_.notify_all();
    reader_.join();
}

void OpenedArchive::read_all(sandbox::Pool& pool) {
    Feeder feeder(*this);
    auto result = read_archive(pool, file_.get(), feeder);
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    has_changed_.notify_all();
}

Result<void> OpenedArchive::put(ArchivePart part) {
    std::unique_lock lock(mutex_);
    has_changed_.wait(lock, [&] { return is_cancelled_ || held_bytes_ < kArchiveAheadBytes; });
    if (is_cancelled_) return base::fail(base::ErrorCode::cancelled, "nobody reads on");
    held_bytes_ += size_of(part);
    parts_.push_back(std::move(part));
    has_changed_.notify_all();
    return {};
}

Result<std::optional<ArchivePart>> OpenedArchive::next() {
    std::unique_lock lock(mutex_);
    has_changed_.wait(lock, [&] { return !parts_.empty() || result_; });
    if (parts_.empty()) {
        if (!*result_) return tl::unexpected<base::Error>(result_->error());
        return std::optional<ArchivePart>();
    }
    ArchivePart part = std::move(parts_.front());
    parts_.pop_front();
    held_bytes_ -= size_of(part);
    has_changed_.notify_all();
    return std::optional<ArchivePart>(std::move(part));
}

}  // namespace vedette::source
