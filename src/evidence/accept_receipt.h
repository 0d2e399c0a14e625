// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evidence/receipt.h"

namespace countersign::evidence {

// AcceptedReceipt is what somebody who holds a confirmation learned from a receipt of it.
struct AcceptedReceipt {
  documents::WitnessState state = documents::WitnessState::kPending;  // the authority's word, unsigned
  std::uint64_t size = 0;                                             // of the tree that it is proven in
  std::size_t cosigned = 0;   // by how many witnesses that the network map names, of other data centres
  bool is_key_known = false;  // whether a map named the log's key, and the checkpoint is signed with it

  // Nothing better can be had by asking again.
  bool is_witnessed() const {
    return state == documents::WitnessState::kWitnessed && is_key_known && cosigned > 0;
  }
};

// accept_receipt judges a receipt that came for a confirmation which was verified by itself, before it is
// kept or passed on: it holds that very confirmation (kConflict), and verify_receipt finds nothing wrong with
// it under the anchor's roots, else the first finding is the error, with its path. The log's key is the one
// that `map`, the network map in force, names for the log of the confirmation's data centre; where that says
// nothing of this log, the key of a map in the receipt. Only where `map` is absent (nullptr), or names no log
// of that data centre, the key may stay unknown: what is proven then is that the authority's own numbers fit,
// and whoever verifies the receipt needs a policy.
Result<AcceptedReceipt> accept_receipt(BytesView receipt, BytesView confirmation,
                                       const x509::TrustAnchor& anchor, const documents::NetworkMap* map);

}  // namespace countersign::evidence
