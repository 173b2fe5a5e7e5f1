// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace vedette::apps {

/// What `replay`, `learn`, `rollback` and `subtract` share: they have the running server learn,
/// wait for it and show what came of it.
struct LearningClient {
    std::string data_folder;
    std::string format;  ///< table or json
};

inline constexpr char kLearnPath[] = "/api/analytics/learn";
inline constexpr char kSubtractPath[] = "/api/analytics/subtract";

/// The server's answer.   Errors: its own; unavailable where none runs.
base::Result<std::string> ask_learning(const LearningClient& client, const char* method,
                                       const char* path, std::string body = {});
/// Asks for it, waits until it is done and shows it.   Returns: the exit code.
int learn_and_show(const LearningClient& client, const char* path, std::string body);
/// Shows how far the last one is, or what came of it.   Returns: the exit code.
int show_learning(const LearningClient& client);

}  // namespace vedette::apps
