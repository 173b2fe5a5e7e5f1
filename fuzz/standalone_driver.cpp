// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over seed files without libFuzzer, so that ordinary tests keep every old crash
// from coming back.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size());
            // Every prefix of a seed is a truncated input, the commonest damage of all.
            const std::size_t step = bytes.size() / 64 + 1;
            for (std::size_t cut = 0; cut < bytes.size(); cut += step) {
                LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), cut);
            }
            ++count;
        }
    }
    std::printf("%zu seeds\n", count);
    return count == 0 ? 1 : 0;
}
