// SPDX-License-Identifier: Apache-2.0
#include "http/websocket_tls.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include "crypto/openssl.h"
#include "http/tls.h"
#include "x509/path.h"

namespace countersign::http {
namespace {

bool is_address(const std::string& host) {
  unsigned char address[16];
  return inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

ErrorCode code_of(long verification) {
  switch (verification) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return ErrorCode::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return ErrorCode::kNotYetValid;
    case X509_V_ERR_CERT_REVOKED:
      return ErrorCode::kCertificateRevoked;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return ErrorCode::kWrongOrigin;
    default:
      return ErrorCode::kCertificateUnknown;
  }
}

// As a browser does it: the system's roots, and the host among the certificate's names.
Result<void> expect_host(SSL* session, const std::string& host) {
  const bool done = is_address(host)
                        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1
                        : SSL_set1_host(session, host.c_str()) == 1;
  return done ? Result<void>(ok()) : crypto::openssl_failure(ErrorCode::kInternal, "TLS host");
}

Result<void> judge_chain(const std::vector<Bytes>& chain, const NetworkPeer& expected, const Url& url) {
  std::vector<x509::Certificate> authorities;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    TRY(auto certificate, x509::Certificate::from_der(chain[i]));
    if (certificate.fingerprint() != expected.root.fingerprint())
      authorities.push_back(std::move(certificate));
  }
  const TimePoint now = time_of(expected.clock);
  TRY(auto anchor, x509::TrustAnchor::create(expected.root, std::move(authorities), now));
  TRY(auto leaf, x509::Certificate::from_der(chain.front()));
  TRY(x509::verify_path(leaf, anchor, expected.role, now));
  return check_peer_names(leaf, {}, url);
}

ClientOptions judging_of(const WebSocketClientOptions& options, const Url& url) {
  ClientOptions judging;
  if (const auto& peer = options.peer) {
    judging.inspect_peer = [&peer, &url](const std::vector<Bytes>& chain) {
      return judge_chain(chain, *peer, url);
    };
  }
  return judging;
}

}  // namespace

WebSocketTls::WebSocketTls(const WebSocketClientOptions& options, const Url& url)
    : options_(options), url_(url), judging_(judging_of(options, url)), judge_(judging_, url_) {}

WebSocketTls::~WebSocketTls() {
  SSL_CTX_free(context_);
}

Result<void> WebSocketTls::configure() {
  context_ = SSL_CTX_new(TLS_client_method());
  if (context_ == nullptr) return crypto::openssl_failure(ErrorCode::kInternal, "TLS context");
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  if (SSL_CTX_set_alpn_protos(context_, kHttp11, sizeof(kHttp11) - 1) != 0) {
    return crypto::openssl_failure(ErrorCode::kInternal, "TLS protocols");
  }
  if (options_.peer) return judge_.configure(context_);
  TRY(restrict_to_tls13(context_, Signatures::kAny));
  if (SSL_CTX_set_default_verify_paths(context_) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "TLS roots of the system");
  }
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  return ok();
}

Result<ssl_st*> WebSocketTls::new_session() {
  TRY(configure());
  crypto::Handle<SSL, SSL_free> session(SSL_new(context_));
  if (!session) return crypto::openssl_failure(ErrorCode::kInternal, "TLS session");
  if (!options_.peer) {
    TRY(expect_host(session.get(), url_.host));
  }
  if (!is_address(url_.host) && SSL_set_tlsext_host_name(session.get(), url_.host.c_str()) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "TLS host");
  }
  SSL_set_connect_state(session.get());
  return session.release();
}

Result<std::unique_ptr<Stream>> WebSocketTls::open(int descriptor, Deadline deadline) {
  TRY(ssl_st* const session, new_session());
  auto stream = Stream::over(descriptor, session);
  if (!stream) return fail(ErrorCode::kInternal, "TLS: out of memory");
  for (;;) {
    const Step step = stream->handshake();
    if (step.kind == Step::Kind::kDone) break;
    const bool wants_read = step.kind == Step::Kind::kWantRead;
    if (!wants_read && step.kind != Step::Kind::kWantWrite) return fail(error_of(session));
    if (wait_for_descriptor(descriptor, wants_read ? POLLIN : POLLOUT, -1, deadline) != Waited::kReady) {
      return fail(ErrorCode::kUnavailable, url_.origin() + ": no answer in time");
    }
  }
  // The last gate, whatever OpenSSL was told.
  const bool is_accepted =
      options_.peer ? judge_.has_accepted() : SSL_get_verify_result(session) == X509_V_OK;
  if (!is_accepted) return fail(ErrorCode::kUnauthenticated, url_.origin() + ": peer was not judged");
  return stream;
}

Error WebSocketTls::error_of(const ssl_st* session) const {
  const std::string where = url_.origin() + ": ";
  if (judge_.error()) return {judge_.error()->code, where + judge_.error()->detail};
  const long verification = SSL_get_verify_result(session);
  if (verification != X509_V_OK) {
    return {code_of(verification), where + X509_verify_cert_error_string(verification)};
  }
  return {ErrorCode::kUnavailable, where + "TLS handshake: " + crypto::openssl_text()};
}

}  // namespace countersign::http
