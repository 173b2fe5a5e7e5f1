// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/scan_program.h"

#include <algorithm>
#include <cstring>

#include "parse/user_made/limits.h"
#include "parse/user_made/scan_compiler.h"

namespace vedette::parse::user_made {

std::optional<ScanProgram> ScanProgram::compile(std::string_view pattern) {
    return ScanCompiler(pattern).compile();
}

bool ScanProgram::match(std::string_view text, std::string_view* groups,
                        std::size_t* stopped_at) const {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* at = begin;
    const auto fail_here = [&] {
        if (stopped_at != nullptr) *stopped_at = static_cast<std::size_t>(at - begin);
        return false;
    };
    for (std::size_t i = 0; i < group_count_; ++i) groups[i] = {};
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Step& step = steps_[i];
        const auto left = static_cast<std::size_t>(end - at);
        switch (step.code) {
            case Code::literal:
                if (left < step.b || std::memcmp(at, text_.data() + step.a, step.b) != 0)
                    return fail_here();
                at += step.b;
                break;
            case Code::run: {
                const std::array<bool, 256>& table = tables_[step.a];
                const char* const stop = left > step.max ? at + step.max : end;
                const char* next = at;
                while (next != stop && table[static_cast<unsigned char>(*next)]) ++next;
                if (static_cast<std::size_t>(next - at) < step.min) return fail_here();
                at = next;
                break;
            }
            case Code::run_until: {
                const void* const found =
                    left == 0 ? nullptr : std::memchr(at, static_cast<int>(step.a), left);
                const char* const next = found == nullptr ? end : static_cast<const char*>(found);
                if (static_cast<std::size_t>(next - at) < step.min) return fail_here();
                at = next;
                break;
            }
            case Code::find: {
                if (left < step.min) return fail_here();
                const std::string_view wanted(text_.data() + step.a, step.b);
                const std::size_t found = std::string_view(at, left).find(wanted, step.min);
                if (found == std::string_view::npos) return fail_here();
                const std::array<bool, 256>& table = tables_[step.c];
                for (std::size_t j = 0; j < found; ++j) {
                    if (!table[static_cast<unsigned char>(at[j])]) return fail_here();
                }
                at += found;
                break;
            }
            case Code::open: groups[step.a] = std::string_view(at, at); break;
            case Code::close:
                groups[step.a] = {groups[step.a].data(),
                                  static_cast<std::size_t>(at - groups[step.a].data())};
                break;
            case Code::option:
                if (left == 0 || !tables_[step.a][static_cast<unsigned char>(*at)]) i = step.b - 1;
                break;
            case Code::end:
                if (left != 0) return fail_here();
                break;
        }
    }
    return true;
}

}  // namespace vedette::parse::user_made
