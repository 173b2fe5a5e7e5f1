// SPDX-License-Identifier: Apache-2.0
// Any bytes as a YARA rule file: compiled in this process with the checks of the worker; what loads
// is held against a few bytes, saved, and loaded again. Then as what a worker may say.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "rule/yara/compiler.h"
#include "rule/yara/scanner.h"
#include "rule/yara/source_text.h"

namespace {

using namespace vedette;
using namespace vedette::rule::yara;

void check_pieces(const std::string& text) {
    std::size_t end = 0;
    for (const Piece& piece : pieces_of(text)) {
        VD_CHECK(piece.begin >= end && piece.end >= piece.begin && piece.end <= text.size());
        end = piece.end;
    }
}

/// Every rule that we see is in force or named.
void check_that_none_is_lost(const std::string& text, const Compilation& made) {
    if (text.find('\0') != std::string::npos) return;
    for (const Piece& piece : pieces_of(text)) {
        if (piece.kind != Piece::Kind::rule) continue;
        const auto is_it = [&](const auto& rule) { return rule.name == piece.name; };
        const bool is_in_force = std::any_of(made.rules.begin(), made.rules.end(), is_it);
        const bool is_named =
            std::any_of(made.problems.begin(), made.problems.end(),
                        [&](const Problem& problem) { return problem.rule == piece.name; });
        VD_CHECK(is_in_force || is_named);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_pieces(text);
    const auto made = compile({{"r.yar", text}});
    VD_CHECK(made.has_value());
    check_that_none_is_lost(text, *made);
    const auto again = decode_compilation(encode(*made));
    VD_CHECK(again.has_value() && again->rules.size() == made->rules.size());
    static_cast<void>(decode_compilation(text));
    static_cast<void>(decode_file_matches(text, 3));
    if (made->rules.empty()) return 0;
    auto scanner = Scanner::load(made->compiled);
    VD_CHECK(scanner.has_value());
    const auto matches = scanner->scan(
        "MZ\x7F"
        "ELF abc eval(base64_decode( /dev/tcp/ 12345",
        "/tmp/a.php", 1);
    if (!matches) return 0;
    const auto told = decode_file_matches(encode(*matches), made->rules.size());
    VD_CHECK(told.has_value() && *told == *matches);
    return 0;
}
