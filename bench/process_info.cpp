// SPDX-License-Identifier: Apache-2.0
#include "bench/process_info.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "base/json_text.h"
#include "bench/bench_data.h"

namespace vedette::bench {

namespace {

/// The value of a line "key: value" or "key\t: value" of a /proc file.
std::string proc_value(const std::string& path, const std::string& key) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(key)) continue;
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
        return begin == std::string::npos ? "" : line.substr(begin);
    }
    return {};
}

}  // namespace

std::uint64_t peak_memory_mib(pid_t pid) {
    const std::string text = proc_value(fmt::format("/proc/{}/status", pid), "VmHWM");
    return std::strtoull(text.c_str(), nullptr, 10) / 1024;
}

std::uint64_t resident_bytes() {
    const std::string text = proc_value("/proc/self/status", "VmRSS");
    return std::strtoull(text.c_str(), nullptr, 10) * 1024;
}

std::uint64_t peak_memory_bytes() {
    const std::string text = proc_value("/proc/self/status", "VmHWM");
    return std::strtoull(text.c_str(), nullptr, 10) * 1024;
}

void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::uint64_t cpu_ns(pid_t pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) return 0;
    std::istringstream fields(text.substr(after_name + 2));
    std::string field;
    std::uint64_t ticks = 0;
    // utime and stime are the 14th and 15th fields of the line, the 12th and 13th after the name.
    for (int i = 1; i <= 13 && fields >> field; ++i) {
        if (i >= 12) ticks += std::strtoull(field.c_str(), nullptr, 10);
    }
    return ticks * (1'000'000'000ull / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

std::uint64_t open_files(pid_t pid) {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator entry(fmt::format("/proc/{}/fd", pid), error), end;
         !error && entry != end; entry.increment(error)) {
        ++count;
    }
    return count;
}

std::string machine_json() {
    std::string out = "\"machine\":";
    base::append_json_string(out, machine_name());
    out += fmt::format(",\"cores\":{},\"commit\":", std::thread::hardware_concurrency());
    base::append_json_string(out, commit_name());
    return out;
}

}  // namespace vedette::bench
