// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_data.h"

#include <cstdio>
#include <fstream>

#include "base/compressed.h"
#include "base/time.h"
#include "event/limits.h"

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

std::vector<std::shared_ptr<const event::Chunk>> chunks_of_lines(std::string_view bytes,
                                                                 const std::string& format) {
    std::vector<std::shared_ptr<const event::Chunk>> chunks;
    std::shared_ptr<event::Chunk> chunk;
    std::uint64_t line = 0;
    for (std::size_t at = 0; at < bytes.size(); ++line) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        if (!chunk || chunk->bytes.size() + (end - at) > event::kChunkBytesMax ||
            chunk->record_count() == event::kChunkRecordsMax) {
            chunk = std::make_shared<event::Chunk>();
            chunk->envelope.source = "bench";
            chunk->envelope.origin = "data";
            chunk->envelope.format = format;
            chunk->envelope.arrival = base::SystemClock().now();
            chunk->envelope.first_line = line;
            chunks.push_back(chunk);
        }
        chunk->add_record(bytes.substr(at, end - at));
        at = end + 1;
    }
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
