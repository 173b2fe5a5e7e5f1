// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "event/framing.h"
#include "parse/user_made/program.h"

namespace vedette::parse::user_made {

/// The definition's certainty times the share of records that fit everything it says and can be
/// taken apart. Nothing said: 0, because a lax pattern would take every log of the machine.
event::Recogniser recogniser_of(std::shared_ptr<const Program> program);

}  // namespace vedette::parse::user_made
