// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "crypto/secret.h"
#include "x509/cms.h"

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_ctx_st;

// What both ends of TLS have in common.
namespace countersign::http {

// restrict_to_tls13 leaves a context with TLS 1.3, its cipher suites, X25519 and P-256, and nothing to
// resume. Signatures are the network's (ECDSA with P-256, Ed25519) where peers of the network are expected.
enum class Signatures { kOfTheNetwork, kAny };
Result<void> restrict_to_tls13(ssl_ctx_st* context, Signatures signatures);
// set_identity gives a context certificate, chain and key.
Result<void> set_identity(ssl_ctx_st* context, const x509::Signer& identity);
// The DER chain that a peer presented, leaf first, inside of a verify callback. Empty when there is none.
std::vector<Bytes> presented_chain(x509_store_ctx_st* verification);
// refuse_peer records the reason from which OpenSSL makes the alert. Returns 0, which a verify callback
// returns.
int refuse_peer(x509_store_ctx_st* verification, ErrorCode code);
// payment_exporter returns 32 bytes of the exporter (RFC 8446 §7.5) of an established session, with the label
// "EXPORTER-countersign-payment" and without context: the same at both ends, and nowhere else. Empty where
// there is none.
crypto::SecretBytes payment_exporter(ssl_st* session);
// The clock to judge a peer by: the given one, or the system's.
TimePoint time_of(const std::shared_ptr<const Clock>& clock);

}  // namespace countersign::http
