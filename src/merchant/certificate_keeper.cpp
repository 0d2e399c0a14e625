// SPDX-License-Identifier: Apache-2.0
#include "merchant/certificate_keeper.h"

#include "base/log.h"

namespace countersign::merchant {

CertificateKeeper::CertificateKeeper(Identity& identity, Applicant& applicant, x509::StatusStaple& staple,
                                     Application application,
                                     std::function<Result<void>(const x509::Signer&)> use)
    : identity_(identity),
      applicant_(applicant),
      staple_(staple),
      application_(application),
      use_(std::move(use)) {}

Result<void> CertificateKeeper::tick() {
  TRY(identity_.reload_if_changed());
  if (!identity_.signer()) {
    TRY(obtain());
  } else if (applicant_.is_renewal_due()) {
    // A renewal that fails is tried again later; the present certificate goes on until then.
    if (const auto renewed = applicant_.renew(); !renewed) log_error("certificate_renewal", renewed.error());
  }
  const auto signer = identity_.signer();
  if (!signer) return ok();
  if (const auto followed = applicant_.follow_ca(); !followed) log_error("certificate_ca", followed.error());
  auto refreshed = staple_.refresh(signer->certificate);
  TRY(announce());
  return refreshed;
}

Result<void> CertificateKeeper::obtain() {
  TRY(auto state, applicant_.advance());
  if (state != ApplicantState::kIdle || application_ == Application::kByOperator) return ok();
  TRY(applicant_.submit());
  TRY(state, applicant_.advance());
  log_event(LogLevel::kInfo, "application", {{"state", applicant_state_name(state)}});
  return ok();
}

Result<void> CertificateKeeper::announce() {
  const auto signer = identity_.signer();
  if (!signer || in_use_ == signer->certificate.fingerprint()) return ok();
  TRY(use_(*signer));
  in_use_ = signer->certificate.fingerprint();
  return ok();
}

}  // namespace countersign::merchant
