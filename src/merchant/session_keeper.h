// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>

#include "documents/dialogue.h"
#include "documents/dialogue_session.h"
#include "merchant/checkout_watch.h"
#include "merchant/context.h"
#include "merchant/dialogue_store.h"

namespace countersign::merchant {

// What the gateway sends of a session: the merchant's signed word, and what is sealed to the purchaser.
struct SessionOffering {
  Bytes offer;     // CMS SignedData over a SessionOffer
  Bytes envelope;  // CMS AuthEnvelopedData of SessionSecrets
};

// SessionKeeper makes session keys and keeps them, in memory alone (F6 S21–S24, S28). It watches checkouts,
// and destroys the key of each that is countersigned, refused, cancelled or expired. Thread-safe.
class SessionKeeper final : public CheckoutWatch {
 public:
  explicit SessionKeeper(GatewayContext context) : context_(context) {}

  // A fresh session key and the order's bytes, sealed to the agreement certificate of the dialogue and signed
  // by the merchant. The same statement and order again get the same offering. kRateLimited with too many
  // sessions at a time.
  Result<SessionOffering> offer(const Checkout& checkout, const Dialogue& dialogue, BytesView order);

  // The payment that was sealed under the checkout's session key and the wallet's TLS connection. kExpired
  // when the session's key is not here any more: the payment is to be started again; kForbidden without TLS,
  // kMalformed for what was sealed under another key or altered, kConflict for a payment of another order.
  Result<documents::PaymentData> open(std::string_view checkout, BytesView envelope, BytesView tls_exporter,
                                      BytesView order);
  void changed(std::string_view checkout, CheckoutState state) override;
  // Destroys the session key of a checkout that is done. No effect without one.
  void forget(std::string_view checkout);

 private:
  struct Session {
    std::string id;
    crypto::SecretBytes key;
    Sha256Digest subject{};  // of statement and order
    SessionOffering offering;
    TimePoint expires;
  };
  Result<Session> make(const Checkout& checkout, const Dialogue& dialogue, BytesView order) const;

  const GatewayContext context_;
  std::mutex mutex_;                                      // guards what follows
  std::map<std::string, Session, std::less<>> sessions_;  // by checkout
};

}  // namespace countersign::merchant
