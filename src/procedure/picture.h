// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "documents/procedure.h"

namespace countersign::procedure {

// picture draws a procedure without faults as SVG 1.1 that needs no font, script or file besides: steps from
// left to right in the order in which they can begin, arrows for what they wait for, what undoes each below
// it, and the point of no return. Says everything in text, too, for who hears it read.
std::string picture(const documents::Procedure& procedure);

}  // namespace countersign::procedure
