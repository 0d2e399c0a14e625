// SPDX-License-Identifier: Apache-2.0
#include "http/tls_client.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "base/clock_tolerance.h"
#include "crypto/openssl.h"
#include "http/tls.h"
#include "x509/path.h"
#include "x509/status_check.h"

namespace countersign::http {
namespace {

TlsClient& client_of(SSL* session) {
  return *static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
}

BytesView stapled_status_of(SSL* session) {
  const unsigned char* response = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(session, static_cast<void*>(&response));
  if (size <= 0 || response == nullptr) return {};
  return {response, static_cast<std::size_t>(size)};
}

// Takes the place of OpenSSL's own path building. In TLS 1.3 the stapled response comes with the certificate,
// so that it is here already. Exceptions may not pass C code.
int verify_server(X509_STORE_CTX* verification, void*) noexcept {
  try {
    auto* session =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    TlsClient& client = client_of(session);
    const Result<void> verdict = client.judge(presented_chain(verification), stapled_status_of(session));
    if (!verdict) {
      client.note(verdict.error());
      return refuse_peer(verification, verdict.error().code);
    }
    client.accept();
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    return 1;
  } catch (...) {
    return refuse_peer(verification, ErrorCode::kInternal);
  }
}

// An alert about certificates tells why the peer ended the connection (RFC 8446 §6.2); the end of a handshake
// makes the exporter.
void note_event(const SSL* session, int where, int value) noexcept {
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
    auto* established = const_cast<SSL*>(session);
    client_of(established).keep_exporter(payment_exporter(established));
  }
  if ((where & SSL_CB_READ) == 0 || (where & SSL_CB_ALERT) == 0) return;
  const int description = value & 0xff;
  const bool about_certificate =
      (description >= SSL_AD_BAD_CERTIFICATE && description <= SSL_AD_UNKNOWN_CA) ||
      description == SSL_AD_ACCESS_DENIED || description == TLS13_AD_CERTIFICATE_REQUIRED;
  if (!about_certificate) return;
  client_of(const_cast<SSL*>(session))
      .note({ErrorCode::kUnauthenticated,
             std::string("the peer refused our certificate: ") + SSL_alert_desc_string_long(value)});
}

Result<void> check_stapled_status(const PeerCheck& check, const x509::Certificate& peer, BytesView response) {
  if (response.empty()) return fail(ErrorCode::kUnavailable, "peer: no stapled certificate status");
  TRY(const auto answer,
      x509::verify_ocsp_response(response, peer, *check.anchor, {}, time_of(check.clock), kClockTolerance));
  return x509::require_good(answer.status, "peer: " + peer.subject().text());
}

}  // namespace

Result<void> check_peer_names(const x509::Certificate& peer, const PeerCheck& check, const Url& url) {
  if (check.expected_subject) {
    if (peer.subject() == *check.expected_subject) return ok();
    return fail(ErrorCode::kWrongOrigin,
                "peer: is " + peer.subject().text() + ", not " + check.expected_subject->text());
  }
  const x509::AlternativeNames& names = peer.alternative_names();
  const auto contains = [](const std::vector<std::string>& list, const std::string& wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
  };
  if (contains(names.dns, url.host) || contains(names.ip, url.host) ||
      contains(names.origins, url.origin())) {
    return ok();
  }
  return fail(ErrorCode::kWrongOrigin, "peer: " + peer.subject().text() + " is not for " + url.origin());
}

Result<void> TlsClient::configure(ssl_ctx_st* context) {
  accepted_ = false;
  exporter_.wipe();
  TRY(restrict_to_tls13(context, options_.peer ? Signatures::kOfTheNetwork : Signatures::kAny));
  if (options_.identity) {
    TRY(set_identity(context, *options_.identity));
  }
  if (options_.peer && options_.peer->require_stapled_status &&
      SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "TLS status request");
  }
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_info_callback(context, note_event);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_server, nullptr);
  return ok();
}

Result<void> TlsClient::judge(const std::vector<Bytes>& chain, BytesView stapled_status) {
  if (chain.empty()) return fail(ErrorCode::kUnauthenticated, "peer: no certificate");
  if (options_.inspect_peer) {
    TRY(options_.inspect_peer(chain));
  }
  if (options_.peer) {
    TRY(judge_peer(*options_.peer, chain.front(), stapled_status));
  }
  return ok();
}

Result<void> TlsClient::judge_peer(const PeerCheck& check, BytesView leaf, BytesView stapled_status) const {
  TRY(auto certificate, x509::Certificate::from_der(leaf));
  TRY(x509::verify_path(certificate, *check.anchor, check.role, time_of(check.clock)));
  TRY(check_peer_names(certificate, check, url_));
  if (check.require_stapled_status) {
    TRY(check_stapled_status(check, certificate, stapled_status));
  }
  return ok();
}

}  // namespace countersign::http
