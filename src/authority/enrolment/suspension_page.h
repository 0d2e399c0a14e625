// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace countersign::authority {

// The page on which a holder uses the suspension code, with any device at hand. Plain HTML without script, in
// English and Korean.

// What the page shows in its fields, and what went wrong with it; the code is never shown again.
struct SuspensionForm {
  std::string serial;
  std::optional<ErrorCode> trouble;
};
std::string suspension_page(std::string_view locale, const SuspensionForm& form);
std::string suspension_done_page(std::string_view locale);

// typed_serial brings a serial number as people copy it (spaces, colons, capitals) into plain hexadecimal.
std::string typed_serial(std::string_view typed);

}  // namespace countersign::authority
