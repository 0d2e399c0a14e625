// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "base/error.h"
#include "documents/company_request.h"

// What the gateway asks of a card company in profile set; implemented over HTTP in card_company_client.h.
namespace countersign::merchant {

// CompanyRefusal is a problem that the company itself stated in answer to a question, by a code that no time
// changes. Nothing else is one: whoever stands between, and whatever fails here, can tell nobody what the
// company did.
struct CompanyRefusal {
  Error problem;
};
template <typename T>
using CompanyAnswer = std::variant<T, CompanyRefusal>;

// An error of review, capture or refund leaves open whether the company did what was asked: it was not
// reached, its answer was lost or is none, or it said "later". The same is to be asked again.
class CardCompanyAccess {
 public:
  virtual ~CardCompanyAccess() = default;
  // F7 S31: its certificates, each with a status of now; not verified yet.
  virtual Result<documents::CompanyCertificates> certificates() = 0;
  // F7 S43, S51: the signed review result (CMS, DER), not verified yet. The same request gets the same
  // result. A refusal is unsigned: the company would not review this request now; whether it decided on it
  // before is not said, and what it may hold is to be released.
  virtual Result<CompanyAnswer<Bytes>> review(const documents::SplitAuthorizationRequest& request) = 0;
  // Gives up what may be held for an instruction, named by its digest in hex; whether or not it was ever
  // asked about, and as often as one likes.
  virtual Result<void> release(std::string_view reference) = 0;
  // Takes what was approved, on the authority's word; once for each reference.
  virtual Result<CompanyAnswer<documents::MovementAnswer>> capture(
      const documents::CaptureRequest& request) = 0;
  // Gives back what was captured; once for each reference.
  virtual Result<CompanyAnswer<documents::MovementAnswer>> refund(
      const documents::RefundRequest& request) = 0;
};

}  // namespace countersign::merchant
