// SPDX-License-Identifier: Apache-2.0
#include "source/file/path_patterns.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "source/file/limits.h"

namespace vedette::source::file {

namespace {

std::vector<std::string> components(std::string_view path) {
    std::vector<std::string> out;
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), part.size() + 1));
        if (!part.empty()) out.emplace_back(part);
    }
    return out;
}

bool has_wildcard(std::string_view name) {
    return name.find_first_of("*?[") != std::string_view::npos;
}

bool name_fits(const std::string& pattern, const std::string& name) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

bool components_fit(const std::vector<std::string>& pattern, std::size_t p,
                    const std::vector<std::string>& path, std::size_t n) {
    for (; p < pattern.size(); ++p, ++n) {
        if (pattern[p] == "**") {
            for (std::size_t skip = n; skip <= path.size(); ++skip) {
                if (components_fit(pattern, p + 1, path, skip)) return true;
            }
            return false;
        }
        if (n >= path.size() || !name_fits(pattern[p], path[n])) return false;
    }
    return n == path.size();
}

std::optional<Seen> from_statx(const struct statx& info) {
    if (!S_ISREG(info.stx_mode)) return std::nullopt;
    const auto ns = [](const struct statx_timestamp& time) {
        return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
    };
    Seen seen;
    seen.identity.device = makedev(info.stx_dev_major, info.stx_dev_minor);
    seen.identity.inode = info.stx_ino;
    if ((info.stx_mask & STATX_BTIME) != 0) seen.identity.birth_ns = ns(info.stx_btime);
    seen.size_bytes = info.stx_size;
    seen.changed_ns = ns(info.stx_mtime);
    return seen;
}

constexpr unsigned int kWantedOfStat = STATX_BASIC_STATS | STATX_BTIME;

/// Numbers and dates, and what people and tools add to an old file.
bool is_rotation_mark(std::string_view text) {
    static constexpr std::string_view kWords[] = {"gz",  "zst", "zstd", "bz2", "xz",
                                                  "old", "bak", "save", "prev"};
    if (std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords)) return true;
    return !text.empty() && text.find_first_not_of("0123456789TZ:+") == std::string_view::npos &&
           text.find_first_of("0123456789") != std::string_view::npos;
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// One look: walks the patterns and remembers every folder it has read.
class Walk {
  public:
    Walk(const PathPatterns& patterns, const std::function<void(const std::string&)>& on_denied)
        : patterns_(patterns), on_denied_(on_denied) {}

    void follow(const std::vector<std::string>& parts, std::size_t at, const std::string& folder,
                int depth) {
        const bool is_last = at + 1 == parts.size();
        const std::string& part = parts[at];
        if (part == "**") {
            if (is_last) return;
            follow(parts, at + 1, folder, depth);
            if (depth >= kFolderDepthMax) return;
            for (const Entry& entry : list(folder)) {
                if (entry.is_folder && entry.name.front() != '.') {
                    follow(parts, at, folder + "/" + entry.name, depth + 1);
                }
            }
        } else if (!has_wildcard(part)) {
            const std::string path = folder + "/" + part;
            is_last ? take(path, true) : follow(parts, at + 1, path, depth);
        } else {
            for (const Entry& entry : list(folder)) {
                if (!name_fits(part, entry.name)) continue;
                const std::string path = folder + "/" + entry.name;
                is_last ? take(path, true) : follow(parts, at + 1, path, depth);
            }
        }
    }

    /// Adds the other members of families.
    void add_members(const std::set<std::string>& families) {
        std::set<std::string> folders;
        for (const std::string& family : families)
            folders.insert(family.substr(0, family.rfind('/')));
        for (const std::string& folder : folders) {
            for (const Entry& entry : list(folder)) {
                const std::string path = folder + "/" + entry.name;
                if (families.count(family_of(path)) > 0) take(path, false);
            }
        }
    }

