// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::merchant {

// qr_svg draws text as a QR code (ISO/IEC 18004, error correction M) in a self-contained SVG element: black
// on white with the quiet zone, scalable, `label` as its accessible name. kTooLarge for what no QR code can
// hold.
Result<std::string> qr_svg(std::string_view text, std::string_view label);

}  // namespace countersign::merchant
