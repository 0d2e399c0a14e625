// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/message.h"
#include "x509/cms.h"

namespace countersign::http {

// Respond answers one request; call it once, from any thread. Dropping it uncalled answers 500.
using Respond = std::function<void(Response)>;
// A handler answers now or later. It must not block: what waits for disk or network belongs on a worker.
using Handler = std::function<void(Request, Respond)>;
using BlockingHandler = std::function<Response(const Request&)>;

// Router maps method and path pattern ("/v1/enrolments/{id}/key-file") to handlers. Unknown path: 404 problem; known
// path, other method: 405 with Allow. Built before the server starts, immutable after.
class Router {
 public:
  // On the thread that read the request.
  void add(std::string_view method, std::string_view pattern, Handler handler);
  // On the server's worker threads.
  void add_blocking(std::string_view method, std::string_view pattern, BlockingHandler handler);
  // Longest prefix below which the handler sees every GET: static files, OCSP GET.
  void add_prefix(std::string_view method, std::string_view prefix, BlockingHandler handler);

 private:
  friend class Server;
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    bool prefix = false;
    Handler handler;
    BlockingHandler blocking;
  };
  std::vector<Route> routes_;
};

// TLS of a listener: TLS 1.3 only. Client certificates are asked for and optional: one that is presented must verify
// under `client_anchor` in one of `client_roles` or the handshake fails; handlers decide whether they need one.
struct TlsListener {
  x509::Signer identity;
  std::function<Bytes()> stapled_ocsp;   // DER OCSPResponse for status_request (RFC 6066 §8), or empty function
  std::shared_ptr<const x509::TrustAnchor> client_anchor;  // null: client certificates are not asked for
  std::vector<x509::Role> client_roles;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  unsigned short port = 0;  // 0: any free one
  std::optional<TlsListener> tls;
  int io_threads = 1;
  int worker_threads = 4;
  std::size_t max_body = 1 << 20;          // 413 beyond
  std::size_t max_header = 16 << 10;       // 431 beyond
  std::size_t max_connections = 1024;      // accepted and closed beyond
  std::chrono::seconds read_timeout{15};   // from the first byte of a request to its last
  std::chrono::seconds idle_timeout{60};   // between requests
  std::function<void(const Request&, const Response&, std::chrono::microseconds)> observe;  // metrics and access log
};

// Server serves one listener over HTTP/1.1 with keep-alive. Every answer to malformed input is a problem.
class Server {
 public:
  // kUnavailable when the address cannot be bound.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  ~Server();  // stops accepting, lets requests under way end within 5 s
  unsigned short port() const;
  // Replaces identity and staple source for new connections (renewed certificates).
  Result<void> replace_tls(TlsListener tls);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign::http
