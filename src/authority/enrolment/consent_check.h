// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/issuing/context.h"
#include "documents/consent.h"

namespace countersign::authority {

// A consent whose signature by the registering merchant was verified.
struct VerifiedConsent {
  documents::Consent consent;
  Sha256Digest digest;       // SHA-256 of the consent's bytes
  x509::Certificate signer;  // the merchant's
};

// verify_consent checks what a merchant hands in as the purchaser's consent (K5): one signature in the role
// of a merchant, by the merchant that asks (`client`, its TLS certificate), whom the consent itself names.
// Whether the signer's certificate is active is the caller's to ask of the directory. kConsentMissing when
// there is nothing, kForbidden for another merchant's consent, and what verify_signed_document and
// parse_consent say.
Result<VerifiedConsent> verify_consent(BytesView cms, const x509::Certificate& client,
                                       const AuthorityKeys& keys, TimePoint now);

// is_fresh refuses a consent that was given longer ago than `longest` (kExpired) or in the future
// (kClockSkew).
Result<void> is_fresh(const documents::Consent& consent, Seconds longest, TimePoint now);

}  // namespace countersign::authority
