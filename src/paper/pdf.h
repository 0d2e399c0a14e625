// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "paper/receipt_sheet.h"

namespace countersign::paper {

// write_pdf sets a sheet on pages of A4, with the QR code on the first. The text can be searched and copied,
// in every script that the machine has a font for: kUnavailable where it has none for some letter, which is
// better than a sheet with holes in it. `printed` is the time that the file states. kTooLarge for what no QR
// code can hold. Not thread-safe beside others that use Fontconfig.
Result<Bytes> write_pdf(const Sheet& sheet, TimePoint printed);

}  // namespace countersign::paper
