// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/connection_count.h"
#include "http/message.h"
#include "http/router.h"
#include "x509/cms.h"

namespace countersign::http {

// TLS of a listener: TLS 1.3 only. Client certificates are asked for and optional: one that is presented must
// verify under `client_anchor` in one of `client_roles` or the handshake fails; handlers decide whether they
// need one.
struct TlsListener {
  x509::Signer identity;
  std::function<Bytes()>
      stapled_ocsp;  // DER OCSPResponse for status_request (RFC 6066 §8), or empty function
  std::shared_ptr<const x509::TrustAnchor> client_anchor;  // null: client certificates are not asked for
  std::vector<x509::Role> client_roles;
  std::shared_ptr<const Clock> clock;  // at which client certificates must be valid; null: the system's
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  unsigned short port = 0;  // 0: any free one
  std::optional<TlsListener> tls = {};
  int io_threads = 1;
  int worker_threads = 4;
  std::size_t max_body = 1 << 20;                 // 413 beyond
  std::size_t max_header = 16 << 10;              // 431 beyond
  std::size_t max_connections = 1024;             // accepted and closed beyond
  std::size_t max_connections_per_address = 128;  // the same; addresses count by address_key
  // From the first byte of a request to its last; as long for the handshake, and for the peer to take a
  // response.
  std::chrono::milliseconds read_timeout{15000};
  std::chrono::milliseconds idle_timeout{60000};  // between requests
  std::chrono::milliseconds stop_timeout{5000};   // for requests under way when the server stops
  // Metrics and access log: called with method, path and remote address of each request (headers and body are
  // gone) and its response, on the thread that writes it. See request_observer in metrics.h.
  std::function<void(const Request&, const Response&, std::chrono::microseconds)> observe = {};
  // Called for each connection beyond a limit, on the accepting thread. See refusal_observer in metrics.h.
  std::function<void(ConnectionRefusal)> observe_refusal = {};
};

// Server serves one listener over HTTP/1.1 with keep-alive. Every answer to malformed input is a problem.
class Server {
 public:
  // kUnavailable when the address cannot be bound.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  ~Server();  // stops accepting, lets requests under way end within stop_timeout
  unsigned short port() const;
  // Serves a connected stream socket, which it takes, like a connection that was accepted, for requests from
  // `remote_address`. It may be idle for so long between them: a person may be at the other end. From any
  // thread.
  void adopt(int descriptor, std::string remote_address, std::chrono::milliseconds idle_timeout);
  // Replaces identity and staple source for new connections (renewed certificates).
  Result<void> replace_tls(TlsListener tls);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign::http