    std::vector<Seen> result() {
        std::vector<Seen> out;
        for (auto& [path, seen] : found_) out.push_back(std::move(seen));
        // The same file by two names (links) is read once, under the first wanted one.
        std::stable_sort(out.begin(), out.end(),
                         [](const Seen& a, const Seen& b) { return a.is_wanted > b.is_wanted; });
        std::set<FileIdentity> known;
        out.erase(
            std::remove_if(out.begin(), out.end(),
                           [&](const Seen& seen) { return !known.insert(seen.identity).second; }),
            out.end());
        std::sort(out.begin(), out.end(),
                  [](const Seen& a, const Seen& b) { return a.path < b.path; });
        return out;
    }

  private:
    struct Entry {
        std::string name;
        bool is_folder;
    };

    const std::vector<Entry>& list(const std::string& folder) {
        const auto [place, is_new] = listed_.try_emplace(folder);
        if (!is_new) return place->second;
        const std::unique_ptr<DIR, CloseFolder> open(
            ::opendir(folder.empty() ? "/" : folder.c_str()));
        if (!open) {
            if (errno == EACCES || errno == EPERM) on_denied_(folder);
            return place->second;
        }
        while (const dirent* entry = ::readdir(open.get())) {
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..") continue;
            bool is_folder = entry->d_type == DT_DIR;
            if (entry->d_type == DT_UNKNOWN) {
                struct stat info {};
                const std::string path = folder + "/" + entry->d_name;
                is_folder = ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
            }
            place->second.push_back({std::string(name), is_folder});
        }
        std::sort(place->second.begin(), place->second.end(),
                  [](const Entry& a, const Entry& b) { return a.name < b.name; });
        return place->second;
    }

    void take(const std::string& path, bool is_wanted) {
        if (found_.count(path) > 0 || patterns_.is_excluded(path)) return;
        auto seen = look_at(path);
        if (!seen) {
            if (errno == EACCES || errno == EPERM) on_denied_(path);
            return;
        }
        seen->is_wanted = is_wanted;
        found_.emplace(path, std::move(*seen));
    }

    const PathPatterns& patterns_;
    const std::function<void(const std::string&)>& on_denied_;
    std::map<std::string, std::vector<Entry>> listed_;
    std::map<std::string, Seen> found_;
};

}  // namespace

bool path_fits(std::string_view pattern, std::string_view path) {
    return components_fit(components(pattern), 0, components(path), 0);
}

std::string family_of(std::string_view path) {
    const std::size_t name = path.rfind('/') + 1;
    for (;;) {
        const std::size_t dot = path.find_last_of(".-_");
        if (dot == std::string_view::npos || dot <= name) return std::string(path);
        if (!is_rotation_mark(path.substr(dot + 1))) return std::string(path);
        path = path.substr(0, dot);
    }
}

std::optional<Seen> look_at(const std::string& path) {
    struct statx info {};
    errno = 0;
    if (::statx(AT_FDCWD, path.c_str(), 0, kWantedOfStat, &info) != 0) return std::nullopt;
    auto seen = from_statx(info);
    if (seen) seen->path = path;
    return seen;
}

std::optional<Seen> look_at_open(int fd) {
    struct statx info {};
    if (::statx(fd, "", AT_EMPTY_PATH, kWantedOfStat, &info) != 0) return std::nullopt;
    return from_statx(info);
}

base::OwnedFd open_seen(const Seen& seen) {
    errno = 0;  // callers tell missing rights by it
    base::OwnedFd fd(::open(seen.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (fd.is_open()) {
        const auto now = look_at_open(fd.get());
        if (!now || now->identity != seen.identity) fd.reset();
    }
    return fd;
}

bool PathPatterns::is_excluded(const std::string& path) const {
    return std::any_of(excluded_.begin(), excluded_.end(),
                       [&](const std::string& pattern) { return path_fits(pattern, path); });
}

std::vector<Seen> PathPatterns::look(
    const std::set<std::string>& families,
    const std::function<void(const std::string& path)>& on_denied) const {
    Walk walk(*this, on_denied);
    for (const std::string& pattern : wanted_) {
        const std::vector<std::string> parts = components(pattern);
        if (!parts.empty()) walk.follow(parts, 0, "", 0);
    }
    walk.add_members(families);
    return walk.result();
}

}  // namespace vedette::source::file
