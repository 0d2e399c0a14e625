// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/client.h"
#include "http/websocket.h"

namespace countersign::http {

// A server of the network whose data centre is not known beforehand: its CA comes with the server's chain and
// must verify under the root; host or origin must be among the certificate's names.
struct NetworkPeer {
  x509::Certificate root;
  x509::Role role = x509::Role::kMerchant;
  std::shared_ptr<const Clock> clock = {};  // null: the system's
};

struct WebSocketClientOptions {
  // How the server is judged. Absent: as a browser does it, by the system's roots and the host's name.
  std::optional<NetworkPeer> peer = {};
  AddressPolicy addresses = AddressPolicy::kAny;
  std::string subprotocol;   // offered, and demanded in the answer
  std::string bearer_token;  // `Authorization: Bearer …`; empty: none
  WebSocketLimits limits = {};
  std::chrono::milliseconds connect_timeout{5000};  // until the server has answered the upgrade
};

// WebSocketClient is an open WebSocket to a server, over TLS 1.3. One thread receives; any thread sends and
// closes.
class WebSocketClient {
 public:
  // `url`: "https://host:port/path?query". Errors as those of Client; a refused upgrade is the error that the
  // problem in the answer states.
  static Result<std::unique_ptr<WebSocketClient>> connect(std::string_view url,
                                                          WebSocketClientOptions options);
  ~WebSocketClient();  // closes

  // The next message. kCancelled: the server closed in order. kUnavailable: the connection is lost, or the
  // server was silent too long. kGone: close() was called here. kMalformed, kTooLarge: the server broke the
  // protocol or the limit; the connection is over.
  Result<WebSocketMessage> receive();
  // Block until the system has taken the message. kUnavailable when the connection has ended or the server
  // takes nothing for peer_timeout.
  Result<void> send_text(std::string_view text);
  Result<void> send_binary(BytesView bytes);
  // Sends the close frame and ends; a receive() that waits returns.
  void close(WebSocketClose code = WebSocketClose::kNormal);

 private:
  struct State;
  explicit WebSocketClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign::http
