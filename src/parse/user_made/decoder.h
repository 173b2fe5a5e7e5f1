// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "parse/decoder.h"
#include "parse/user_made/program.h"

namespace vedette::parse::user_made {

/// A decoder that runs a definition.   Threads: one at a time; the program may be shared.
std::unique_ptr<Decoder> make_decoder(std::shared_ptr<const Program> program,
                                      event::FieldDictionary& fields);

}  // namespace vedette::parse::user_made
