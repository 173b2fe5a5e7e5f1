// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "event/text_buffer.h"

namespace vedette::parse::evtx {

/// Appends text with &, < and > written as entities, in an attribute ' too; control characters but
/// tab and line ends become character references, which no XML 1.0 allows but our reader takes.
void append_escaped(event::TextBuffer& out, std::string_view text, bool is_attribute);

}  // namespace vedette::parse::evtx
