// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/log.h"
#include "source/file/content.h"
#include "source/file/follower.h"
#include "source/limits.h"
#include "source/text_probe.h"

namespace vedette::source::file {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// A new file under the old path is the old one replaced (as rsync does) only if it says so with
/// this many bytes at least: a first line alone may be the same after every start of a program.
constexpr std::uint32_t kReplacedHeadBytes = 256;

/// By how much the times that file systems write may be behind the clock: they take the time of the
/// kernel's last tick, of which there are 100 to 1,000 in a second.
constexpr std::int64_t kFileTimeLagNs = 20 * base::kNsPerMs;

bool is_related(const std::string& origin, const std::string& path) {
    return family_of(origin) == family_of(path);
}

}  // namespace

void Follower::load_positions() {
    for (const auto& [origin, bytes] : context_.positions) {
        auto states = decode_position(bytes);
        if (!states) {
            base::log::error("files.position_unreadable", {{"path", origin}});
            continue;
        }
        for (FileState& state : *states) {
            Followed& file = add(origin, std::move(state));
            origins_.at(origin).was_loaded = origins_.at(origin).is_journalled = true;
            // Of two that name one inode the later one holds it: the earlier one's content had to
            // leave it first.
            if (file.offered().identity != FileIdentity{}) {
                if (Followed*& holder = by_identity_[file.offered().identity]; holder != nullptr) {
                    mark_orphan(*std::exchange(holder, &file));
                } else {
                    holder = &file;
                }
            } else {
                mark_orphan(file);
            }
        }
    }
    context_.positions.clear();
}

void Follower::look() {
    const SteadyTime now = steady_clock::now();
    seen_heads_.clear();
    unread_heads_.clear();
    std::set<std::string> known;
    for (const auto& [family, origins] : families_) known.insert(family);
    const std::vector<Seen> seen =
        patterns_.look(known, [this](const std::string& path) { note_denied(path); });
    std::map<FileIdentity, const Seen*> present;
    for (const Seen& file : seen) present.emplace(file.identity, &file);

    if (is_first_look_) check_loaded(present);
    update_known(present, now);
    adopt_orphans(seen);
    take_new(seen, now);
    forget_old(present, now);
    is_first_look_ = false;
}

// After a restart an inode may hold something else than it did.
void Follower::check_loaded(const std::map<FileIdentity, const Seen*>& present) {
    for (const auto& file : files_) {
        const auto found = present.find(file->offered().identity);
        if (file->is_orphan || found == present.end()) continue;
        if (file->offered().framer.position == 0) continue;  // nothing was given that could differ
        const base::OwnedFd fd = open_seen(*found->second);
        FileState wanted = file->offered();
        wanted.is_finished = false;  // it may have been written to since
        const bool is_same =
            fd.is_open() && compare_content(fd.get(), wanted) == ContentMatch::same;
        if (!is_same) lose_content(*file);
    }
}

void Follower::update_known(const std::map<FileIdentity, const Seen*>& present, SteadyTime now) {
    for (const auto& file : files_) {
        const auto current = by_identity_.find(file->offered().identity);
        if (current == by_identity_.end() || current->second != file.get()) continue;
        const auto found = present.find(file->offered().identity);
        refresh(*file, found == present.end() ? nullptr : found->second, now);
    }
}

void Follower::refresh(Followed& file, const Seen* seen, SteadyTime now) {
    if (seen == nullptr) {
        // Renamed to where we do not look, or deleted: an open one is read to its end.
        file.path.clear();
        file.is_away = true;
        if (!file.is_open() && !file.is_finished()) return lose_content(file);
        const auto open = file.is_open() ? look_at_open(file.fd()) : std::nullopt;
        if (open && open->size_bytes != file.size_bytes) {
            file.size_bytes = open->size_bytes;
            file.quiet_since = now;
        }
        file.is_busy = file.is_busy || !file.is_finished();
        return;
    }
    const bool has_changed =
        file.size_bytes != seen->size_bytes || file.changed_ns != seen->changed_ns;
    file.path = seen->path;
    file.is_away = seen->path != file.origin();
    file.size_bytes = seen->size_bytes;
    file.changed_ns = seen->changed_ns;
    if (has_changed) file.quiet_since = now;
    const std::uint64_t position = file.offered().framer.position;
    if (file.is_finished() && !file.offered().is_compressed && seen->size_bytes != position) {
        if (seen->size_bytes < position) return lose_content(file);
        file.reopen();  // somebody still writes to the rotated file
    }
    if (!file.is_orphan && file.is_shorter_than_read()) return lose_content(file);
    if (file.is_skipped && has_changed && seen->size_bytes == 0) return lose_content(file);
    if (has_changed || file.has_unread() || file.has_quiet_end(now) ||
        (!file.is_finished() && (file.is_away || file.offered().is_compressed))) {
        file.is_busy = !file.is_skipped;
    }
}

