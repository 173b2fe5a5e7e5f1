// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace vedette::base {

/// The closed list of ways an operation can fail. Programs map it to exit codes and HTTP statuses.
enum class ErrorCode {
    bad_input,    ///< what a person or program gave us cannot be used
    not_found,    ///< the thing named does not exist
    io,           ///< the operating system refused a read, write or connection
    limit,        ///< a stated bound was reached
    timeout,      ///< it took longer than allowed
    unavailable,  ///< a part we need is not up; trying again may help
    corrupt,      ///< stored bytes are not what we wrote
    denied,       ///< rights are missing
    unsupported,  ///< understood, but not something we do
    cancelled,    ///< we were asked to stop
};

/// The word used for a code in logs, JSON and metrics, e.g. "bad_input".
std::string_view name(ErrorCode code);

/// A failed operation, told to a human: what happened, where, and what to do about it.
struct Error {
    ErrorCode code = ErrorCode::io;
    std::string text;           ///< what happened, one sentence without full stop
    std::string where;          ///< file:line:column, path, URL or rule; may be empty
    std::string hint;           ///< what the human can do; may be empty
    bool is_retryable = false;  ///< the same call may succeed later

    /// "where: text (hint)", for terminals and logs.
    std::string message() const;
};

/// Value or Error. The only way an operation reports failure (docs/decisions/0003).
template <typename T>
using Result = tl::expected<T, Error>;

/// Builds the failing side of a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string text, std::string where = {},
                                  std::string hint = {}) {
    return tl::unexpected<Error>(
        Error{code, std::move(text), std::move(where), std::move(hint),
              code == ErrorCode::unavailable || code == ErrorCode::timeout});
}

/// The failing side of a Result for the current errno.
tl::unexpected<Error> fail_errno(std::string_view action, std::string_view where);

}  // namespace vedette::base

#define VD_CONCAT_INNER(a, b) a##b
#define VD_CONCAT(a, b) VD_CONCAT_INNER(a, b)

/// VD_TRY(auto x, call()): x is the value, or the enclosing function returns the error.
#define VD_TRY(declaration, ...) \
    VD_TRY_NAMED(VD_CONCAT(vd_try_, __COUNTER__), declaration, __VA_ARGS__)
#define VD_TRY_NAMED(name, declaration, ...)                                         \
    auto name = (__VA_ARGS__);                                                       \
    if (!name) return tl::unexpected<vedette::base::Error>(std::move(name).error()); \
    declaration = std::move(*name)

/// VD_TRY_DO(call()): for Result<void>, or where the value is not wanted.
#define VD_TRY_DO(...)                                                                   \
    do {                                                                                 \
        auto vd_try_done = (__VA_ARGS__);                                                \
        if (!vd_try_done)                                                                \
            return tl::unexpected<vedette::base::Error>(std::move(vd_try_done).error()); \
    } while (false)
