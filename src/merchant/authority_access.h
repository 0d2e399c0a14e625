// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "documents/company_request.h"
#include "x509/certificate.h"

// What the gateway asks of the authority of its data centre; implemented over HTTP in authority_client.h.
namespace countersign::merchant {

// Application for the gateway's own certificate (K1).
struct CertificateApplication {
  std::string name;  // CN of the certificate
  Bytes pkcs10;      // DER
  std::string email, contact, telephone;
  std::vector<std::string> origins;
  std::optional<unsigned short>
      challenge_port;  // where the challenge is answered, if not at the origin's port
};
// What the authority gives the applicant. Who holds `secret` acts for the application.
struct ApplicationTicket {
  std::string id, secret;
  std::string challenge;  // token, empty once it is met
};
struct ApplicationProgress {
  enum class State { kAwaitingChallenge, kAwaitingApproval, kIssued, kRejected, kExpired } state;
  std::string reason;                            // kRejected
  std::optional<x509::Certificate> certificate;  // kIssued
};

// The authority's word on a renewal: the certificate; or the token of a challenge that is to be shown for the
// new key before the same renewal is sent again.
struct RenewalProgress {
  std::optional<x509::Certificate> certificate;
  std::string challenge;  // without a certificate
};

class CertificateAccess {
 public:
  virtual ~CertificateAccess() = default;
  virtual Result<ApplicationTicket> apply(const CertificateApplication& application) = 0;
  // Tells the authority that the challenge can be looked at now.
  virtual Result<void> request_challenge(const ApplicationTicket& ticket) = 0;
  virtual Result<ApplicationProgress> progress(const ApplicationTicket& ticket) = 0;
  // `renewal` is a CMS merchant-renewal, signed with the old key.
  virtual Result<RenewalProgress> renew(BytesView renewal) = 0;
};

// Status of certificates, over plain HTTP: what comes back is signed.
class StatusAccess {
 public:
  virtual ~StatusAccess() = default;
  // DER OCSPRequest → DER OCSPResponse, as received. Asks the authority of the own data centre.
  virtual Result<Bytes> ocsp(BytesView request) = 0;
  // The same of the responder at `status_url`, which the network map names.
  virtual Result<Bytes> ocsp_at(const std::string& status_url, BytesView request) = 0;
};

// An enrolment as the authority granted it; the token lets one wallet fetch the key file, once.
struct EnrolmentGrant {
  std::string id;
  std::string token;  // empty once a wallet has fetched the key file
  TimePoint expires;
  std::string authority;         // base URL that the wallet speaks to
  std::string root_fingerprint;  // hex SHA-256 of the network root
};
struct EnrolmentProgress {
  std::string id, state, mail_state;
  std::vector<std::string> certificates;  // serials, hex
};

class EnrolmentAccess {
 public:
  virtual ~EnrolmentAccess() = default;
  // `consent` is a CMS consent signed by this merchant; the same consent again is the same enrolment.
  virtual Result<EnrolmentGrant> enrol(BytesView consent) = 0;
  virtual Result<EnrolmentProgress> enrolment(std::string_view id) = 0;
  // Fresh keys after a lost mail or file; what was made before is revoked.
  virtual Result<EnrolmentGrant> restart(std::string_view id) = 0;
};

// The authority's signed word on a countersigned order; not verified yet.
struct SignedAnswer {
  enum class Kind { kConfirmation, kRefusal } kind;
  Bytes document;      // DER CMS
  Bytes receipt = {};  // JSON that the confirmation came in; empty: it came by itself
};

class ConfirmationAccess {
 public:
  virtual ~ConfirmationAccess() = default;
  // The same order again gets the same confirmation, in a receipt where there is one. `review`: the card
  // company's result (CMS), in profile set alone. Errors are unsigned: nothing was decided.
  virtual Result<SignedAnswer> confirm(BytesView countersigned_order, const std::optional<Bytes>& review) = 0;
  // The extract (CMS) of an order's confirmation, not verified yet. kNotFound where it was not confirmed.
  virtual Result<Bytes> extract(const documents::ExtractRequest& request) = 0;
  // The receipt of an order's confirmation under the newest checkpoint, not verified yet. kNotFound where it
  // was not confirmed, kGone and kUnsupported where there is none to be had.
  virtual Result<Bytes> receipt(const documents::ExtractRequest& request) = 0;
};

}  // namespace countersign::merchant
