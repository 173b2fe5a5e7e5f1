// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "rule/yara/compilation.h"

namespace vedette::rule::yara {

/// Compiles rule files in this process: for a confined worker (yara_job.h) and for tests.
///
/// Each file is a namespace of its own. A rule that is wrong is taken out of its file and named
/// with line, column and reason; the others stay. `include` is refused, and a module that is not
/// allowed; rules that need either are named too. Does not promise: that libyara survives any text;
/// that is what the worker is for. Errors: unavailable (libyara does not start). Limits: limits.h,
/// each named in the problem of the rule it strikes. `alive` is called after each file; its error
/// ends the work.
base::Result<Compilation> compile(const NamedFiles& files,
                                  const std::function<base::Result<void>()>& alive = {});

}  // namespace vedette::rule::yara
