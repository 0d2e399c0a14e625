// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "evidence/verify.h"

namespace countersign::wallet {

// Outcome is a verified document that decides a purchase of this purchaser.
struct Outcome {
  std::optional<documents::Confirmation> confirmation;
  std::optional<documents::Refusal> refusal;
};
// verify_outcome accepts a confirmation only of this very order (byte for byte), between its merchant and
// this purchaser, proven below `root`; a refusal only when it names this order's id and comes from
// the order's authority. kSignatureInvalid, kConflict, kForbidden and what the evidence says.
Result<Outcome> verify_outcome(BytesView document, BytesView order, const x509::Certificate& purchaser,
                               const x509::Certificate& root);

}  // namespace countersign::wallet
