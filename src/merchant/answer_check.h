// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/confirmation.h"
#include "merchant/checkout_store.h"
#include "merchant/network.h"

namespace countersign::merchant {

// What the authority was asked about.
struct AskedOrder {
  std::string order_id;
  BytesView countersigned_order;  // DER
  // How a confirmation must name the card company's result that was sent with it; absent: not at all.
  std::optional<documents::Review> review = {};
};

// CheckedAnswer is an answer whose every signature verified and that speaks of what was asked.
struct CheckedAnswer {
  StoredAnswer answer;
  bool is_final = true;  // false: a refusal after which the same order may be asked about again
};

// check_answer verifies an answer before it is believed, stored or passed on. A confirmation must verify as a
// whole (signatures, roles, status of both parties), be of the own data centre, and contain exactly the
// countersigned order that was sent, and the review; a receipt that it came in must prove it (check_receipt),
// else the whole answer is none: an authority whose log contradicts what it signs is not believed. A refusal
// must name its digest. Who signed either must be one who may do so by the network map in force
// (network::AnchorSource::expect_confirms). kConflict for an answer to another question, kSignatureInvalid
// and what path verification says otherwise.
Result<CheckedAnswer> check_answer(const SignedAnswer& answer, const AskedOrder& asked,
                                   const NetworkView& network, TimePoint now);

}  // namespace countersign::merchant
