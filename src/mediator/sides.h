// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>

#include "http/websocket.h"
#include "link/frame.h"
#include "link/obstacle.h"
#include "mediator/browser_message.h"

// The three sides of a purchase as the mediator sees them: there is a process, a radio or a network behind
// each.
namespace countersign::mediator {

// PurchaseScreen is the PC's side of the purchaser: the extension's window, or a terminal. Thread-safe.
// Nothing is shown after the end.
class PurchaseScreen {
 public:
  virtual ~PurchaseScreen() = default;
  virtual void show_progress(std::string_view state) = 0;  // "searching", "connected", or as the wallet says
  // `not_shown` is how many more are bought with them: what comes without that seal is shown by the wallet.
  // Once more, without what was taken out while it was looked at, and not after the answer.
  virtual void show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) = 0;
  virtual void show_end(const PurchaseEnd& end) = 0;
};

// WalletLink is a connection to the paired wallet; behaves as link::Connection.
class WalletLink {
 public:
  virtual ~WalletLink() = default;
  virtual Result<void> send(link::Frame frame) = 0;
  virtual Result<link::Frame> receive() = 0;
  virtual void close() = 0;
};
class WalletAccess {
 public:
  virtual ~WalletAccess() = default;
  // Blocks while it searches. kNotPaired when there is nobody to search for.
  virtual link::Reached<std::unique_ptr<WalletLink>> reach(std::stop_token stop) = 0;
};

// GatewaySocket is one WebSocket to the gateway's relay; behaves as http::WebSocketClient.
class GatewaySocket {
 public:
  virtual ~GatewaySocket() = default;
  virtual Result<void> send_text(std::string_view text) = 0;
  virtual Result<void> send_binary(BytesView bytes) = 0;
  virtual Result<http::WebSocketMessage> receive() = 0;
  virtual void close() = 0;
};
class GatewayAccess {
 public:
  virtual ~GatewayAccess() = default;
  // To the relay of this checkout. Blocks. Errors as http::WebSocketClient has them.
  virtual Result<std::unique_ptr<GatewaySocket>> connect(const link::NamedCheckout& checkout) = 0;
};

}  // namespace countersign::mediator
