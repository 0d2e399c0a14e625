// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/authority_access.h"
#include "merchant/network.h"
#include "x509/ocsp.h"

namespace countersign::merchant {

// FetchedStatus is a verified OCSP response with what it states.
struct FetchedStatus {
  Bytes response;  // DER
  x509::OcspAnswer answer;
};

// fetch_status asks the authority about a certificate of its data centre and verifies the answer.
Result<FetchedStatus> fetch_status(const x509::Certificate& subject, const NetworkView& network,
                                   StatusAccess& authority, TimePoint now);

// require_good names what is wrong with any status but good: kCertificateOnHold, kCertificateRevoked,
// kCertificateUnknown.
Result<void> require_good(const x509::CertificateStatus& status, std::string_view what);

// verify_purchaser accepts a certificate that may sign an order now: role, path to the network root,
// validity, and good status at the authority. kUnavailable when the status cannot be had: nothing is sold on
// a guess.
Result<void> verify_purchaser(const x509::Certificate& purchaser, const NetworkView& network,
                              StatusAccess& authority, TimePoint now);

// verify_agreement accepts a certificate to which something for this purchaser may be sealed now: the same
// subject (kForbidden), and all that verify_purchaser demands, in the role of key agreement.
Result<void> verify_agreement(const x509::Certificate& agreement, const x509::Certificate& purchaser,
                              const NetworkView& network, StatusAccess& authority, TimePoint now);

}  // namespace countersign::merchant
