// SPDX-License-Identifier: Apache-2.0
#include "bench/load.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "base/http_client.h"
#include "bench/process_info.h"

namespace vedette::bench {

namespace {

using base::Result;
using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

struct Load {
    const LoadOptions& options;
    const std::vector<std::string>& lines;
    std::uint16_t port;
    std::atomic<std::uint64_t> next{0};
    SteadyClock::time_point begin = SteadyClock::now();
    std::mutex mutex = {};
    LoadResult result = {};
};

/// One request's body: `_bulk` pairs for JSON, plain lines for syslog.
std::string body_of(const Load& load, std::uint64_t begin, std::uint64_t count) {
    std::string body;
    for (std::uint64_t i = begin; i < begin + count; ++i) {
        if (load.options.is_json) body += "{\"create\":{}}\n";
        body += load.lines[i % load.lines.size()];
        body += '\n';
    }
    return body;
}

/// Waits until the rate that was asked for allows the events up to `index`.
void wait_for_turn(const Load& load, std::uint64_t index) {
    if (load.options.events_per_second <= 0) return;
    const double due_s = static_cast<double>(index) / load.options.events_per_second;
    const double early_s = due_s - seconds_since(load.begin);
    if (early_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(early_s));
}

void send_until_taken(Load& load, base::HttpClient& client,
                      const base::HttpClientRequest& request) {
    for (;;) {
        const auto sent = SteadyClock::now();
        const auto answer = client.send(request);
        const bool is_taken = answer && answer->head.status / 100 == 2;
        {
            const std::lock_guard lock(load.mutex);
            if (is_taken) {
                load.result.acknowledged_ms.push_back(seconds_since(sent) * 1e3);
                return;
            }
            ++load.result.refused;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

void send_share(Load& load) {
    base::HttpClient client({"", "127.0.0.1", load.port});
    const LoadOptions& options = load.options;
    for (;;) {
        const std::uint64_t index = load.next.fetch_add(options.events_per_request);
        if (index >= options.events) return;
        const std::uint64_t count =
            std::min<std::uint64_t>(options.events_per_request, options.events - index);
        const std::string body = body_of(load, index, count);
        wait_for_turn(load, index);
        base::HttpClientRequest request;
        request.method = "POST";
        request.target = options.is_json ? "/bench/_bulk" : "/ingest/bench?format=syslog";
        request.headers = {{"Content-Type", "application/x-ndjson"}};
        request.body = {body};
        send_until_taken(load, client, request);
    }
}

bool write_all(int fd, const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = ::write(fd, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}

bool read_all(int fd, void* data, std::size_t size) {
    char* at = static_cast<char*>(data);
    while (size > 0) {
        const ssize_t count = ::read(fd, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        at += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

/// What the made process does: waits for the port, sends, tells what it saw.
[[noreturn]] void run_senders(const LoadOptions& options, const std::vector<std::string>& lines,
                              int in, int out) {
    std::uint16_t port = 0;
    if (!read_all(in, &port, sizeof port)) ::_exit(0);  // not wanted any more
    Load load{options, lines, port};
    std::vector<std::thread> senders;
    for (int i = 0; i < options.connections; ++i) senders.emplace_back([&] { send_share(load); });
    for (std::thread& sender : senders) sender.join();
    std::vector<double>& ms = load.result.acknowledged_ms;
    std::sort(ms.begin(), ms.end());
    const std::uint64_t head[] = {load.result.refused, cpu_ns(::getpid()), ms.size()};
    const bool is_told =
        write_all(out, head, sizeof head) && write_all(out, ms.data(), ms.size() * sizeof ms[0]);
    ::_exit(is_told ? 0 : 1);
}

}  // namespace

double LoadResult::percentile(double share) const {
    if (acknowledged_ms.empty()) return 0;
    return acknowledged_ms[static_cast<std::size_t>(
        share * static_cast<double>(acknowledged_ms.size() - 1))];
}

Result<LoadProcess> LoadProcess::prepare(const LoadOptions& options,
                                         const std::vector<std::string>& lines) {
    int to_child[2], from_child[2];
    if (::pipe2(to_child, O_CLOEXEC) != 0) return base::fail_errno("cannot make a pipe", "senders");
    if (::pipe2(from_child, O_CLOEXEC) != 0) {
        return base::fail_errno("cannot make a pipe", "senders");
    }
    LoadProcess process;
    process.pid_ = ::fork();
    if (process.pid_ < 0) return base::fail_errno("cannot fork", "senders");
    if (process.pid_ == 0) {
        ::close(to_child[1]);
        ::close(from_child[0]);
        run_senders(options, lines, to_child[0], from_child[1]);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    process.to_child_ = to_child[1];
    process.from_child_ = from_child[0];
    return process;
}

LoadProcess::LoadProcess(LoadProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      to_child_(std::exchange(other.to_child_, -1)),
      from_child_(std::exchange(other.from_child_, -1)) {}

LoadProcess::~LoadProcess() {
    if (to_child_ >= 0) ::close(to_child_);
    if (from_child_ >= 0) ::close(from_child_);
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

Result<void> LoadProcess::start(std::uint16_t port) {
    if (write_all(to_child_, &port, sizeof port)) return {};
    return base::fail_errno("the senders are gone", "senders");
}

Result<LoadResult> LoadProcess::finish() {
    std::uint64_t head[3] = {};
    LoadResult result;
    bool is_whole = read_all(from_child_, head, sizeof head);
    if (is_whole) {
        result.refused = head[0];
        result.cpu_ns = head[1];
        result.acknowledged_ms.resize(head[2]);
        is_whole = read_all(from_child_, result.acknowledged_ms.data(), head[2] * sizeof(double));
    }
    if (!is_whole) return base::fail(base::ErrorCode::io, "the senders died");
    return result;
}

}  // namespace vedette::bench
