// SPDX-License-Identifier: Apache-2.0
#include "engine/upgrade/snapshot.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "engine/pipeline.h"
#include "store/state/sqlite.h"
#include "store/state/state_copy.h"

namespace vedette::engine::upgrade {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kSnapshotFile = "snapshot";
constexpr std::string_view kUnfinished = ".unfinished";
constexpr std::string_view kStateFile = "state.sqlite";
constexpr std::string_view kEngineFolder = "store/engine";
constexpr std::string_view kJournalFolder = "journal";
constexpr std::uint64_t kSnapshotFileBytesMax = 4'096;
constexpr std::size_t kNameBytesMax = 200;

auto corrupt() {
    return base::fail(ErrorCode::corrupt, "this is no snapshot of an upgrade",
                      std::string(kSnapshotFile), "remove its folder");
}

Result<void> failed(const std::error_code& error, std::string_view what, const std::string& where) {
    if (!error) return {};
    return base::fail(error == std::errc::no_space_on_device ? ErrorCode::limit : ErrorCode::io,
                      std::string(what) + ": " + error.message(), where,
                      error == std::errc::no_space_on_device ? "free some space" : "");
}

/// A folder of a part is named partition_first_last_level; no other folder of the engine is.
bool is_part(const std::string& name) {
    const auto underscores = std::count(name.begin(), name.end(), '_');
    return underscores >= 3 && name.find_first_not_of("0123456789_") == std::string::npos;
}

/// Copies a tree of the engine: links as links, files of parts as second names, others as copies.
Result<void> copy_tree(const std::string& from, const std::string& to, bool is_in_part) {
    std::error_code error;
    fs::create_directories(to, error);
    VD_TRY_DO(failed(error, "cannot make the folder", to));
    for (fs::directory_iterator entry(from, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const std::string source = entry->path().string(), target = to + "/" + name;
        const fs::file_status status = entry->symlink_status(error);
        if (error) break;
        if (fs::is_symlink(status)) {
            fs::copy_symlink(source, target, error);
        } else if (fs::is_directory(status)) {
            VD_TRY_DO(copy_tree(source, target, is_in_part || is_part(name)));
        } else if (fs::is_regular_file(status)) {
            if (is_in_part) fs::create_hard_link(source, target, error);
            if (!is_in_part || error) {
                error.clear();
                fs::copy_file(source, target, error);
            }
        }
        VD_TRY_DO(failed(error, "cannot copy", source));
    }
    return failed(error, "cannot list", from);
}

Result<void> sync_file_system(base::Files& files, const std::string& folder) {
    // One call for thousands of files.
    ::sync();
    return files.sync_folder(folder);
}

journal::Offset first_of(const std::string& segment) {
    return std::strtoull(segment.c_str(), nullptr, 10);
}

Result<std::vector<std::string>> segments_of(base::Files& files, const std::string& folder) {
    if (!files.size_bytes(folder)) return std::vector<std::string>();
    VD_TRY(std::vector<std::string> names, files.list(folder));
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".seg"); });
    return names;
}

Result<void> hold_segments(base::Files& files, const std::string& data_folder,
                           const std::string& target, journal::Offset known_to) {
    const std::string folder = data_folder + "/" + std::string(kJournalFolder);
    VD_TRY(const std::vector<std::string> names, segments_of(files, folder));
    VD_TRY_DO(files.make_folders(target));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool is_known = i + 1 < names.size() && first_of(names[i + 1]) - 1 <= known_to;
        if (is_known) continue;
        std::error_code error;
        fs::create_hard_link(folder + "/" + names[i], target + "/" + names[i], error);
        VD_TRY_DO(failed(error, "cannot hold", names[i]));
    }
    return {};
}

/// The state's own words, of whatever schema: the table is as old as the file.
Result<journal::Offset> applied(const std::string& state, std::string_view view) {
    VD_TRY(auto connection,
           store::SqliteConnection::open(state, store::SqliteConnection::Mode::read));
    VD_TRY(auto query, connection.statement("SELECT journal_offset FROM applied WHERE view = ?"));
    query.add(view);
    VD_TRY(const bool has_row, query.step());
    return has_row ? query.count(0) : 0;
}

std::string folder_of(const std::string& data_folder, const std::string& name) {
    return data_folder + "/" + std::string(kSnapshotsFolder) + "/" + name;
}

/// What was being taken when its program was killed.
Result<void> forget_unfinished(base::Files& files, const std::string& data_folder) {
    const std::string folder = data_folder + "/" + std::string(kSnapshotsFolder);
    if (!files.size_bytes(folder)) return {};
    VD_TRY(const std::vector<std::string> names, files.list(folder));
    for (const std::string& name : names) {
        if (name.ends_with(kUnfinished)) VD_TRY_DO(remove_snapshot(data_folder, name));
    }
    return {};
}

