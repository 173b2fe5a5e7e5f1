// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_data.h"

#include <cstdio>
#include <fstream>
#include <utility>

#include "base/compressed.h"
#include "base/time.h"
#include "event/framer.h"

namespace vedette::bench {

base::Result<std::string> read_data(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return base::fail_errno("cannot open", path);
    std::string out;
    const auto sink = [&](std::string_view bytes) -> base::Result<void> {
        out.append(bytes);
        return {};
    };
    base::Decompressor decompressor;
    std::vector<char> block(1 << 20);
    while (in) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        VD_TRY_DO(decompressor.feed({block.data(), static_cast<std::size_t>(in.gcount())}, sink));
    }
    VD_TRY_DO(decompressor.finish(sink));
    return out;
}

std::vector<std::shared_ptr<const event::Chunk>> chunks_of(std::string_view bytes,
                                                           const event::FormatDeclaration& format) {
    std::vector<std::shared_ptr<const event::Chunk>> chunks;
    const auto framer = event::make_framer(format.framing);
    event::Chunk chunk;
    const auto hand_on = [&] {
        if (chunk.record_count() == 0) return;
        chunk.envelope.source = "bench";
        chunk.envelope.origin = "data";
        chunk.envelope.format = format.name;
        chunk.envelope.format_version = format.version;
        chunk.envelope.arrival = base::SystemClock().now();
        chunks.push_back(std::make_shared<const event::Chunk>(std::exchange(chunk, {})));
    };
    while (!bytes.empty()) {
        bytes.remove_prefix(framer->feed(bytes, chunk));
        if (!bytes.empty()) hand_on();
    }
    while (!framer->finish(chunk)) hand_on();
    hand_on();
    return chunks;
}

std::string machine_name() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    }
    return "unknown";
}

std::string commit_name() {
    std::string out;
    if (FILE* const pipe = ::popen("git rev-parse --short HEAD 2>/dev/null", "r")) {
        char buffer[64];
        if (std::fgets(buffer, sizeof buffer, pipe) != nullptr) out = buffer;
        ::pclose(pipe);
    }
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out.empty() ? "unknown" : out;
}

}  // namespace vedette::bench
