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

    /// Adds files with rotated names of `known` paths.
    void add_rotated(const std::set<std::string>& known) {
        std::map<std::string, std::set<std::string, std::less<>>> names_by_folder;
        for (const std::string& path : known) {
            const std::size_t slash = path.rfind('/');
            names_by_folder[path.substr(0, slash)].insert(path.substr(slash + 1));
        }
        for (const auto& [folder, names] : names_by_folder) {
            for (const Entry& entry : list(folder)) {
                if (has_rotated_form(names, entry.name)) take(folder + "/" + entry.name, false);
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

    static bool has_rotated_form(const std::set<std::string, std::less<>>& names,
                                 std::string_view name) {
        for (std::size_t end = name.find_last_of(".-_"); end != std::string_view::npos && end > 0;
             end = name.find_last_of(".-_", end - 1)) {
            if (names.find(name.substr(0, end)) != names.end()) return true;
        }
        return false;
    }

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

bool is_rotated_name(std::string_view base, std::string_view name) {
    return name.size() > base.size() && name.substr(0, base.size()) == base &&
           std::string_view(".-_").find(name[base.size()]) != std::string_view::npos;
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

bool PathPatterns::is_excluded(const std::string& path) const {
    return std::any_of(excluded_.begin(), excluded_.end(),
                       [&](const std::string& pattern) { return path_fits(pattern, path); });
}

std::vector<Seen> PathPatterns::look(
    const std::set<std::string>& known_paths,
    const std::function<void(const std::string& path)>& on_denied) const {
    Walk walk(*this, on_denied);
    for (const std::string& pattern : wanted_) {
        const std::vector<std::string> parts = components(pattern);
        if (!parts.empty()) walk.follow(parts, 0, "", 0);
    }
    walk.add_rotated(known_paths);
    return walk.result();
}

}  // namespace vedette::source::file
