// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "x509/crl.h"
#include "x509/path.h"

namespace countersign::x509 {

// Certificate status as RFC 6960 §2.2 states it. Revoked includes on hold (reason certificateHold).
enum class StatusKind { kGood, kRevoked, kUnknown };
struct CertificateStatus {
  StatusKind kind = StatusKind::kUnknown;
  TimePoint revoked_at{};  // kRevoked only
  RevocationReason reason = RevocationReason::kUnspecified;
};

// One CertID of a request (RFC 6960 §4.1.1). `issuer_matches` was computed for the responder's CA with the
// request's own hash (SHA-1 or SHA-256); for another issuer the responder answers unknown.
struct OcspQuestion {
  Bytes cert_id;  // DER CertID, echoed in the answer
  SerialNumber serial;
  bool issuer_matches = false;
};
struct OcspRequest {
  std::vector<OcspQuestion> questions;  // 1–16
  Bytes nonce;                          // 1–32 octets of RFC 8954, or empty
};

// parse_ocsp_request reads a DER OCSPRequest of at most 4 KiB: kMalformed, kTooLarge, kUnsupported.
Result<OcspRequest> parse_ocsp_request(BytesView der, const Certificate& ca);
// make_ocsp_request asks about one certificate (CertID with SHA-256), with a nonce unless it is empty.
Result<Bytes> make_ocsp_request(const Certificate& subject, const Certificate& issuer, BytesView nonce);
// CertID with SHA-256 for one serial below `ca`; DER.
Bytes make_cert_id(const Certificate& ca, const SerialNumber& serial);

struct OcspAnswer {
  Bytes cert_id;
  CertificateStatus status;
  TimePoint this_update;
  TimePoint next_update;
  // Of an answer that verified: when the certificate of the responder that signed it ends.
  std::optional<TimePoint> signer_until = {};
};
// sign_ocsp_response makes a successful BasicOCSPResponse signed by a delegated responder (RFC 6960
// §4.2.2.2), its certificate included, responder by key; DER OCSPResponse.
Result<Bytes> sign_ocsp_response(const Issuer& responder, std::span<const OcspAnswer> answers,
                                 BytesView nonce, TimePoint produced_at);
// An unsigned error response: 1 malformedRequest, 2 internalError, 3 tryLater, 6 unauthorized.
Bytes ocsp_error_response(int status);

// verify_ocsp_response checks signature, delegated responder (role kOcspResponder, same CA as the subject's
// issuer), CertID against `subject`, the nonce when one is given (kSignatureInvalid), and thisUpdate -
// tolerance <= at <= nextUpdate + tolerance. Returns the status that it states. Errors: kSignatureInvalid,
// kWrongRole, kCertificateUnknown, kExpired, kNotYetValid.
Result<OcspAnswer> verify_ocsp_response(BytesView der, const Certificate& subject, const TrustAnchor& anchor,
                                        BytesView nonce, TimePoint at, Seconds tolerance);

}  // namespace countersign::x509
