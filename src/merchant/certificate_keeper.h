// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "merchant/applicant.h"
#include "x509/status_staple.h"

namespace countersign::merchant {

// CertificateKeeper sees to it that the gateway has a valid certificate with a fresh status: applies or waits
// for what was applied for, renews in time, fetches the status, and tells whoever uses the certificate when
// it changes.
class CertificateKeeper {
 public:
  enum class Application { kByOperator, kByItself };
  // `use` is called with each certificate before anybody else sees it, and once at the start if there is one
  // already.
  CertificateKeeper(Identity& identity, Applicant& applicant, x509::StatusStaple& staple,
                    Application application, std::function<Result<void>(const x509::Signer&)> use);

  // Does what is due now; to be called every few seconds from one thread.
  Result<void> tick();

 private:
  Result<void> obtain();
  Result<void> announce();

  Identity& identity_;
  Applicant& applicant_;
  x509::StatusStaple& staple_;
  const Application application_;
  const std::function<Result<void>(const x509::Signer&)> use_;
  std::optional<Sha256Digest> in_use_;  // fingerprint of the certificate last announced
};

}  // namespace countersign::merchant
