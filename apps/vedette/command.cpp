// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace vedette::apps {

int report(const base::Error& error) {
    std::fprintf(stderr, "vedette: %s\n", error.message().c_str());
    return kExitError;
}

std::string default_data_folder() {
    if (const char* set = std::getenv("VEDETTE_DATA")) return set;
    if (::geteuid() == 0) return "/var/lib/vedette";
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : ".") + "/.local/share/vedette";
}

void add_data_option(CLI::App& command, std::string& data_folder, const std::string& help) {
    CLI::Option* option =
        command.add_option("--data", data_folder, help)->transform([](const std::string& path) {
            return std::filesystem::absolute(path).lexically_normal().string();
        });
    if (!data_folder.empty()) option->capture_default_str();
}

bool wants_colour() { return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

int terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 100;
}

}  // namespace vedette::apps
