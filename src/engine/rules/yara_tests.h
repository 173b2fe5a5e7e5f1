// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::engine {

/// A file on which a YARA rule does not do what it should.
struct YaraTestFailure {
    std::string where;  ///< file:line:column of the test
    std::string rule;
    std::string file;    ///< what the file is called
    std::string wanted;  ///< "hit" or "miss"
    std::string text;    ///< what happened instead
};

struct YaraTests {
    std::size_t rules = 0;  ///< with files to be tried on
    std::size_t files = 0;
    std::vector<YaraTestFailure> failures;
    std::vector<std::pair<std::string, std::string>> untested;  ///< where, rule or why
};

/// Holds YARA rules against the files of `NAME.tests.yml` beside each `NAME.yar`:
/// `rule: {hit: [{name, text or base64}], miss: [...]}`. A rule must match its hits and none of its
/// misses; what other rules say of them does not matter.
/// Errors: those of reading; bad_input for a file of tests that cannot be read; those of the
/// workers.
base::Result<YaraTests> run_yara_tests(const std::vector<std::string>& paths);

}  // namespace vedette::engine
