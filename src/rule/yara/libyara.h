// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yara.h>

#include <memory>
#include <string>
#include <vector>

namespace vedette::rule::yara {

/// libyara, made ready in this process at the first call; true if it is. Bounds that it keeps for
/// the whole process are set here (limits.h).
bool has_libyara();

/// Modules that rules may import. Left out are those that look beyond the file (cuckoo), need a
/// file of their own (magic), print (console) or are not for this (tests).
const std::vector<std::string>& allowed_modules();

/// Variables that rules may use without declaring them, as collections for file scanners do: what
/// the file is called. filetype and owner are there so that such rules load, and always empty.
struct ExternalNames {
    static constexpr const char* kFileName = "filename";
    static constexpr const char* kFilePath = "filepath";
    static constexpr const char* kExtension = "extension";
};
const std::vector<std::string>& external_names();

struct DestroyCompiler {
    void operator()(YR_COMPILER* compiler) const { ::yr_compiler_destroy(compiler); }
};
struct DestroyRules {
    void operator()(YR_RULES* rules) const { ::yr_rules_destroy(rules); }
};
struct DestroyScanner {
    void operator()(YR_SCANNER* scanner) const { ::yr_scanner_destroy(scanner); }
};
using OwnedCompiler = std::unique_ptr<YR_COMPILER, DestroyCompiler>;
using OwnedRules = std::unique_ptr<YR_RULES, DestroyRules>;
using OwnedScanner = std::unique_ptr<YR_SCANNER, DestroyScanner>;

/// What a number of libyara's means, e.g. "it took too long".
std::string error_text(int error);

}  // namespace vedette::rule::yara
