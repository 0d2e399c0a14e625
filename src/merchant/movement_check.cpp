// SPDX-License-Identifier: Apache-2.0
#include "merchant/movement_check.h"

namespace countersign::merchant {

Result<void> check_movement(const documents::MovementAnswer& answer, const AskedMovement& asked) {
  if (answer.kind != asked.kind) return fail(ErrorCode::kConflict, "movement.kind: of another kind");
  if (answer.reference != asked.reference)
    return fail(ErrorCode::kConflict, "movement.reference: not the one asked under");
  if (answer.authorization != asked.authorization)
    return fail(ErrorCode::kConflict, "movement.authorization: not that of the review result");
  if (answer.amount != asked.amount)
    return fail(ErrorCode::kAmountMismatch, "movement.amount: not what was asked for");
  return ok();
}

bool is_about_the_movement(ErrorCode refusal) {
  return refusal == ErrorCode::kAmountMismatch || refusal == ErrorCode::kNotFound ||
         refusal == ErrorCode::kConflict || refusal == ErrorCode::kExpired;
}

}  // namespace countersign::merchant
