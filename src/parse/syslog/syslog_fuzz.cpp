// SPDX-License-Identifier: Apache-2.0
// Every line format, alone and inside syslog: the first byte chooses one, the rest is cut into
// lines.

#include <array>
#include <cstddef>
#include <cstdint>

#include "parse/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    static const parse::Registry registry = [] {
        parse::Registry all;
        parse::register_all(all);
        return all;
    }();
    static constexpr std::array<std::string_view, 4> kFormats = {"syslog", "sshd", "sudo", "text"};
    if (size == 0) return 0;
    event::FieldDictionary fields;
    parse::Parser parser(registry, fields);
    event::Batch batch(fields);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = kFormats[data[0] % kFormats.size()];
    chunk->envelope.arrival = {1'700'000'000 * base::kNsPerSecond};
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        chunk->add_record(text.substr(at, end - at));
        at = end + 1;
    }
    const auto verify = [](event::Batch& full) { full.verify(); };
    parser.parse(chunk, 0, batch, 7, verify);
    parser.finish(batch);
    batch.verify();
    return 0;
}
