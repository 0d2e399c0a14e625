// SPDX-License-Identifier: Apache-2.0
#include "merchant/certificate_status.h"

#include "x509/status_check.h"

namespace countersign::merchant {

namespace {

// Everybody's home is asked, where the map says that it is. The answer may come prepared, and its times bound
// its age.
Result<void> require_good_status(const x509::Certificate& subject, std::string_view whose,
                                 const NetworkView& network, StatusAccess& authority, TimePoint now) {
  TRY(const auto home, network.trust->status_url_of(subject.subject(), now));
  const auto ask = [&](BytesView request) { return authority.ocsp_at(home, request); };
  TRY(const auto fetched,
      x509::fetch_status(subject, *network.anchor(), ask, x509::StatusAge::kPrepared, now));
  return x509::require_good(fetched.answer.status, whose);
}

Result<void> verify_path(const x509::Certificate& certificate, const NetworkView& network, x509::Role role,
                         TimePoint now) {
  return network.trust->note(x509::verify_path(certificate, *network.anchor(), role, now));
}

}  // namespace

Result<void> verify_purchaser(const x509::Certificate& purchaser, const NetworkView& network,
                              StatusAccess& authority, TimePoint now) {
  TRY(verify_path(purchaser, network, x509::Role::kPurchaser, now));
  return require_good_status(purchaser, "purchaser's certificate", network, authority, now);
}

Result<void> verify_agreement(const x509::Certificate& agreement, const x509::Certificate& purchaser,
                              const NetworkView& network, StatusAccess& authority, TimePoint now) {
  TRY(verify_path(agreement, network, x509::Role::kPurchaserAgreement, now));
  if (agreement.subject() != purchaser.subject())
    return fail(ErrorCode::kForbidden, "agreement certificate: of another holder");
  return require_good_status(agreement, "purchaser's agreement certificate", network, authority, now);
}

}  // namespace countersign::merchant
