// SPDX-License-Identifier: Apache-2.0
#include "link/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "crypto/openssl.h"
#include "link/socket_bio.h"

namespace countersign::link {
namespace {

constexpr char kCipherSuites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kGroups[] = "X25519:P-256";
constexpr char kSignatures[] = "ecdsa_secp256r1_sha256";
constexpr std::array<std::uint8_t, 19> kProtocol{18,  'c', 'o', 'u', 'n', 't', 'e', 'r', 's', 'i',
                                                 'g', 'n', '-', 'l', 'i', 'n', 'k', '/', '1'};
constexpr long kMaxCertificates = 4096;
constexpr std::size_t kExporterSize = 32;

// How often a wait looks whether it was stopped.
constexpr std::chrono::milliseconds kStopPeriod{50};
// How long a refused peer may take to hear the alert.
constexpr std::chrono::milliseconds kLingering{500};

// Takes the place of OpenSSL's path building: the key alone counts. Exceptions may not pass C code.
int judge_peer(X509_STORE_CTX* verification, void*) noexcept {
  try {
    auto* session =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* stream = static_cast<TlsStream*>(SSL_get_app_data(session));
    X509* certificate = X509_STORE_CTX_get0_cert(verification);
    EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
    if (key == nullptr) return X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_REJECTED), 0;
    const auto peer = crypto::PublicKey::from_native(key);
    if (!peer) return X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_REJECTED), 0;
    if (const auto judged = stream->judge(peer.value().spki_digest()); !judged) {
      const bool revoked = judged.error().code == ErrorCode::kCertificateRevoked;
      X509_STORE_CTX_set_error(verification,
                               revoked ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
      return 0;
    }
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    return 1;
  } catch (...) {
    X509_STORE_CTX_set_error(verification, X509_V_ERR_UNSPECIFIED);
    return 0;
  }
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) noexcept {
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kProtocol.data(), kProtocol.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

// What a fatal error of the library means for the link. Empties the error queue.
Error tls_error() {
  const unsigned long last = ERR_peek_last_error();
  const int reason = ERR_GET_LIB(last) == ERR_LIB_SSL ? ERR_GET_REASON(last) : 0;
  const std::string detail = "link TLS: " + crypto::openssl_text();
  switch (reason) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return {ErrorCode::kForbidden, detail};
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return {ErrorCode::kUnsupported, detail};
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {ErrorCode::kUnavailable, "link TLS: the stream was cut off"};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return {ErrorCode::kUnauthenticated, detail};
    default:
      return {ErrorCode::kMalformed, detail};
  }
}

short poll_events(TlsStream::Wants wants) {
  return wants == TlsStream::Wants::kWrite ? POLLOUT : POLLIN;
}

}  // namespace

TlsStream::TlsStream(Socket socket, const Identity& identity, Judge judge)
    : socket_(std::move(socket)), judge_(std::move(judge)), own_(identity.digest()) {}

TlsStream::~TlsStream() {
  SSL_free(session_);
  SSL_CTX_free(context_);
}

Result<void> TlsStream::judge(const Sha256Digest& peer) {
  peer_ = peer;
  auto judged = judge_(peer);
  if (!judged) refusal_ = judged.error();
  return judged;
}

Result<void> TlsStream::configure(Side side, const Identity& identity) {
  const bool connecting = side == Side::kConnecting;
  context_ = SSL_CTX_new(connecting ? TLS_client_method() : TLS_server_method());
  if (context_ == nullptr) return crypto::openssl_failure(ErrorCode::kInternal, "link TLS context");
  const bool done = SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(context_, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_ciphersuites(context_, kCipherSuites) == 1 &&
                    SSL_CTX_set1_groups_list(context_, kGroups) == 1 &&
                    SSL_CTX_set1_sigalgs_list(context_, kSignatures) == 1 &&
                    SSL_CTX_set_num_tickets(context_, 0) == 1 &&
                    SSL_CTX_use_certificate(context_, identity.certificate().native()) == 1 &&
                    SSL_CTX_use_PrivateKey(context_, identity.key().native()) == 1;
  if (!done) return crypto::openssl_failure(ErrorCode::kInternal, "link TLS context");
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context_, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_max_cert_list(context_, kMaxCertificates);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context_, judge_peer, nullptr);
  if (!connecting) SSL_CTX_set_alpn_select_cb(context_, select_protocol, nullptr);
  session_ = SSL_new(context_);
  if (session_ == nullptr) return crypto::openssl_failure(ErrorCode::kInternal, "link TLS session");
  SSL_set_app_data(session_, this);
  // SSL_set_alpn_protos returns 0 for success.
  if (connecting && SSL_set_alpn_protos(session_, kProtocol.data(), kProtocol.size()) != 0)
    return crypto::openssl_failure(ErrorCode::kInternal, "link TLS session");
  BIO* bio = new_socket_bio(socket_);
  SSL_set_bio(session_, bio, bio);  // takes both, which are one
  connecting ? SSL_set_connect_state(session_) : SSL_set_accept_state(session_);
  return ok();
}

Result<std::unique_ptr<TlsStream>> TlsStream::connect(Socket socket, const Identity& identity, Judge judge,
                                                      Deadline deadline, const std::stop_token& stop) {
  return handshake(Side::kConnecting, std::move(socket), identity, std::move(judge), deadline, stop);
}