// What was read from the file is no longer in its inode. Its rest may be in a copy.
void Follower::lose_content(Followed& file) {
    const auto current = by_identity_.find(file.offered().identity);
    if (current != by_identity_.end() && current->second == &file) by_identity_.erase(current);
    base::log::debug("files.content_moved", {{"path", file.path},
                                             {"inode", file.offered().identity.inode},
                                             {"position", file.offered().framer.position}});
    close_file(file);
    mark_orphan(file);
    if (!file.is_orphan) return;
    ++context_.counters.number("vedette_files_content_moved_total",
                               "source=\"" + context_.name + "\"");
}

// Nobody knows where the file's content is. Its unread rest is looked for.
void Follower::mark_orphan(Followed& file) {
    file.forget_identity();
    file.path.clear();
    file.is_away = true;
    file.is_orphan = !file.is_finished();
    file.orphan_since = steady_clock::now();
    file.is_busy = file.ready().has_value();
}

// Whether the file is looked for and may go on in the candidate, as far as names tell.
bool Follower::may_adopt(const Followed& file, const Seen& seen) const {
    if (file.offered().fingerprint.head_bytes == 0) return false;
    if (seen.path != file.origin()) return file.is_orphan && is_related(file.origin(), seen.path);
    // The path was given to another inode, which may hold the old content and more.
    return (file.is_orphan || file.path.empty()) &&
           file.offered().fingerprint.head_bytes >= kReplacedHeadBytes;
}

void Follower::adopt_orphans(const std::vector<Seen>& seen) {
    for (const auto& file : files_) {
        // A chunk on its way decides first where reading goes on.
        if (!file->path.empty() || origins_.at(file->origin()).in_flight == file.get()) continue;
        for (const Seen& candidate : seen) {
            if (by_identity_.count(candidate.identity) > 0 || !may_adopt(*file, candidate))
                continue;
            const base::OwnedFd fd = open_seen(candidate);
            FileState wanted = file->offered();
            // What replaces a file in its place may go on where the old one ended.
            if (candidate.path == file->origin()) wanted.is_finished = false;
            if (!fd.is_open() || compare(candidate, fd.get(), wanted) != ContentMatch::same) {
                continue;
            }
            base::log::debug("files.found_again", {{"path", candidate.path},
                                                   {"inode", candidate.identity.inode},
                                                   {"origin", file->origin()},
                                                   {"position", file->offered().framer.position}});
            close_file(*file);
            const auto old = by_identity_.find(file->offered().identity);
            if (old != by_identity_.end() && old->second == file.get()) by_identity_.erase(old);
            file->adopt(candidate, is_compressed_file(fd.get()));
            file->is_away = candidate.path != file->origin();
            by_identity_[candidate.identity] = file.get();
            copies_.erase(candidate.identity);
            ignored_.erase(candidate.identity);
            break;
        }
    }
}

void Follower::take_new(const std::vector<Seen>& seen, SteadyTime now) {
    for (const Seen& file : seen) {
        if (by_identity_.count(file.identity) > 0 || copies_.count(file.identity) > 0 ||
            ignored_.count(file.identity) > 0) {
            continue;
        }
        // An empty file under a rotated name is a copy in the making, or will never matter.
        if (file.size_bytes == 0 && family_of(file.path) != file.path) continue;
        const base::OwnedFd fd = open_seen(file);
        if (!fd.is_open()) {
            if (errno == EACCES || errno == EPERM) note_denied(file.path);
            continue;
        }
        const Kind kind = classify(file, fd.get(), now);
        if (kind == Kind::wait) {
            Undecided& known = undecided_[file.identity];
            if (known.size_bytes != file.size_bytes || known.changed_ns != file.changed_ns) {
                known = {file.size_bytes, file.changed_ns, now};
            }
            continue;
        }
        undecided_.erase(file.identity);
        if (kind == Kind::copy) {
            base::log::debug("files.copy", {{"path", file.path}, {"inode", file.identity.inode}});
            copies_.insert(file.identity);
        } else if (!is_worth_reading(file, fd.get())) {
            ignored_.emplace(file.identity, base::hash128(head_of_seen(file, fd.get())));
        } else {
            follow_new(file, now);
        }
    }
}

// Whether more will soon be known of what the file holds.
bool Follower::is_in_progress(const Followed& file) const {
    return file.ready().has_value() || origins_.at(file.origin()).in_flight == &file ||
           (!file.is_orphan && !file.is_finished() && file.has_unread());
}

