// SPDX-License-Identifier: Apache-2.0
#include "wallet/session_offer.h"

#include <algorithm>

#include "crypto/digest.h"
#include "x509/cms.h"

namespace countersign::wallet {
namespace {

Result<void> check_parties(const documents::SessionOffer& offer, const SessionContext& context) {
  if (offer.merchant != context.merchant.fingerprint())
    return fail(ErrorCode::kForbidden, "session-offer.merchant: is not whom this channel leads to");
  if (offer.purchaser != context.purchaser.fingerprint())
    return fail(ErrorCode::kForbidden, "session-offer.purchaser: is not this wallet's certificate");
  if (offer.agreement != context.agreement.fingerprint())
    return fail(ErrorCode::kForbidden, "session-offer.agreement: is not this wallet's certificate");
  return ok();
}

Result<void> check_origin(const std::string& origin, const SessionContext& context) {
  const auto& origins = context.merchant.alternative_names().origins;
  const bool is_certified = std::find(origins.begin(), origins.end(), origin) != origins.end();
  if (!is_certified || (!context.origin.empty() && origin != context.origin))
    return fail(ErrorCode::kWrongOrigin, "session-offer.origin: is not where this purchase began");
  return ok();
}

}  // namespace

Result<documents::SessionOffer> verify_session_offer(const documents::SessionOfferMessage& message,
                                                     const SessionContext& context) {
  TRY(const auto document,
      x509::verify_signed_document(message.offer, context.anchor, x509::Role::kMerchant, context.now));
  if (!(document.signer == context.merchant))
    return fail(ErrorCode::kForbidden, "session-offer: is not signed by whom this channel leads to");
  TRY(auto offer, documents::parse_session_offer(document.cms.content));
  TRY(check_parties(offer, context));
  if (offer.wallet_nonce != context.wallet_nonce)
    return fail(ErrorCode::kForbidden, "session-offer.walletNonce: is of another dialogue");
  if (offer.envelope != crypto::sha256(message.envelope))
    return fail(ErrorCode::kForbidden, "session-offer.envelope: is another one than came with it");
  if (offer.checkout != context.checkout)
    return fail(ErrorCode::kConflict, "session-offer.checkout: is another one");
  TRY(check_origin(offer.origin, context));
  if (context.now >= offer.expires) return fail(ErrorCode::kExpired, "session-offer.expires: is over");
  return offer;
}

}  // namespace countersign::wallet
