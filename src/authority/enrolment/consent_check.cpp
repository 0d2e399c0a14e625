// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/consent_check.h"

#include "authority/issuing/nonces.h"
#include "base/mail_address.h"
#include "crypto/digest.h"
#include "mail/mail.h"

namespace countersign::authority {

Result<VerifiedConsent> verify_consent(BytesView cms, const x509::Certificate& client,
                                       const AuthorityKeys& keys, TimePoint now) {
  if (cms.empty())
    return fail(ErrorCode::kConsentMissing, "an enrolment needs the purchaser's signed consent");
  TRY(const auto document, x509::verify_signed_document(cms, *keys.anchor, x509::Role::kMerchant, now));
  if (!(document.signer.subject() == client.subject())) {
    return fail(ErrorCode::kForbidden, "consent: signed by another merchant than the one that asks");
  }
  TRY(auto consent, documents::parse_consent(document.cms.content));
  if (!(consent.merchant == documents::reference_to(document.signer))) {
    return fail(ErrorCode::kForbidden, "consent.merchant: is not the merchant that signed it");
  }
  if (!is_mail_address(consent.email))
    return fail(ErrorCode::kMalformed, "consent.email: not a mail address");
  const auto digest = crypto::sha256(document.cms.content);
  return VerifiedConsent{std::move(consent), digest, document.signer};
}

Result<void> is_fresh(const documents::Consent& consent, Seconds longest, TimePoint now) {
  if (consent.given > now + kRequestWindow) {
    return fail(ErrorCode::kClockSkew, "consent.given: lies in the future");
  }
  if (consent.given < now - longest)
    return fail(ErrorCode::kExpired, "consent.given: too long ago; ask again");
  return ok();
}

}  // namespace countersign::authority