/// Whether the snapshot's segments and the journal's follow each other.
bool are_contiguous(const std::vector<std::string>& held, const std::vector<std::string>& present) {
    if (held.empty() || present.empty()) return true;
    return std::find(held.begin(), held.end(), present.front()) != held.end() ||
           first_of(present.front()) <= first_of(held.front());
}

std::string lines_of(const Snapshot& snapshot) {
    return fmt::format("from {} {} {}\nto {} {} {}\ntaken {}\njudged {}\nstored {}\n",
                       snapshot.from.folder, snapshot.from.state, snapshot.from.store,
                       snapshot.to.folder, snapshot.to.state, snapshot.to.store,
                       base::format_rfc3339(snapshot.taken, 9), snapshot.judged_to,
                       snapshot.stored_to);
}

/// Blank-separated words of the line that begins with `key`; the text goes on behind it.
template <std::size_t Count>
bool take_line(std::string_view& text, std::string_view key,
               std::array<std::string_view, Count>& words) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(key)) return false;
    std::string_view line = text.substr(key.size(), end - key.size());
    text.remove_prefix(end + 1);
    for (std::string_view& word : words) {
        if (!line.starts_with(' ')) return false;
        line.remove_prefix(1);
        word = line.substr(0, line.find(' '));
        line.remove_prefix(word.size());
    }
    return line.empty();
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc() && end == text.data() + text.size();
}

bool read_versions_of(const std::array<std::string_view, 3>& words, Versions& out) {
    return read_number(words[0], out.folder) && read_number(words[1], out.state) &&
           read_number(words[2], out.store);
}

}  // namespace

std::string encode(const Snapshot& snapshot) {
    return "vedette snapshot 1\nname " + snapshot.name + "\n" + lines_of(snapshot);
}

Result<Snapshot> decode_snapshot(std::string_view text) {
    Snapshot snapshot;
    std::array<std::string_view, 1> one;
    std::array<std::string_view, 3> three;
    if (!take_line(text, "vedette snapshot", one) || one[0] != "1") return corrupt();
    if (!take_line(text, "name", one) || one[0].empty() || one[0].size() > kNameBytesMax ||
        one[0].find_first_not_of("abcdefghijklmnopqrstuvwxyzTZ0123456789-.") !=
            std::string_view::npos ||
        one[0].find("..") != std::string_view::npos) {
        return corrupt();
    }
    snapshot.name = one[0];
    if (!take_line(text, "from", three) || !read_versions_of(three, snapshot.from) ||
        !take_line(text, "to", three) || !read_versions_of(three, snapshot.to) ||
        !take_line(text, "taken", one)) {
        return corrupt();
    }
    const auto taken = base::parse_rfc3339(one[0]);
    if (!taken || base::format_rfc3339(*taken, 9) != one[0]) return corrupt();
    snapshot.taken = *taken;
    if (!take_line(text, "judged", one) || !read_number(one[0], snapshot.judged_to) ||
        !take_line(text, "stored", one) || !read_number(one[0], snapshot.stored_to) ||
        !text.empty()) {
        return corrupt();
    }
    return snapshot;
}

Result<Snapshot> take_snapshot(base::Files& files, const std::string& data_folder,
                               const Versions& from, const Versions& to, base::Timestamp now) {
    Snapshot snapshot;
    snapshot.from = from;
    snapshot.to = to;
    snapshot.taken = now;
    std::string stamp = base::format_rfc3339(now, 9);
    std::replace(stamp.begin(), stamp.end(), ':', '-');
    snapshot.name = fmt::format("{}.{}.{}-{}", from.folder, from.state, from.store, stamp);
    const std::string unfinished = folder_of(data_folder, snapshot.name) + std::string(kUnfinished);
    VD_TRY_DO(forget_unfinished(files, data_folder));
    VD_TRY_DO(files.make_folders(unfinished));
    const std::string state = data_folder + "/" + std::string(kStateFile);
    if (files.size_bytes(state)) {
        VD_TRY_DO(store::copy_state(state, unfinished + "/" + std::string(kStateFile)));
        if (from.state > 0) {
            VD_TRY(snapshot.judged_to, applied(state, kFindingsView));
            VD_TRY(snapshot.stored_to, applied(state, kStoreView));
        }
    }
    const std::string engine = data_folder + "/" + std::string(kEngineFolder);
    if (files.size_bytes(engine)) {
        VD_TRY_DO(copy_tree(engine, unfinished + "/" + std::string(kEngineFolder), false));
    }
    VD_TRY_DO(hold_segments(files, data_folder, unfinished + "/" + std::string(kJournalFolder),
                            std::min(snapshot.judged_to, snapshot.stored_to)));
    VD_TRY_DO(files.replace(unfinished + "/" + std::string(kSnapshotFile), encode(snapshot)));
    VD_TRY_DO(sync_file_system(files, unfinished));
    VD_TRY_DO(files.rename(unfinished, folder_of(data_folder, snapshot.name)));
    VD_TRY_DO(files.sync_folder(data_folder + "/" + std::string(kSnapshotsFolder)));
    return snapshot;
}

