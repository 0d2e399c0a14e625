// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/clock.h"
#include "http/message.h"
#include "http/status_client.h"
#include "network/anchor_source.h"
#include "x509/status_check.h"

namespace countersign::cardcompany {

// PartyStatus asks the authority of a party's home, by OCSP (RFC 6960), whether the certificate of a merchant
// or purchaser is good at this moment. Where to ask says the network map, and nothing that a party brings.
// Thread-safe.
class PartyStatus {
 public:
  static constexpr std::chrono::milliseconds kAnswerLimit{5000};  // of one responder
  PartyStatus(std::shared_ptr<const network::AnchorSource> trust, const Clock& clock,
              http::StatusLimits limits = {})
      : trust_(std::move(trust)), clock_(clock), responders_(kAnswerLimit, limits) {}

  // kCertificateRevoked, kCertificateOnHold, kCertificateUnknown, the latter also for a party of a data
  // centre that is not known here, or issued by another than its home; kUnavailable without an answer to this
  // very question that verifies under its home's CA: nothing is decided for whom nobody vouches now. `whose`
  // begins the detail.
  Result<void> require_good(const x509::Certificate& party, std::string_view whose);
  // As AnchorSource says of its subject.
  std::string foreign_home_of(const x509::Certificate& party) const {
    return trust_->foreign_home_of(party.subject());
  }
  // One question about a certificate of the own data centre: OCSPRequest and OCSPResponse, DER.
  Result<Bytes> ask_own(BytesView request);

 private:
  const std::shared_ptr<const network::AnchorSource> trust_;
  const Clock& clock_;
  http::StatusClient responders_;
};

// require_merchant answers the certificate of the merchant that asks over TLS, good at this moment.
// kUnauthenticated where none was shown; else as require_good.
Result<x509::Certificate> require_merchant(const http::Request& request, PartyStatus& status);

}  // namespace countersign::cardcompany
