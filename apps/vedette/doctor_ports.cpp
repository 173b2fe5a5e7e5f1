// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/doctor_ports.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vedette::apps {

namespace {

namespace fs = std::filesystem;

/// The inode of the socket that listens on a port, as the kernel's table names it.
std::optional<std::string> listening_inode(const char* table, std::uint16_t port) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);  // names of the columns
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
            timeout >> inode;
        const std::size_t colon = local.rfind(':');
        if (state != "0A" || colon == std::string::npos) continue;
        unsigned value = 0;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), value, 16);
        if (value == port) return inode;
    }
    return std::nullopt;
}

bool holds_socket(const fs::path& process, const std::string& link) {
    std::error_code error;
    for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
         fd.increment(error)) {
        std::error_code unreadable;
        if (fs::read_symlink(fd->path(), unreadable) == link) return true;
    }
    return false;
}

std::string name_of(const fs::path& process) {
    std::ifstream in(process / "comm");
    std::string name;
    std::getline(in, name);
    return name;
}

std::uint16_t port_of(const std::string& address) {
    std::uint16_t port = 0;
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return 0;
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    return port;
}

}  // namespace

std::optional<PortHolder> holder_of_port(const std::string& address) {
    const std::uint16_t port = port_of(address);
    auto inode = listening_inode("/proc/net/tcp", port);
    if (!inode) inode = listening_inode("/proc/net/tcp6", port);
    if (!inode) return std::nullopt;
    const std::string link = "socket:[" + *inode + "]";
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (!holds_socket(entry->path(), link)) continue;
        return PortHolder{static_cast<pid_t>(std::stol(name)), name_of(entry->path())};
    }
    return PortHolder{};
}

}  // namespace vedette::apps
