// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "documents/procedure.h"

namespace countersign::procedure {

// explain says in plain language what a procedure without faults does: who is asked for what, in which order,
// what each service gets to know, and what happens when a step fails. Lines of text with line feeds.
std::string explain(const documents::Procedure& procedure);

// duration_text says a time in the largest unit that it is whole in: "10 minutes", "3 days", "90 seconds".
std::string duration_text(Seconds time);

}  // namespace countersign::procedure