const std::string& Follower::head_of_seen(const Seen& seen, int fd) {
    if (seen_heads_.size() >= kHeadsKeptMax) seen_heads_.clear();
    const auto [place, is_new] = seen_heads_.try_emplace(seen.identity);
    if (is_new) place->second = opened_head(fd, kHeadBytes);
    return place->second;
}

// As compare_content, but a file that begins otherwise, as nearly all do, is opened once per look.
ContentMatch Follower::compare(const Seen& seen, int fd, const FileState& wanted) {
    if (has_other_head(head_of_seen(seen, fd), wanted.fingerprint)) return ContentMatch::different;
    return compare_content(fd, wanted);
}

// Whether a file may be the copy of one that has something of which nothing was given yet. Those
// that begin differently do not wait for each other: of dozens of unread generations each would
// otherwise wait for a look of its own, and looks become rare when they are costly.
bool Follower::may_be_copy_of_unread(const Followed& file, const Seen& seen, int fd) {
    if (!is_in_progress(file)) return false;
    if (unread_heads_.size() >= kHeadsKeptMax) unread_heads_.clear();
    const auto [place, is_new] = unread_heads_.try_emplace(&file);
    if (is_new) place->second = file.first_bytes();
    const std::string& theirs = place->second;
    const std::string& ours = head_of_seen(seen, fd);
    const std::size_t common = std::min(ours.size(), theirs.size());
    return ours.compare(0, common, theirs, 0, common) == 0;
}

Follower::Kind Follower::classify(const Seen& seen, int fd, SteadyTime now) {
    const auto known = undecided_.find(seen.identity);
    const bool is_quiet = known != undecided_.end() &&
                          known->second.size_bytes == seen.size_bytes &&
                          known->second.changed_ns == seen.changed_ns;
    const auto quiet_for =
        is_quiet ? now - known->second.quiet_since : SteadyTime::duration::zero();
    int wait_ms = 0;
    bool must_wait = false;
    for (const std::string& path : relatives(seen.path)) {
        for (const Followed* file : origins_.at(path).files) {
            if (file->is_skipped) continue;
            if (file->offered().fingerprint.head_bytes == 0) {
                // Nothing was given of it yet: whether this is its copy shows when something was.
                must_wait = must_wait || may_be_copy_of_unread(*file, seen, fd);
                continue;
            }
            const bool is_in_place = file->origin() == seen.path;
            // A new file under the path itself is no copy, but may be about to be adopted.
            if (is_in_place && !may_adopt(*file, seen)) continue;
            FileState wanted = file->offered();
            if (is_in_place) wanted.is_finished = false;
            const ContentMatch match = compare(seen, fd, wanted);
            if (match == ContentMatch::same && !is_in_place && !file->is_orphan) return Kind::copy;
            // Who looks for it will adopt it when nothing of him is on its way any more.
            must_wait = must_wait || match == ContentMatch::same;
            // A copy in the making; only what is new in its place is not kept waiting for that.
            if (match != ContentMatch::unclear || (file->is_orphan && is_in_place)) continue;
            const std::size_t head_bytes = wanted.fingerprint.head_bytes;
            const bool is_alike =
                head_bytes >= kReplacedHeadBytes && head_of_seen(seen, fd).size() >= head_bytes;
            wait_ms = std::max(wait_ms, is_alike ? settings_.orphan_ms : settings_.quiet_ms);
        }
    }
    return must_wait || quiet_for < milliseconds(wait_ms) ? Kind::wait : Kind::new_file;
}

// A rotated file that nobody asked for is read if it appeared under our eyes, or was written after
// we began to follow its origin: it holds lines that were never seen under the name we follow.
bool Follower::is_worth_reading(const Seen& seen, int fd) {
    if (seen.is_wanted) return true;
    if (!is_first_look_) {
        // Unless it is what becomes of a file that was left out before.
        const std::string& head = head_of_seen(seen, fd);
        return head.empty() || std::none_of(ignored_.begin(), ignored_.end(),
                                            [hash = base::hash128(head)](const auto& entry) {
                                                return entry.second == hash;
                                            });
    }
    const auto& related = relatives(seen.path);
    return std::any_of(related.begin(), related.end(), [&](const std::string& path) {
        const std::int64_t since_ns = origins_.at(path).since_ns;
        return since_ns != 0 && seen.changed_ns > since_ns - kFileTimeLagNs;
    });
}