Result<std::vector<Snapshot>> snapshots(base::Files& files, const std::string& data_folder) {
    std::vector<Snapshot> found;
    const std::string folder = data_folder + "/" + std::string(kSnapshotsFolder);
    if (!files.size_bytes(folder)) return found;
    VD_TRY(const std::vector<std::string> names, files.list(folder));
    for (const std::string& name : names) {
        if (name.ends_with(kUnfinished)) continue;
        VD_TRY(const std::string text,
               base::read_file(folder + "/" + name + "/" + std::string(kSnapshotFile),
                               kSnapshotFileBytesMax));
        VD_TRY(Snapshot snapshot, decode_snapshot(text));
        if (snapshot.name != name) return corrupt();
        found.push_back(std::move(snapshot));
    }
    std::sort(found.begin(), found.end(),
              [](const Snapshot& a, const Snapshot& b) { return a.taken > b.taken; });
    return found;
}

Result<void> put_back(base::Files& files, const std::string& data_folder,
                      const Snapshot& snapshot) {
    const std::string from = folder_of(data_folder, snapshot.name);
    const std::string state = data_folder + "/" + std::string(kStateFile);
    std::error_code error;
    // Before the file itself: a log of other pages beside it would be played into it.
    for (const char* log : {"-wal", "-shm", "-journal"}) fs::remove(state + log, error);
    const std::string held_state = from + "/" + std::string(kStateFile);
    if (files.size_bytes(held_state)) {
        const std::string beside = state + ".new";
        fs::remove(beside, error);
        fs::copy_file(held_state, beside, error);
        VD_TRY_DO(failed(error, "cannot copy", held_state));
        VD_TRY_DO(files.rename(beside, state));
    } else {
        fs::remove(state, error);
    }
    const std::string engine = data_folder + "/" + std::string(kEngineFolder);
    fs::remove_all(engine, error);
    VD_TRY_DO(failed(error, "cannot remove", engine));
    const std::string held_engine = from + "/" + std::string(kEngineFolder);
    if (files.size_bytes(held_engine)) VD_TRY_DO(copy_tree(held_engine, engine, false));
    const std::string journal = data_folder + "/" + std::string(kJournalFolder);
    VD_TRY(const auto held, segments_of(files, from + "/" + std::string(kJournalFolder)));
    VD_TRY(const auto present, segments_of(files, journal));
    if (are_contiguous(held, present)) {
        for (const std::string& name : held) {
            if (files.size_bytes(journal + "/" + name)) continue;
            fs::create_hard_link(from + "/" + std::string(kJournalFolder) + "/" + name,
                                 journal + "/" + name, error);
            VD_TRY_DO(failed(error, "cannot put back", name));
        }
    }
    return sync_file_system(files, data_folder);
}

Result<void> remove_snapshot(const std::string& data_folder, const std::string& name) {
    std::error_code error;
    std::string folder = folder_of(data_folder, name);
    if (!name.ends_with(kUnfinished)) {
        const std::string nameless = folder + std::string(kUnfinished);
        fs::remove_all(nameless, error);
        VD_TRY_DO(failed(error, "cannot remove", nameless));
        fs::rename(folder, nameless, error);
        VD_TRY_DO(failed(error, "cannot remove", folder));
        folder = nameless;
    }
    fs::remove_all(folder, error);
    return failed(error, "cannot remove", folder);
}

Result<std::vector<std::string>> snapshot_names(base::Files& files,
                                                const std::string& data_folder) {
    const std::string folder = data_folder + "/" + std::string(kSnapshotsFolder);
    if (!files.size_bytes(folder)) return std::vector<std::string>();
    return files.list(folder);
}

Result<journal::Offset> first_reachable(base::Files& files, const std::string& data_folder,
                                        const Snapshot& snapshot) {
    VD_TRY(const auto held, segments_of(files, folder_of(data_folder, snapshot.name) + "/" +
                                                   std::string(kJournalFolder)));
    VD_TRY(const auto present, segments_of(files, data_folder + "/" + std::string(kJournalFolder)));
    if (present.empty()) return held.empty() ? 1 : first_of(held.front());
    if (held.empty() || !are_contiguous(held, present)) return first_of(present.front());
    return std::min(first_of(held.front()), first_of(present.front()));
}

}  // namespace vedette::engine::upgrade
