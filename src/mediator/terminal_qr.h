// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::mediator {

// terminal_qr draws text as a QR code (ISO/IEC 18004, error correction L) with half blocks, two rows of
// modules in one line, black on white whatever the terminal's colours are. kTooLarge for what no QR code can
// hold.
Result<std::string> terminal_qr(std::string_view text);

}  // namespace countersign::mediator
