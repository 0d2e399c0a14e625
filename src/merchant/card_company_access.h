// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/company_request.h"

// What the gateway asks of a card company in profile set; implemented over HTTP in card_company_client.h.
namespace countersign::merchant {

class CardCompanyAccess {
 public:
  virtual ~CardCompanyAccess() = default;
  // F7 S31: its certificates, each with a status of now; not verified yet.
  virtual Result<documents::CompanyCertificates> certificates() = 0;
  // F7 S43, S51: the signed review result (CMS, DER), not verified yet. The same request gets the same
  // result. Errors are unsigned: nothing was decided, and nothing is held.
  virtual Result<Bytes> review(const documents::SplitAuthorizationRequest& request) = 0;
  // Gives up what may be held for an instruction, named by its digest in hex; whether or not it was ever
  // asked about, and as often as one likes.
  virtual Result<void> release(std::string_view reference) = 0;
  // Takes what was approved, on the authority's word; once for each reference.
  virtual Result<documents::MovementAnswer> capture(const documents::CaptureRequest& request) = 0;
  // Gives back what was captured; once for each reference.
  virtual Result<documents::MovementAnswer> refund(const documents::RefundRequest& request) = 0;
};

}  // namespace countersign::merchant
