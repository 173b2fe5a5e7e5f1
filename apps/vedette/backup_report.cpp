// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/backup_report.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "apps/vedette/command.h"

namespace vedette::apps {

std::string human_bytes(std::uint64_t bytes) {
    constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
    double number = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (number >= 1'000 && unit + 1 < std::size(kUnits)) {
        number /= 1'000;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", number, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string plain_path(const std::string& path) {
    std::string plain = std::filesystem::absolute(path).lexically_normal().string();
    while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
    return plain;
}

int run_drill(const std::string& source, const std::string& scratch, int timeout_s, bool as_json) {
    const auto begin = std::chrono::steady_clock::now();
    const auto done = engine::backup::drill(source, scratch, timeout_s);
    if (!done) return report(done.error());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const engine::backup::Manifest& manifest = done->manifest;
    if (as_json) {
        fmt::print(
            "{{\"drill\":\"passed\",\"seconds\":{:.1f},\"files\":{},\"bytes\":{},"
            "\"journal_first\":{},\"journal_end\":{},\"replayed\":{},\"rows\":{},\"findings\":{},"
            "\"incidents\":{},\"export_sha256\":\"{}\"}}\n",
            seconds, manifest.files.size(), manifest.size_bytes(), manifest.journal_first,
            manifest.journal_end, done->replayed_records, done->rows, done->findings,
            done->incidents, done->export_sha256_hex);
        return kExitGood;
    }
    fmt::print(
        "drill passed in {:.1f} s: {} files ({}) restored and opened; records {} to {}, {} of them "
        "replayed; {} events, {} findings, {} incidents\n",
        seconds, manifest.files.size(), human_bytes(manifest.size_bytes()), manifest.journal_first,
        manifest.journal_end, done->replayed_records,
        manifest.store ? std::to_string(done->rows) : "no store, so no", done->findings,
        done->incidents);
    return kExitGood;
}

}  // namespace vedette::apps
