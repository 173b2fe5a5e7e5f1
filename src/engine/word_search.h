// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::engine {

/// Whether bytes hold a word: in any case (of ASCII), not within a longer one (letters, digits and
/// `_` make words), or as the UTF-16 of Windows. In binary data the length of a text may stand
/// right before it and look like a letter: that is no longer word.
bool contains_word(std::string_view bytes, std::string_view word);

/// Paths, relative to the folder and in order, of all files below it that hold the word.
/// Files that go while it looks are passed over.
/// Errors: io; cancelled once `is_stopping` says so.
/// Cost: reads everything once, 4 MiB at a time.
base::Result<std::vector<std::string>> files_with_word(const std::string& folder,
                                                       std::string_view word,
                                                       const std::function<bool()>& is_stopping);

}  // namespace vedette::engine