Result<std::unique_ptr<TlsStream>> TlsStream::accept(Socket socket, const Identity& identity, Judge judge,
                                                     Deadline deadline, const std::stop_token& stop) {
  return handshake(Side::kAccepting, std::move(socket), identity, std::move(judge), deadline, stop);
}

Result<std::unique_ptr<TlsStream>> TlsStream::handshake(Side side, Socket socket, const Identity& identity,
                                                        Judge judge, Deadline deadline,
                                                        const std::stop_token& stop) {
  TRY(make_nonblocking(socket));
  std::unique_ptr<TlsStream> stream(new TlsStream(std::move(socket), identity, std::move(judge)));
  TRY(stream->configure(side, identity));
  for (;;) {
    ERR_clear_error();
    const int returned = SSL_do_handshake(stream->session_);
    if (returned == 1) break;
    const auto outcome = stream->outcome_of(returned, 0);
    if (!outcome) {
      if (stream->refusal_)
        stream->linger(std::min(deadline, after(kLingering)));  // so that the alert arrives
      return fail(outcome.error());
    }
    const Step step = outcome.value();
    if (step.closed) return fail(ErrorCode::kUnavailable, "link TLS: closed within the handshake");
    TRY(stream->wait(step.wants, deadline, stop));
  }
  // A server that knows no ALPN says nothing about it.
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(stream->session_, &protocol, &size);
  if (!equal({protocol, size}, BytesView(kProtocol).subspan(1)))
    return fail(ErrorCode::kUnsupported, "link TLS: the other side speaks no link");
  return stream;
}

crypto::SecretBytes TlsStream::exporter(std::string_view label) const {
  auto secret = crypto::SecretBytes::of_size(kExporterSize);
  if (SSL_export_keying_material(session_, secret.writable(crypto::SecretAccess()).data(), kExporterSize,
                                 label.data(), label.size(), nullptr, 0, 0) != 1)
    crypto::throw_openssl("TLS exporter");
  return secret;
}

// Right after the call whose outcome it judges: `returned` is what that call returned.
Result<TlsStream::Step> TlsStream::outcome_of(int returned, std::size_t bytes) {
  if (returned == 1) return Step{bytes, Wants::kNothing, false};
  switch (SSL_get_error(session_, returned)) {
    case SSL_ERROR_WANT_READ:
      return Step{0, Wants::kRead, false};
    case SSL_ERROR_WANT_WRITE:
      return Step{0, Wants::kWrite, false};
    case SSL_ERROR_ZERO_RETURN:
      return Step{0, Wants::kNothing, true};
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      ERR_clear_error();
      return fail(ErrorCode::kUnavailable, "link TLS: the stream broke");
    default:
      broken_ = true;
      Error error = tls_error();
      return fail(refusal_ ? *refusal_ : std::move(error));
  }
}

Result<TlsStream::Step> TlsStream::read_some(std::span<std::uint8_t> buffer) {
  if (broken_) return fail(ErrorCode::kUnavailable, "link TLS: broken before");
  ERR_clear_error();
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(session_, buffer.data(), buffer.size(), &bytes);
  return outcome_of(returned, bytes);
}

Result<TlsStream::Step> TlsStream::write_some(BytesView bytes) {
  if (broken_) return fail(ErrorCode::kUnavailable, "link TLS: broken before");
  ERR_clear_error();
  std::size_t written = 0;
  const int returned = SSL_write_ex(session_, bytes.data(), bytes.size(), &written);
  return outcome_of(returned, written);
}

Result<void> TlsStream::wait(Wants wants, Deadline deadline, const std::stop_token& stop) const {
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "link: stopped");
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(ErrorCode::kUnavailable, "link: the other side took too long");
    pollfd poll_for{socket_.number(), poll_events(wants), 0};
    const auto period = stop.stop_possible() ? std::min(left, kStopPeriod) : left;
    const int ready = ::poll(&poll_for, 1, static_cast<int>(std::min<std::int64_t>(period.count(), 60'000)));
    if (ready > 0) return ok();
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::kInternal, "link: poll");
  }
}

Result<void> TlsStream::read_all(std::span<std::uint8_t> buffer, Deadline deadline,
                                 const std::stop_token& stop) {
  while (!buffer.empty()) {
    TRY(const Step step, read_some(buffer));
    if (step.closed) return fail(ErrorCode::kGone, "link: the other side ended");
    buffer = buffer.subspan(step.bytes);
    if (step.wants != Wants::kNothing) {
      TRY(wait(step.wants, deadline, stop));
    }
  }
  return ok();
}

Result<void> TlsStream::write_all(BytesView bytes, Deadline deadline, const std::stop_token& stop) {
  while (!bytes.empty()) {
    TRY(const Step step, write_some(bytes));
    bytes = bytes.subspan(step.bytes);
    if (step.wants != Wants::kNothing) {
      TRY(wait(step.wants, deadline, stop));
    }
  }
  return ok();
}

void TlsStream::linger(Deadline deadline) const {
  ::shutdown(socket_.number(), SHUT_WR);
  std::array<std::uint8_t, 4096> unread;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait_for{socket_.number(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wait_for, 1, static_cast<int>(left.count())) <= 0) return;
    if (::recv(socket_.number(), unread.data(), unread.size(), 0) <= 0) return;
  }
}

void TlsStream::finish() {
  if (broken_) return;
  ERR_clear_error();
  SSL_shutdown(session_);
  ERR_clear_error();
}

}  // namespace countersign::link
