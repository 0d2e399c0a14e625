// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "http/router.h"
#include "http/server.h"
#include "merchant/checkout_desk.h"
#include "merchant/checkout_watch.h"
#include "merchant/relay.h"
#include "merchant/terminal_links.h"

namespace countersign::merchant {

// RelayDesk is the gateway's end of the mediator's WebSocket: GET /v1/relay?checkout=…, with the checkout's
// token and the subprotocol "countersign-relay.v1". Binary messages are the wallet's TLS session, which the
// gateway's own listener serves; text is control: the gateway tells progress and end, the mediator can
// cancel. One relay per checkout: a newer one takes the place of the older. Thread-safe.
class RelayDesk final : public CheckoutWatch, public TerminalLinks {
 public:
  // Serves one connected stream socket, which it takes, as if it came from `remote_address`.
  using Serve = std::function<void(int descriptor, std::string remote_address)>;
  RelayDesk(const Tokens& tokens, CheckoutDesk& checkouts) : tokens_(tokens), checkouts_(checkouts) {}
  ~RelayDesk() override;

  void add_to(http::Router& router);
  // Until then every relay is turned away.
  void serve_with(Serve serve);
  // Ends all relays and begins none any more.
  void stop();
  void changed(std::string_view checkout, CheckoutState state) override;
  TerminalLink link_of(std::string_view checkout) override;

 private:
  Result<http::WebSocketEvents> accept(const http::Request& request,
                                       const std::shared_ptr<http::WebSocketSession>& session);
  Result<void> admit(const http::Request& request, std::string_view checkout);
  void cancel(const std::string& checkout);
  // With mutex_ held; whoever calls lets go of them without it, since a relay that goes may wait for its
  // thread.
  std::vector<std::shared_ptr<Relay>> take_ended();
  void note_lost(const std::string& checkout);

  const Tokens& tokens_;
  CheckoutDesk& checkouts_;
  std::mutex mutex_;  // guards what follows
  Serve serve_;
  std::map<std::string, std::shared_ptr<Relay>, std::less<>> relays_;  // by checkout
  std::vector<std::shared_ptr<Relay>> replaced_;                       // until they have ended
  std::set<std::string, std::less<>> lost_;  // checkouts whose last relay has ended and gone from relays_
};

}  // namespace countersign::merchant
