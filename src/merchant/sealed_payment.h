// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/dialogue_payment.h"
#include "x509/certificate.h"

namespace countersign::merchant {

// payment_of reads an opened payment instruction. kConflict where it is for another order than this one's
// bytes.
Result<documents::PaymentData> payment_of(const crypto::SecretBytes& instruction, BytesView order);

// SealingKey is a key of one run of the gateway to which wallets seal payments besides TLS (F5: information
// encrypted to the server's public key). Immutable, thread-safe.
class SealingKey {
 public:
  static Result<SealingKey> make(TimePoint now);
  // DER, self-signed; the TLS session that it comes through vouches for it.
  const Bytes& certificate() const { return certificate_.der(); }
  // The payment for this order. kExpired for what is sealed to another key, of an earlier run: the payment is
  // to be started again; kMalformed for what is altered, kConflict.
  Result<documents::PaymentData> open(BytesView envelope, BytesView order) const;

 private:
  SealingKey(x509::Certificate certificate, crypto::PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  x509::Certificate certificate_;
  crypto::PrivateKey key_;
};

}  // namespace countersign::merchant
