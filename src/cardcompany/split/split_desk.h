// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/authorization_desk.h"
#include "cardcompany/party_status.h"
#include "cardcompany/split/review_store.h"
#include "cardcompany/split/split_request.h"
#include "x509/cms.h"

namespace countersign::cardcompany {

// SplitDesk decides over split payments (F7 S43–S51), and moves money on them. What it decided, what it holds
// and what it signed become durable together, before anything is told. Its reference for an authorization is
// the hex of the instruction's digest; AuthorizationDesk::release takes that. Thread-safe.
//
// What was signed of an instruction is never signed otherwise: the same payment gets the same bytes, whether
// it was approved or declined. Of one merchant's transaction one approval counts for ever; another
// instruction of it is declined (duplicate_payment) unless each approval before was released without a
// capture.
class SplitDesk {
 public:
  // All outlive the desk.
  struct Parts {
    storage::Database& database;
    const AuthorizationDesk& desk;
    PartyStatus& status;
    const Clock& clock;
  };
  // Who the company is, and whom it believes. The signer's subject is that of the agreement's certificate.
  struct Company {
    x509::CmsSigner signer;
    x509::Issuer agreement;
    std::shared_ptr<const network::AnchorSource> trust;
  };
  SplitDesk(Parts parts, Company company) : parts_(parts), company_(std::move(company)) {}

  // The ReviewResult as the company signed it, DER. `merchant` is who asks, good at this moment. Errors of
  // check_split_request, where nothing is decided or held; those of PartyStatus about the purchaser, and
  // about who signed the agreement where that is another certificate of the merchant's; kExpired for a new
  // payment whose time is over; kConflict for one that was released, before it was asked or since.
  Result<Bytes> authorize(const x509::Certificate& merchant,
                          const documents::SplitAuthorizationRequest& request) const;
  // Takes the money once, on a confirmation that rests on this very approval. Errors of extract_check.h and
  // of CardSystem; kNotFound where the approval is none of this merchant's, or its payment was not split.
  Result<documents::MovementAnswer> capture(const x509::Certificate& merchant,
                                            const documents::CaptureRequest& request) const;
  // Gives back of what was captured. Errors likewise.
  Result<documents::MovementAnswer> refund(const x509::Certificate& merchant,
                                           const documents::RefundRequest& request) const;

 private:
  // A payment that passed all checks, ready to be decided.
  struct Case {
    std::string merchant;
    Sha256Digest request, instruction;
    documents::SplitTerms terms;
    Question question;
  };
  Case case_of(CheckedPayment payment, std::string merchant, const Sha256Digest& request) const;
  Result<Bytes> decide(storage::Transaction& transaction, const Case& asked) const;
  Result<NewReview> sign(const Case& asked, const Authorization& decided) const;

  const Parts parts_;
  const Company company_;
};

}  // namespace countersign::cardcompany
