// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// What the program says of itself, as lines `time level dotted.name key=value ...` on standard
/// error. Never event content, never secrets; an error means a human must act. Each name is limited
/// to kLogLinesPerNameAndMinute, and the lines held back are counted in the next one that passes.
namespace vedette::base::log {

/// A value of a log line; numbers and booleans become text.
struct Value {
    std::string text;
    Value(std::string_view value) : text(value) {}    // NOLINT(google-explicit-constructor)
    Value(const std::string& value) : text(value) {}  // NOLINT(google-explicit-constructor)
    Value(const char* value) : text(value) {}         // NOLINT(google-explicit-constructor)
    template <typename Number>                        // NOLINTNEXTLINE(google-explicit-constructor)
    requires std::is_arithmetic_v<Number> Value(Number value)  // bool too
        : text(std::to_string(value)) {}
};
using Fields = std::initializer_list<std::pair<std::string_view, Value>>;

enum class Level { debug, info, warn, error };

/// Lines below `level` are dropped. Default: info.
void set_level(Level level);

void debug(std::string_view name, Fields fields = {});
void info(std::string_view name, Fields fields = {});
void warn(std::string_view name, Fields fields = {});
void error(std::string_view name, Fields fields = {});

}  // namespace vedette::base::log