void Follower::follow_new(const Seen& seen, SteadyTime now) {
    if (files_.size() >= kFilesMax) {
        if (!std::exchange(is_full_said_, true)) {
            base::log::error("files.too_many",
                             {{"most", kFilesMax}, {"first_left_out", seen.path}});
        }
        return;
    }
    // A rotated file belongs to the log it was, if that is followed.
    const std::string family = family_of(seen.path);
    const auto& related = relatives(seen.path);
    const bool is_of_other = origins_.count(family) > 0 || (!seen.is_wanted && !related.empty());
    const std::string origin = !is_of_other                 ? seen.path
                               : origins_.count(family) > 0 ? family
                                                            : *related.begin();
    FileState state;
    state.identity = seen.identity;
    Origin& home = origins_[origin];
    if (home.since_ns == 0) home.since_ns = context_.clock.now().unix_ns;
    state.since_ns = home.since_ns;
    const base::OwnedFd fd = open_seen(seen);
    if (is_first_look_ && settings_.from_end && !home.was_loaded && !is_compressed_file(fd.get())) {
        const std::string end = read_at(fd.get(), 0, kHeadBytesMax);
        const event::FormatDeclaration& format = recognise_head(context_.formats, end);
        // A place in the middle of a block is no place to begin: binary files are read whole.
        if (format.framing.kind != event::Framing::Kind::blocks) {
            state.format = format.name;
            state.framer.position = seen.size_bytes;
            state.fingerprint = fingerprint_of(fd.get(), seen.size_bytes);
        }
    }
    base::log::debug("files.new", {{"path", seen.path}, {"inode", seen.identity.inode}});
    Followed& file = add(origin, std::move(state));
    by_identity_[seen.identity] = &file;
    refresh(file, &seen, now);
}

Followed& Follower::add(const std::string& origin, FileState state) {
    files_.push_back(std::make_unique<Followed>(context_.formats, settings_.format,
                                                settings_.quiet_ms, origin, std::move(state)));
    Followed& file = *files_.back();
    Origin& home = origins_[origin];
    if (file.offered().since_ns != 0 && home.since_ns == 0) home.since_ns = file.offered().since_ns;
    home.files.push_back(&file);
    families_[family_of(origin)].insert(origin);
    file.quiet_since = steady_clock::now();
    return file;
}

void Follower::remove(Followed& file) {
    close_file(file);
    auto& siblings = origins_.at(file.origin()).files;
    siblings.erase(std::find(siblings.begin(), siblings.end(), &file));
    const auto current = by_identity_.find(file.offered().identity);
    if (current != by_identity_.end() && current->second == &file) by_identity_.erase(current);
    files_.remove_if([&](const auto& other) { return other.get() == &file; });
}

void Follower::forget_old(const std::map<FileIdentity, const Seen*>& present, SteadyTime now) {
    const auto is_absent = [&](const FileIdentity& identity) {
        return present.count(identity) == 0;
    };
    std::erase_if(copies_, is_absent);
    std::erase_if(undecided_, [&](const auto& entry) { return is_absent(entry.first); });
    std::vector<Followed*> old;
    for (const auto& file : files_) {
        const Origin& origin = origins_.at(file->origin());
        if (origin.in_flight == file.get() || file->ready()) continue;
        const bool is_nothing = file->is_orphan && file->offered().framer.position == 0;
        const bool is_given_up =
            file->is_orphan && now - file->orphan_since > milliseconds(settings_.orphan_ms);
        // A finished file that is gone may come back compressed: its copies are in the way of
        // pruning.
        const bool is_gone = file->is_finished() && file->path.empty() && !file->is_open() &&
                             now - file->quiet_since > milliseconds(settings_.orphan_ms) &&
                             origin.files.size() > 1;
        const bool has_copies = std::any_of(copies_.begin(), copies_.end(), [&](const auto& copy) {
            const auto seen = present.find(copy);
            return seen != present.end() && is_related(file->origin(), seen->second->path);
        });
        if (is_nothing || is_given_up || (is_gone && !has_copies)) old.push_back(file.get());
    }
    // What was taken for a copy of a file that then gave nothing has to be looked at again.
    if (!old.empty()) copies_.clear();
    for (Followed* file : old) {
        base::log::debug("files.forgotten", {{"origin", file->origin()},
                                             {"inode", file->offered().identity.inode},
                                             {"position", file->offered().framer.position}});
        remove(*file);
    }
}

const std::set<std::string>& Follower::relatives(const std::string& path) const {
    static const std::set<std::string> none;
    const auto found = families_.find(family_of(path));
    return found == families_.end() ? none : found->second;
}

void Follower::note_denied(const std::string& path) {
    if (denied_.size() >= kFilesMax || !denied_.insert(path).second) return;
    context_.counters.number("vedette_files_denied", "source=\"" + context_.name + "\"") =
        denied_.size();
    base::log::warn("files.no_rights", {{"path", path}});
}

}  // namespace vedette::source::file
