// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/amount.h"
#include "base/clock.h"
#include "documents/json.h"

// What passes between a merchant's gateway, the card company and the authority about a split payment, each a
// JSON object with type and version 1, not signed itself: what is signed stands inside.
namespace countersign::documents {

// CompanyCertificates, type "company-certificates" (F7 S31): GET /v1/certificates at the card company. What a
// gateway passes on to wallets; each with a status of now, DER OCSPResponse without a nonce.
struct CompanyCertificates {
  Bytes certificate;  // DER, with which the company signs
  Bytes certificate_status;
  Bytes agreement_certificate;  // DER, that payments are sealed to
  Bytes agreement_status;
  friend bool operator==(const CompanyCertificates&, const CompanyCertificates&) = default;
};
Result<Bytes> write_company_certificates(const CompanyCertificates& certificates);
Result<CompanyCertificates> parse_company_certificates(BytesView json);

// SplitAuthorizationRequest, type "split-authorization-request" (F7 S43): POST /v1/split-authorizations.
// Answered by the signed review result.
struct SplitAuthorizationRequest {
  Bytes agreement;     // CMS of the merchant over an Agreement
  Bytes signed_order;  // CMS of the purchaser, without its content
  Bytes payment;       // AuthEnvelopedData for the company, of a SplitInstruction
};
Result<Bytes> write_split_authorization_request(const SplitAuthorizationRequest& request);
Result<SplitAuthorizationRequest> parse_split_authorization_request(BytesView json);

// CaptureRequest, type "capture-request": POST /v1/captures. Takes the amount once, on the authority's word.
struct CaptureRequest {
  std::string reference;  // the merchant's own, 1–64: stands for this movement alone
  Bytes extract;          // CMS of the authority over an Extract
  Amount amount;          // at most what was authorized
};
Result<Bytes> write_capture_request(const CaptureRequest& request);
Result<CaptureRequest> parse_capture_request(BytesView json);

// RefundRequest, type "refund-request": POST /v1/refunds.
struct RefundRequest {
  std::string reference;
  std::string authorization;  // of the review result
  Amount amount;
};
Result<Bytes> write_refund_request(const RefundRequest& request);
Result<RefundRequest> parse_refund_request(BytesView json);

// MovementAnswer, type "movement": the answer to both. The same request gets the same answer.
struct MovementAnswer {
  std::string id;             // 1–64
  std::string kind;           // "capture" or "refund"
  std::string reference;      // of the request
  std::string authorization;  // 1–64
  Amount amount;
  TimePoint made;
  friend bool operator==(const MovementAnswer&, const MovementAnswer&) = default;
};
Result<Bytes> write_movement_answer(const MovementAnswer& answer);
Result<MovementAnswer> parse_movement_answer(BytesView json);

// ConfirmationRequest, type "confirmation-request": how an order whose payment is split is sent to the
// authority, together with the company's word on it.
struct ConfirmationRequest {
  Bytes countersigned_order;  // CMS
  Bytes review;               // CMS of the card company over a ReviewResult
};
Result<Bytes> write_confirmation_request(const ConfirmationRequest& request);
Result<ConfirmationRequest> parse_confirmation_request(BytesView json);

// ExtractRequest, type "extract-request": POST /v1/extracts at the authority, by the merchant of the order.
struct ExtractRequest {
  std::string order_id;  // UUIDv7
  Sha256Digest order_digest;
};
Result<Bytes> write_extract_request(const ExtractRequest& request);
Result<ExtractRequest> parse_extract_request(BytesView json);

}  // namespace countersign::documents
