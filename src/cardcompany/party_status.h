// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.h"
#include "http/client.h"
#include "x509/status_check.h"

namespace countersign::cardcompany {

// PartyStatus asks the authority of the data centre, by OCSP (RFC 6960), whether the certificate of a
// merchant or purchaser is good at this moment. Thread-safe.
class PartyStatus {
 public:
  // `status_url` is the authority's plain HTTP listener; the answers are signed.
  static Result<std::unique_ptr<PartyStatus>> open(std::string_view status_url,
                                                   std::shared_ptr<const x509::TrustAnchor> anchor,
                                                   const Clock& clock);
  // kCertificateRevoked, kCertificateOnHold, kCertificateUnknown, the latter also for a party of a data
  // centre that is not known here; kUnavailable without an answer to this very question that verifies:
  // nothing is decided for whom nobody vouches now. `whose` begins the detail.
  Result<void> require_good(const x509::Certificate& party, std::string_view whose);
  // One question to the authority about any certificate: OCSPRequest and OCSPResponse, DER.
  Result<Bytes> ask(BytesView request);

 private:
  PartyStatus(std::unique_ptr<http::Client> client, std::shared_ptr<const x509::TrustAnchor> anchor,
              const Clock& clock)
      : client_(std::move(client)), anchor_(std::move(anchor)), clock_(clock) {}

  const std::unique_ptr<http::Client> client_;
  const std::shared_ptr<const x509::TrustAnchor> anchor_;
  const Clock& clock_;
};

// require_merchant answers the certificate of the merchant that asks over TLS, good at this moment.
// kUnauthenticated where none was shown; else as require_good.
Result<x509::Certificate> require_merchant(const http::Request& request, PartyStatus& status);

}  // namespace countersign::cardcompany
