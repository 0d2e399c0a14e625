// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "evidence/verify.h"
#include "network/anchor_source.h"

namespace countersign::wallet {

// Outcome is a verified document that decides a purchase of this purchaser.
struct Outcome {
  std::optional<documents::Confirmation> confirmation;
  std::optional<documents::Refusal> refusal;
};
// verify_outcome accepts a confirmation only of this very order (byte for byte), between its merchant and
// this purchaser, proven below the root; a refusal only when it names this order's id; either only of the
// order's authority, of whom `trust` says that it may confirm now (AnchorSource::expect_confirms).
// kSignatureInvalid, kConflict, kForbidden, what the evidence says, and errors of expect_confirms.
Result<Outcome> verify_outcome(BytesView document, BytesView order, const x509::Certificate& purchaser,
                               const network::AnchorSource& trust);

}  // namespace countersign::wallet
