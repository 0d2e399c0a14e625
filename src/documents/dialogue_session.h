// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "crypto/secret.h"
#include "documents/party.h"

namespace countersign::documents {

// SessionOffer is what a merchant signs when it sends a session key (F6 S21–S24): type "session-offer",
// version 1. An encrypted key alone could be replaced by whoever sits between; the wallet verifies this
// before it decrypts.
struct SessionOffer {
  std::string session;  // id, UUIDv7
  Sha256Digest wallet_nonce;
  std::string origin;
  std::string checkout;    // id, 1–64
  Sha256Digest merchant;   // of the merchant's certificate
  Sha256Digest purchaser;  // of the purchaser's signing certificate
  Sha256Digest agreement;  // of the certificate that the envelope is for
  Sha256Digest envelope;   // SHA-256 of the AuthEnvelopedData's DER
  TimePoint expires;
};
Result<Bytes> write_session_offer(const SessionOffer& offer);
Result<SessionOffer> parse_session_offer(BytesView json);

// SessionSecrets is what the envelope holds: type "session-secrets", version 1.
struct SessionSecrets {
  std::string session;              // of the offer
  crypto::SecretBytes session_key;  // 32 bytes
  Bytes order;                      // its very bytes
};
Result<crypto::SecretBytes> write_session_secrets(const SessionSecrets& secrets);
Result<SessionSecrets> parse_session_secrets(const crypto::SecretBytes& json);

// The TLS exporter (RFC 8446 §7.5, without context) that ties a session key to one connection.
inline constexpr std::string_view kPaymentExporterLabel = "EXPORTER-countersign-payment";
inline constexpr std::size_t kPaymentExporterSize = 32;

// derive_payment_key makes the key under which payment data goes from wallet to gateway: HKDF-SHA-256 of
// the session key, salted with the TLS exporter of the wallet's connection. 32 bytes.
crypto::SecretBytes derive_payment_key(const crypto::SecretBytes& session_key, BytesView tls_exporter);

}  // namespace countersign::documents
