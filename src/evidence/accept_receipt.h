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
  // Whether it proves no less than `had`, of the same confirmation and judged by the same map: a known key
  // where that has one, a tree and cosignatures that are no fewer. What proves less could only be an answer
  // that was kept back, or invented.
  bool proves_no_less_than(const AcceptedReceipt& had) const;
  // Whether it may take the place of `had`: one that is witnessed stays, for its cosignatures are the older
  // ones.
  bool may_replace(const AcceptedReceipt& had) const {
    return !had.is_witnessed() && proves_no_less_than(had);
  }
};

// accept_receipt judges a receipt that came for a confirmation which was verified by itself, before it is
// kept or passed on: it holds that very confirmation (kConflict), and verify_receipt finds nothing wrong with
// it under the anchor's roots, else the first finding is the error, with its path. The log's key is the one
// that `map`, the newest network map, names for the log of the confirmation's data centre, also once that map
// is over: else anybody's log would do from that moment on. Where it says nothing of this log, the key is
// that of a map in the receipt. Only where there never was a map (nullptr), or it names no log of that data
// centre, the key may stay unknown: what is proven then is that the numbers of whoever made the receipt fit,
// so that it counts from the authority alone; and whoever verifies it needs a policy.
Result<AcceptedReceipt> accept_receipt(BytesView receipt, BytesView confirmation,
                                       const x509::TrustAnchor& anchor, const documents::NetworkMap* map);

}  // namespace countersign::evidence
