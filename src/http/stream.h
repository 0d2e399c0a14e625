// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "http/tls_server.h"

namespace countersign::http {

// What a step of input or output came to.
struct Step {
  enum class Kind { kDone, kWantRead, kWantWrite, kEnd, kFailed };
  Kind kind = Kind::kFailed;
  std::size_t bytes = 0;  // of kDone
};

// What a TLS session writes its records to.
struct TlsSocket {
  int descriptor = -1;
  bool more_follows = false;
};

// Stream reads and writes one connected, non-blocking socket, plain or through TLS. It never waits: kWantRead
// and kWantWrite say for what the caller has to wait before it repeats the call. Does not own the descriptor.
class Stream {
 public:
  // Plain when `tls` is null. Null when memory is short.
  static std::unique_ptr<Stream> create(int descriptor, std::shared_ptr<const TlsServer> tls);
  // Through a client's TLS session, which it takes. Null when memory is short.
  static std::unique_ptr<Stream> over(int descriptor, ssl_st* session);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Step handshake();
  Step read(std::span<std::uint8_t> buffer);
  Step write(std::string_view bytes);
  // Tells the peer that nothing more follows; what it still sends can be read.
  void finish();
  // After finish: takes what the peer still sends, undeciphered.
  Step discard();
  // Whether bytes wait in memory, so that the socket need not become readable.
  bool has_pending() const;
  const std::optional<x509::Certificate>& client_certificate() const { return handshake_.client_certificate; }
  // See Request::tls_exporter; after the handshake.
  const Bytes& tls_exporter() const { return tls_exporter_; }

 private:
  Stream(int descriptor, std::shared_ptr<const TlsServer> tls);
  Step step_of(int result);
  bool attach();

  TlsSocket socket_;
  const std::shared_ptr<const TlsServer> tls_;
  TlsServer::Handshake handshake_;
  ssl_st* session_ = nullptr;
  Bytes tls_exporter_;
  bool failed_ = false;  // after a fatal error OpenSSL forbids even the closing alert
};

}  // namespace countersign::http
