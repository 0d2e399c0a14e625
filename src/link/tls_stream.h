// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "link/identity.h"
#include "link/socket.h"

struct ssl_st;
struct ssl_ctx_st;

namespace countersign::link {

// TlsStream is TLS 1.3 over a byte stream, both sides with self-signed P-256 keys that are judged by their
// digest alone; no resumption, one application protocol. For one thread at a time.
class TlsStream {
 public:
  // Judges the other side by the SHA-256 of its SubjectPublicKeyInfo. kCertificateRevoked and any other
  // failure are told to the other side as alerts.
  using Judge = std::function<Result<void>(const Sha256Digest& peer)>;

  // The handshake, at most until `deadline`: kUnavailable after it, kCancelled, the judge's error; else
  // kForbidden when the other side refused our key (on the connecting side this shows at the first read),
  // kUnsupported when it speaks another protocol, kUnavailable when the stream ended, kMalformed when it is
  // no TLS 1.3.
  static Result<std::unique_ptr<TlsStream>> connect(Socket socket, const Identity& identity, Judge judge,
                                                    Deadline deadline, const std::stop_token& stop = {});
  static Result<std::unique_ptr<TlsStream>> accept(Socket socket, const Identity& identity, Judge judge,
                                                   Deadline deadline, const std::stop_token& stop = {});
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  const Sha256Digest& peer() const { return peer_; }
  const Sha256Digest& own() const { return own_; }
  // 32 bytes that both sides of this session, and nobody else, can compute (RFC 8446 §7.5).
  crypto::SecretBytes exporter(std::string_view label) const;

  // What a read or write did without waiting. Nothing done: wait for `wants`, then ask again alike.
  enum class Wants { kNothing, kRead, kWrite };
  struct Step {
    std::size_t bytes = 0;
    Wants wants = Wants::kNothing;
    bool closed = false;  // the other side has ended orderly (reading only)
  };
  // After an error nothing further can be done. Errors as above.
  Result<Step> read_some(std::span<std::uint8_t> buffer);
  Result<Step> write_some(BytesView bytes);
  // All of it, waiting: kUnavailable after the deadline, kCancelled; kGone when the other side ended orderly.
  Result<void> read_all(std::span<std::uint8_t> buffer, Deadline deadline, const std::stop_token& stop = {});
  Result<void> write_all(BytesView bytes, Deadline deadline, const std::stop_token& stop = {});
  // Tells the other side of an orderly end, as far as that goes without waiting.
  void finish();
  // Before a stream is dropped on which the other side may still be writing: says that nothing more comes and
  // takes in what does, until the other side ends too. Closing a TCP socket with unread bytes would throw
  // away what is on its way, the reason of the end above all.
  void linger(Deadline deadline) const;

  const Socket& socket() const { return socket_; }

  // For the callback of OpenSSL.
  Result<void> judge(const Sha256Digest& peer);

 private:
  enum class Side { kConnecting, kAccepting };
  TlsStream(Socket socket, const Identity& identity, Judge judge);
  static Result<std::unique_ptr<TlsStream>> handshake(Side side, Socket socket, const Identity& identity,
                                                      Judge judge, Deadline deadline,
                                                      const std::stop_token& stop);
  Result<void> configure(Side side, const Identity& identity);
  Result<Step> outcome_of(int returned, std::size_t bytes);
  Result<void> wait(Wants wants, Deadline deadline, const std::stop_token& stop) const;

  Socket socket_;
  Judge judge_;
  Sha256Digest own_{};
  Sha256Digest peer_{};
  std::optional<Error> refusal_;  // what the judge said
  bool broken_ = false;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* session_ = nullptr;
};

}  // namespace countersign::link
