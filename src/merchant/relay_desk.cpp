// SPDX-License-Identifier: Apache-2.0
#include "merchant/relay_desk.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/log.h"
#include "documents/json.h"
#include "merchant/api_answers.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kMostRelays = 256;
constexpr std::size_t kMostLost = 1024;
constexpr std::string_view kSubprotocol = "countersign-relay.v1";

// What the mediator is told of a checkout's new state; empty: nothing.
std::string control_of(CheckoutState state) {
  switch (state) {
    case CheckoutState::kOpen:
      return "";
    case CheckoutState::kTaken:
      return R"({"type":"progress","state":"asked"})";
    case CheckoutState::kConfirming:
      return R"({"type":"progress","state":"confirming"})";
    case CheckoutState::kConfirmed:
      return R"({"type":"ended","outcome":"confirmed"})";
    case CheckoutState::kRefused:
      return R"({"type":"ended","outcome":"refused"})";
    case CheckoutState::kCancelled:
      return R"({"type":"cancelled"})";
    case CheckoutState::kExpired:
      return R"({"type":"ended","outcome":"failed"})";
  }
  return "";
}

}  // namespace

RelayDesk::~RelayDesk() {
  stop();
}

void RelayDesk::add_to(http::Router& router) {
  http::WebSocketRoute route;
  route.subprotocol = kSubprotocol;
  route.accept = [this](const http::Request& request,
                        const std::shared_ptr<http::WebSocketSession>& session) {
    return accept(request, session);
  };
  router.add_websocket("/v1/relay", std::move(route));
}

void RelayDesk::serve_with(Serve serve) {
  const std::lock_guard lock(mutex_);
  serve_ = std::move(serve);
}

void RelayDesk::stop() {
  std::map<std::string, std::shared_ptr<Relay>, std::less<>> relays;
  std::vector<std::shared_ptr<Relay>> replaced;
  const std::lock_guard lock(mutex_);
  serve_ = nullptr;
  relays.swap(relays_);
  replaced.swap(replaced_);
  for (const auto& [checkout, relay] : relays) relay->end();
}

// Whether this mediator may carry a wallet to this checkout. A checkout that is confirmed can be reached, so
// that a wallet whose link broke gets its confirmation.
Result<void> RelayDesk::admit(const http::Request& request, std::string_view checkout) {
  TRY(const auto token, bearer_token(request));
  if (!tokens_.is_checkout_token(checkout, token))
    return fail(ErrorCode::kUnauthenticated, "not the token of this checkout");
  TRY(const auto view, checkouts_.view(checkout));
  if (view.checkout.state == CheckoutState::kCancelled)
    return fail(ErrorCode::kCancelled, "checkout was cancelled");
  if (view.checkout.state == CheckoutState::kExpired) return fail(ErrorCode::kExpired, "checkout expired");
  return ok();
}

Result<http::WebSocketEvents> RelayDesk::accept(const http::Request& request,
                                                const std::shared_ptr<http::WebSocketSession>& session) {
  const std::string checkout(request.query_value("checkout"));
  TRY(admit(request, checkout));
  std::vector<std::shared_ptr<Relay>> ended;  // goes after the lock
  const std::lock_guard lock(mutex_);
  ended = take_ended();
  if (!serve_) return fail(ErrorCode::kUnavailable, "relay: the gateway is not serving");
  if (relays_.size() + replaced_.size() >= kMostRelays)
    return fail(ErrorCode::kRateLimited, "relay: too many at a time");
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(ErrorCode::kUnavailable, "relay: no sockets are left");
  auto relay = std::make_shared<Relay>(session, ends[0], [this, checkout] { cancel(checkout); });
  serve_(ends[1], request.remote_address);
  if (const auto older = relays_.find(checkout); older != relays_.end()) {
    older->second->end();
    replaced_.push_back(std::move(older->second));
    relays_.erase(older);
  }
  lost_.erase(checkout);
  relays_.emplace(checkout, relay);
  return http::WebSocketEvents{[relay](const http::WebSocketMessage& message) { relay->take(message); },
                               [relay](const Error&) { relay->end(); }};
}

TerminalLink RelayDesk::link_of(std::string_view checkout) {
  const std::lock_guard lock(mutex_);
  const auto found = relays_.find(checkout);
  if (found == relays_.end()) return lost_.contains(checkout) ? TerminalLink::kLost : TerminalLink::kNone;
  return found->second->has_ended() ? TerminalLink::kLost : TerminalLink::kConnected;
}

void RelayDesk::note_lost(const std::string& checkout) {
  // Ids begin with their time.
  if (lost_.size() >= kMostLost) lost_.erase(lost_.begin());
  lost_.insert(checkout);
}

std::vector<std::shared_ptr<Relay>> RelayDesk::take_ended() {
  std::vector<std::shared_ptr<Relay>> ended;
  const auto takes = [&ended](const std::shared_ptr<Relay>& relay) {
    if (!relay->has_ended()) return false;
    ended.push_back(relay);
    return true;
  };
  std::erase_if(relays_, [&](const auto& entry) {
    const bool is_over = takes(entry.second);
    if (is_over) note_lost(entry.first);
    return is_over;
  });
  std::erase_if(replaced_, takes);
  return ended;
}

void RelayDesk::cancel(const std::string& checkout) {
  // kConflict: it is countersigned, and the mediator will hear how it ends.
  if (const auto cancelled = checkouts_.cancel(checkout); !cancelled)
    log_error("relay_cancel", cancelled.error(), {{"checkout", checkout}});
}

void RelayDesk::changed(std::string_view checkout, CheckoutState state) {
  const auto control = control_of(state);
  if (control.empty()) return;
  const std::lock_guard lock(mutex_);
  const auto found = relays_.find(checkout);
  if (found != relays_.end()) found->second->tell(control);
}

}  // namespace countersign::merchant
