// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "crypto/openssl.h"

namespace countersign::http {
namespace {

constexpr char kCipherSuites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kGroups[] = "X25519:P-256";
constexpr char kSignatures[] = "ecdsa_secp256r1_sha256:ed25519";

Bytes der_of(X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  if (size <= 0) return {};
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

int verify_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::kExpired:
      return X509_V_ERR_CERT_HAS_EXPIRED;
    case ErrorCode::kNotYetValid:
      return X509_V_ERR_CERT_NOT_YET_VALID;
    case ErrorCode::kCertificateUnknown:
      return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    case ErrorCode::kCertificateOnHold:
    case ErrorCode::kCertificateRevoked:
      return X509_V_ERR_CERT_REVOKED;
    case ErrorCode::kSignatureInvalid:
      return X509_V_ERR_CERT_SIGNATURE_FAILURE;
    case ErrorCode::kWrongRole:
      return X509_V_ERR_INVALID_PURPOSE;
    default:
      return X509_V_ERR_CERT_REJECTED;
  }
}

}  // namespace

Result<void> restrict_to_tls13(ssl_ctx_st* context, Signatures signatures) {
  const bool done = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_ciphersuites(context, kCipherSuites) == 1 &&
                    SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
                    SSL_CTX_set_num_tickets(context, 0) == 1 &&
                    (signatures == Signatures::kAny || SSL_CTX_set1_sigalgs_list(context, kSignatures) == 1);
  if (!done) return crypto::openssl_failure(ErrorCode::kInternal, "TLS context");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_read_ahead(context, 1);
  return ok();
}

Result<void> set_identity(ssl_ctx_st* context, const x509::Signer& identity) {
  if (SSL_CTX_use_certificate(context, identity.certificate.native()) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "TLS certificate");
  }
  for (const x509::Certificate& certificate : identity.chain) {
    if (SSL_CTX_add1_chain_cert(context, certificate.native()) != 1) {
      return crypto::openssl_failure(ErrorCode::kInternal, "TLS chain");
    }
  }
  if (SSL_CTX_use_PrivateKey(context, identity.key.native()) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "TLS key");
  }
  return ok();
}

std::vector<Bytes> presented_chain(x509_store_ctx_st* verification) {
  std::vector<Bytes> chain;
  STACK_OF(X509)* certificates = X509_STORE_CTX_get0_untrusted(verification);
  const int count = std::max(sk_X509_num(certificates), 0);  // -1 for no stack
  chain.reserve(static_cast<std::size_t>(count) + 1);
  for (int i = 0; i < count; ++i) chain.push_back(der_of(sk_X509_value(certificates, i)));
  if (chain.empty()) {
    if (X509* leaf = X509_STORE_CTX_get0_cert(verification)) chain.push_back(der_of(leaf));
  }
  return chain;
}

int refuse_peer(x509_store_ctx_st* verification, ErrorCode code) {
  X509_STORE_CTX_set_error(verification, verify_error(code));
  return 0;
}

crypto::SecretBytes payment_exporter(ssl_st* session) {
  constexpr std::string_view kLabel = "EXPORTER-countersign-payment";
  auto exporter = crypto::SecretBytes::of_size(32);
  const auto out = exporter.writable(crypto::SecretAccess());
  if (SSL_export_keying_material(session, out.data(), out.size(), kLabel.data(), kLabel.size(), nullptr, 0,
                                 0) != 1) {
    crypto::openssl_text();
    return {};
  }
  return exporter;
}

TimePoint time_of(const std::shared_ptr<const Clock>& clock) {
  return clock ? clock->now() : SystemClock().now();
}

}  // namespace countersign::http
