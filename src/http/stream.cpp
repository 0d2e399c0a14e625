// SPDX-License-Identifier: Apache-2.0
#include "http/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

#include "http/tls.h"

namespace countersign::http {
namespace {

Step step_of_errno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {Step::Kind::kWantRead};
  return {Step::Kind::kFailed};
}

Step receive(int descriptor, std::span<std::uint8_t> buffer) {
  const ssize_t result = recv(descriptor, buffer.data(), buffer.size(), 0);
  if (result == 0) return {Step::Kind::kEnd};
  return result > 0 ? Step{Step::Kind::kDone, static_cast<std::size_t>(result)} : step_of_errno();
}

// A BIO over a socket that sends without SIGPIPE, which OpenSSL's own does not.
const TlsSocket& bio_socket(BIO* bio) {
  return *static_cast<const TlsSocket*>(BIO_get_data(bio));
}

int bio_result(BIO* bio, ssize_t result, int retry) {
  BIO_clear_retry_flags(bio);
  if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_flags(bio, retry);
  return static_cast<int>(result);
}

int bio_write(BIO* bio, const char* data, int size) {
  const auto count = static_cast<std::size_t>(size);
  const TlsSocket& socket = bio_socket(bio);
  const int flags = socket.more_follows ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
  return bio_result(bio, send(socket.descriptor, data, count, flags),
                    BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
}

int bio_read(BIO* bio, char* data, int size) {
  const ssize_t result = recv(bio_socket(bio).descriptor, data, static_cast<std::size_t>(size), 0);
  if (result == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return bio_result(bio, result, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return kMethod;
}

}  // namespace

Stream::Stream(int descriptor, std::shared_ptr<const TlsServer> tls)
    : socket_{descriptor}, tls_(std::move(tls)) {}

std::unique_ptr<Stream> Stream::create(int descriptor, std::shared_ptr<const TlsServer> tls) {
  std::unique_ptr<Stream> stream(new Stream(descriptor, std::move(tls)));
  if (!stream->tls_) return stream;
  stream->session_ = stream->tls_->new_session(stream->handshake_);
  return stream->attach() ? std::move(stream) : nullptr;
}

std::unique_ptr<Stream> Stream::over(int descriptor, ssl_st* session) {
  std::unique_ptr<Stream> stream(new Stream(descriptor, nullptr));
  stream->session_ = session;
  return stream->attach() ? std::move(stream) : nullptr;
}

bool Stream::attach() {
  BIO* bio = session_ == nullptr ? nullptr : BIO_new(socket_method());
  if (bio == nullptr) return false;
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_, bio, bio);  // takes `bio`
  return true;
}

Stream::~Stream() {
  SSL_free(session_);
}

Step Stream::handshake() {
  if (session_ == nullptr) return {Step::Kind::kDone};
  ERR_clear_error();
  const Step step = step_of(SSL_do_handshake(session_));
  if (step.kind == Step::Kind::kDone)
    tls_exporter_ = to_bytes(payment_exporter(session_).reveal(crypto::SecretAccess()));
  return step;
}

Step Stream::read(std::span<std::uint8_t> buffer) {
  if (session_ == nullptr) return receive(socket_.descriptor, buffer);
  ERR_clear_error();
  return step_of(SSL_read(session_, buffer.data(), static_cast<int>(buffer.size())));
}

Step Stream::write(std::string_view bytes) {
  if (session_ != nullptr) {
    ERR_clear_error();
    // One record at a time; the kernel sends it together with the next.
    const std::string_view record = bytes.substr(0, SSL3_RT_MAX_PLAIN_LENGTH);
    socket_.more_follows = record.size() < bytes.size();
    return step_of(SSL_write(session_, record.data(), static_cast<int>(record.size())));
  }
  const ssize_t result = send(socket_.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (result >= 0) return {Step::Kind::kDone, static_cast<std::size_t>(result)};
  const Step step = step_of_errno();
  return step.kind == Step::Kind::kWantRead ? Step{Step::Kind::kWantWrite} : step;
}

void Stream::finish() {
  if (session_ != nullptr && !failed_ && SSL_is_init_finished(session_)) {
    ERR_clear_error();
    SSL_shutdown(session_);
  }
  shutdown(socket_.descriptor, SHUT_WR);
}

Step Stream::discard() {
  std::uint8_t buffer[4096];
  return receive(socket_.descriptor, buffer);
}

bool Stream::has_pending() const {
  return session_ != nullptr && SSL_has_pending(session_) == 1;
}

Step Stream::step_of(int result) {
  if (result > 0) return {Step::Kind::kDone, static_cast<std::size_t>(result)};
  switch (SSL_get_error(session_, result)) {
    case SSL_ERROR_WANT_READ:
      return {Step::Kind::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {Step::Kind::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {Step::Kind::kEnd};
    default:
      failed_ = true;
      return {Step::Kind::kFailed};
  }
}

}  // namespace countersign::http
