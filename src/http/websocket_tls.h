// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "http/stream.h"
#include "http/tcp_connection.h"
#include "http/tls_client.h"
#include "http/websocket_client.h"

namespace countersign::http {

// WebSocketTls opens the TLS stream of a WebSocket client and judges the server.
class WebSocketTls {
 public:
  // `options` and `url` outlive it.
  WebSocketTls(const WebSocketClientOptions& options, const Url& url);
  ~WebSocketTls();
  WebSocketTls(const WebSocketTls&) = delete;
  WebSocketTls& operator=(const WebSocketTls&) = delete;

  // The stream over a connected descriptor after a handshake with an accepted server.
  Result<std::unique_ptr<Stream>> open(int descriptor, Deadline deadline);

 private:
  Result<void> configure();
  Result<ssl_st*> new_session();
  Error error_of(const ssl_st* session) const;

  const WebSocketClientOptions& options_;
  const Url& url_;
  const ClientOptions judging_;
  TlsClient judge_;  // of the network's servers
  ssl_ctx_st* context_ = nullptr;
};

}  // namespace countersign::http
