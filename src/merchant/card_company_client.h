// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <optional>

#include "merchant/card_company_access.h"
#include "merchant/payment_check.h"
#include "merchant/peer_client.h"

namespace countersign::merchant {

// CardCompanyClient asks a card company over mutually authenticated TLS 1.3: POST /v1/authorizations and
// /v1/authorizations/{reference}/release; in profile set GET /v1/certificates, POST /v1/split-authorizations,
// /v1/captures and /v1/refunds. Payment data is in memory that is wiped, and in nothing that is logged.
// Thread-safe.
class CardCompanyClient final : public PaymentCheck, public CardCompanyAccess {
 public:
  // `peer` says how the company is judged; besides, it must staple a good and fresh status of its
  // certificate. No answer is waited for longer than `answer_limit`.
  CardCompanyClient(std::string url, PeerRule peer, std::chrono::milliseconds answer_limit);
  // Uses this certificate for all connections made from here on; before, every question is kUnavailable.
  Result<void> identify(const x509::Signer& identity);

  Result<PaymentReview> authorize(const AuthorizationQuestion& question) override;
  Result<void> release(std::string_view reference) override;

  Result<documents::CompanyCertificates> certificates() override;
  Result<CompanyAnswer<Bytes>> review(const documents::SplitAuthorizationRequest& request) override;
  Result<CompanyAnswer<documents::MovementAnswer>> capture(const documents::CaptureRequest& request) override;
  Result<CompanyAnswer<documents::MovementAnswer>> refund(const documents::RefundRequest& request) override;

 private:
  Result<const PeerClient*> client() const;
  Result<CompanyAnswer<documents::MovementAnswer>> move(std::string_view path, Bytes body) const;
  Result<http::Response> post(std::string path, const crypto::SecretBytes& body) const;

  PeerClient client_;
  std::atomic<bool> is_identified_ = false;
};

}  // namespace countersign::merchant
