// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/testing/test_world.h"
#include "documents/split_payment.h"

namespace countersign::authority {

// SplitPayment is all that reaches a world's authority of one order whose payment a card company reviewed
// (profile set). Everything is good until a test changes a member. The world outlives it.
struct SplitPayment {
  explicit SplitPayment(TestWorld& world);

  // Another order, and the company's approval of it.
  void begin_anew();
  documents::ReviewResult approval() const;  // of the order and the instruction as they are now
  Bytes signed_order() const;                // together with the digest of the instruction
  Bytes countersigned() const { return world.countersign(signed_order()); }
  Bytes review() const { return review(company); }
  Bytes review(const x509::Signer& by) const;
  Submission submission() const { return {countersigned(), review()}; }
  Result<Decision> confirm() const { return confirm(submission()); }
  Result<Decision> confirm(Submission submission) const;

  TestWorld& world;
  x509::Signer company;
  x509::Signer agreement;
  documents::Order order;
  Sha256Digest instruction;        // what the purchaser sealed to the company, by digest
  documents::ReviewResult result;  // approved
};

}  // namespace countersign::authority
