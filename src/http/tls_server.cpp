// SPDX-License-Identifier: Apache-2.0
#include "http/tls_server.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "base/log.h"
#include "crypto/openssl.h"
#include "http/tls.h"
#include "x509/path.h"

namespace countersign::http {
namespace {

TlsServer::Handshake& handshake_of(SSL* session) {
  return *static_cast<TlsServer::Handshake*>(SSL_get_app_data(session));
}

// The certificate when it verifies in one of the listener's roles; else the last role's error.
Result<x509::Certificate> judge_client(const TlsListener& listener, BytesView der) {
  TRY(auto certificate, x509::Certificate::from_der(der));
  const TimePoint now = time_of(listener.clock);
  Error reason{ErrorCode::kWrongRole, "no role is accepted here"};
  for (const x509::Role role : listener.client_roles) {
    const Result<void> verdict = x509::verify_path(certificate, *listener.client_anchor, role, now);
    if (verdict) return certificate;
    reason = verdict.error();
  }
  return fail(std::move(reason));
}

// Takes the place of OpenSSL's own path building (SSL_CTX_set_cert_verify_callback). Exceptions may not pass
// C code.
int verify_client(X509_STORE_CTX* verification, void*) noexcept {
  try {
    auto* session =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    TlsServer::Handshake& handshake = handshake_of(session);
    const std::vector<Bytes> chain = presented_chain(verification);
    if (chain.empty()) return refuse_peer(verification, ErrorCode::kMalformed);
    Result<x509::Certificate> certificate = judge_client(handshake.server->listener(), chain.front());
    if (!certificate) {
      log_error("client_certificate_refused", certificate.error());
      return refuse_peer(verification, certificate.error().code);
    }
    handshake.client_certificate = std::move(certificate).value();
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    return 1;
  } catch (...) {
    return refuse_peer(verification, ErrorCode::kInternal);
  }
}

int staple_status(SSL* session, void*) noexcept {
  try {
    const TlsServer* server = handshake_of(session).server;
    const Bytes response = server->listener().stapled_ocsp();
    if (response.empty()) return SSL_TLSEXT_ERR_NOACK;
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
    if (copy == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;
    SSL_set_tlsext_status_ocsp_resp(session, copy, static_cast<long>(response.size()));  // takes `copy`
    return SSL_TLSEXT_ERR_OK;
  } catch (...) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
}

// RFC 7301 §3.2: a client that names protocols must name ours.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) noexcept {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11, sizeof(kHttp11) - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<const TlsServer>> TlsServer::create(TlsListener listener) {
  std::shared_ptr<TlsServer> server(new TlsServer(std::move(listener)));
  TRY(server->configure());
  return std::shared_ptr<const TlsServer>(std::move(server));
}

TlsServer::~TlsServer() {
  SSL_CTX_free(context_);
}

Result<void> TlsServer::configure() {
  context_ = SSL_CTX_new(TLS_server_method());
  if (context_ == nullptr) return crypto::openssl_failure(ErrorCode::kInternal, "TLS context");
  TRY(restrict_to_tls13(context_, Signatures::kOfTheNetwork));
  TRY(set_identity(context_, listener_.identity));
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context_, select_protocol, nullptr);
  if (listener_.stapled_ocsp) SSL_CTX_set_tlsext_status_cb(context_, staple_status);
  if (listener_.client_anchor) {
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);  // asked for, not demanded
    SSL_CTX_set_cert_verify_callback(context_, verify_client, nullptr);
  }
  return ok();
}

ssl_st* TlsServer::new_session(Handshake& handshake) const {
  SSL* session = SSL_new(context_);
  if (session == nullptr) return nullptr;
  handshake.server = this;
  SSL_set_app_data(session, &handshake);
  SSL_set_accept_state(session);
  return session;
}

}  // namespace countersign::http
