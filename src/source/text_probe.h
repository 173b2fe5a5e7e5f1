// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "event/framing.h"

namespace vedette::source {

/// Whether the first bytes of an input are of no text: more control characters than any log has, or
/// the mark of a compression or archive we do not open.
bool is_binary(std::string_view head);

/// The format of an input by its first bytes, or else by its first lines, of which the last one
/// counts only if it is complete or alone.
const event::FormatDeclaration& recognise_head(const event::FormatDeclarations& formats,
                                               std::string_view head);

/// nullptr if no format has that name.
const event::FormatDeclaration* find_format(const event::FormatDeclarations& formats,
                                            std::string_view name);

}  // namespace vedette::source
