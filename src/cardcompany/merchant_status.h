// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.h"
#include "http/client.h"
#include "x509/status_check.h"

namespace countersign::cardcompany {

// MerchantStatus asks the authority of the data centre, by OCSP (RFC 6960), whether a merchant's certificate
// is good at this moment. Thread-safe.
class MerchantStatus {
 public:
  // `status_url` is the authority's plain HTTP listener; the answers are signed.
  static Result<std::unique_ptr<MerchantStatus>> open(std::string_view status_url,
                                                      std::shared_ptr<const x509::TrustAnchor> anchor,
                                                      const Clock& clock);
  // kCertificateRevoked, kCertificateOnHold, kCertificateUnknown; kUnavailable without an answer to this very
  // question that verifies: nothing is decided for whom nobody vouches now.
  Result<void> require_good(const x509::Certificate& merchant);
  // One question to the authority about any certificate: OCSPRequest and OCSPResponse, DER.
  Result<Bytes> ask(BytesView request);

 private:
  MerchantStatus(std::unique_ptr<http::Client> client, std::shared_ptr<const x509::TrustAnchor> anchor,
                 const Clock& clock)
      : client_(std::move(client)), anchor_(std::move(anchor)), clock_(clock) {}

  const std::unique_ptr<http::Client> client_;
  const std::shared_ptr<const x509::TrustAnchor> anchor_;
  const Clock& clock_;
};

}  // namespace countersign::cardcompany
