// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/company_request.h"

namespace countersign::merchant {

// What a card company was asked to move.
struct AskedMovement {
  std::string_view kind;  // "capture" or "refund"
  std::string_view reference, authorization;
  const Amount& amount;
};

// check_movement accepts a company's answer to this very request. kConflict, or kAmountMismatch for another
// amount; the detail names the member.
Result<void> check_movement(const documents::MovementAnswer& answer, const AskedMovement& asked);

// is_about_the_movement says whether a company that refuses with this code has looked at what was to be moved
// and did not. Of a refusal of who asks, or of the request's form, nobody knows whether the same was done
// when it was asked before.
bool is_about_the_movement(ErrorCode refusal);

}  // namespace countersign::merchant
