// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/dialogue.h"
#include "documents/dialogue_session.h"
#include "x509/path.h"

namespace countersign::wallet {

// What a session offer is held against before anything in its envelope is decrypted (F6 S21–S24).
struct SessionContext {
  const x509::Certificate& merchant;   // of the TLS peer
  const x509::Certificate& purchaser;  // for signatures
  const x509::Certificate& agreement;  // that the envelope must be for
  const x509::TrustAnchor& anchor;
  Sha256Digest wallet_nonce;
  std::string checkout;
  std::string origin;  // that a browser attests; empty: any of the merchant's
  TimePoint now;
};

// verify_session_offer verifies the merchant's signature and every member. kForbidden for another signer than
// the TLS peer, other certificates, another dialogue or another envelope; kConflict for another checkout,
// kWrongOrigin, kExpired, and what verification of signature and path says.
Result<documents::SessionOffer> verify_session_offer(const documents::SessionOfferMessage& message,
                                                     const SessionContext& context);

}  // namespace countersign::wallet
