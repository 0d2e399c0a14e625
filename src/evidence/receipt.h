// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/policy.h"
#include "evidence/verify.h"

namespace countersign::evidence {

// is_receipt says whether a file can only be a receipt: a JSON text, which no signed document is.
bool is_receipt(BytesView file);

// verify_receipt checks a receipt and everything inside of it offline: the confirmation as verify_evidence
// does, with the same options, under `root`; and that the public log holds it. Findings beyond the
// confirmation's, by path:
//   receipt         it cannot be read
//   receipt.proof   the proof or its checkpoint cannot be read
//   receipt.maps[i] a network map does not verify as of its issue, under the root or another one of the
//                   options, or was over when the confirmation was decided
//   confirmation.log  it names no log (kNotFound)
//   log.origin, log.index   the checkpoint is of another log, or the proof of another index, than the
//                   confirmation says (kConflict)
//   log.inclusion   the proof does not lead from this confirmation under this nonce to the root (kConflict;
//                   kMalformed for an index beyond the tree)
//   log.key         nobody says which key is the log's (kNotFound)
//   log.signature   the checkpoint is not signed by it (kSignatureInvalid)
//   log.witnesses.NAME  a cosignature does not verify (kSignatureInvalid), is of no time (kMalformed), or of
//                   a time before the decision (kConflict); it does not count
//   log.witnesses   too few witnesses for the policy (kNotFound)
// With a policy, which may be absent (nullptr), the log's key and the witnesses are the policy's; without one
// the key is that which a verified map in the receipt names for the log of the confirmation's data centre,
// cosignatures are told but no number of them is asked for, and the report says so. What the receipt says of
// its witnesses (`states`) decides nothing.
Report verify_receipt(BytesView receipt, const x509::Certificate& root, const checkpoint::Policy* policy,
                      const VerifyOptions& options);
// The same by a network map that the caller holds and trusts now, of as many witnesses as it names: the log's
// key and the witnesses are those of this map, whatever maps the receipt has.
Report verify_receipt(BytesView receipt, const x509::Certificate& root, const documents::NetworkMap& map,
                      const VerifyOptions& options);

}  // namespace countersign::evidence
