// SPDX-License-Identifier: Apache-2.0
#include "merchant/relay_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>

#include "merchant/testing.h"

namespace countersign::merchant {
namespace {

using testing::ElementsAre;
using x509::code_of;

// The server's end of a WebSocket without a network: keeps what the relay does with it.
class FakeSession final : public http::WebSocketSession {
 public:
  Result<void> send_text(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    texts_.emplace_back(text);
    changed_.notify_all();
    return ok();
  }
  Result<void> send_binary(BytesView bytes) override {
    const std::lock_guard lock(mutex_);
    binary_.append(as_text(bytes));
    changed_.notify_all();
    return ok();
  }
  bool wait_for_room(std::chrono::milliseconds) override { return true; }
  void pause_reading() override { set_paused(true); }
  void resume_reading() override { set_paused(false); }
  void close(http::WebSocketClose code, std::string_view) override {
    const std::lock_guard lock(mutex_);
    closed_ = code;
    changed_.notify_all();
  }

  std::vector<std::string> texts() {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  bool wait_for_text(const std::string& text) {
    return wait([&] { return std::ranges::find(texts_, text) != texts_.end(); });
  }
  bool wait_for_binary(const std::string& bytes) {
    return wait([&] { return binary_ == bytes; });
  }
  bool wait_until_closed(http::WebSocketClose code) {
    return wait([&] { return closed_ == code; });
  }
  bool wait_until_resumed() {
    return wait([&] { return !is_paused_; });
  }
  bool is_paused() {
    const std::lock_guard lock(mutex_);
    return is_paused_;
  }

 private:
  void set_paused(bool is_paused) {
    const std::lock_guard lock(mutex_);
    is_paused_ = is_paused;
    changed_.notify_all();
  }
  template <typename Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), condition);
  }
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::string> texts_;
  std::string binary_;
  std::optional<http::WebSocketClose> closed_;
  bool is_paused_ = false;
};

struct RelayDeskTest : testing::Test {
  TestShop shop;
  std::unique_ptr<RelayDesk> relays;
  CheckoutDesk checkouts{context(),
                         shop.tokens,
                         shop.authority,
                         {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  http::Router router;
  std::string checkout = open_checkout();
  std::vector<int> served;  // the gateway's ends
  std::vector<std::string> addresses;

  struct Watch final : CheckoutWatch {
    explicit Watch(RelayDeskTest& test) : test_(test) {}
    void changed(std::string_view id, CheckoutState state) override { test_.relays->changed(id, state); }
    RelayDeskTest& test_;
  };
  Watch watch{*this};

  RelayDeskTest() {
    relays = std::make_unique<RelayDesk>(shop.tokens, checkouts);
    relays->add_to(router);
    relays->serve_with([this](int descriptor, const std::string& address) {
      served.push_back(descriptor);
      addresses.push_back(address);
    });
  }
  ~RelayDeskTest() override {
    relays.reset();
    for (const int descriptor : served) ::close(descriptor);
  }
  GatewayContext context() {
    auto context = shop.context();
    context.watch = &watch;
    return context;
  }
  std::string open_checkout() {
    return take(checkouts.open({{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""})).id;
  }

  // A mediator that has connected.
  struct Mediator {
    std::shared_ptr<FakeSession> session = std::make_shared<FakeSession>();
    http::WebSocketEvents events;
    void send_binary(std::string_view bytes) const {
      events.on_message({http::MessageKind::kBinary, to_bytes(bytes)});
    }
    void send_text(std::string_view text) const {
      events.on_message({http::MessageKind::kText, to_bytes(text)});
    }
  };
  Result<Mediator> connect(const std::string& token) {
    http::Request request;
    request.path = "/v1/relay";
    request.query["checkout"] = checkout;
    request.headers["Authorization"] = "Bearer " + token;
    request.remote_address = "192.0.2.7";
    const auto match = router.match(request, false);
    EXPECT_EQ(match.route->websocket->subprotocol, "countersign-relay.v1");
    Mediator mediator;
    TRY(mediator.events, match.route->websocket->accept(request, mediator.session));
    return mediator;
  }
  Result<Mediator> connect() { return connect(shop.tokens.checkout_token(checkout)); }
  // What has arrived at the gateway's end, `size` bytes of it.
  std::string read_from(int descriptor, std::size_t size) {
    std::string bytes(size, '\0');
    EXPECT_EQ(recv(descriptor, bytes.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    return bytes;
  }
};

TEST_F(RelayDeskTest, CarriesBytesBothWaysAndNamesTheMediatorsAddress) {
  const auto mediator = take(connect());
  mediator.send_binary("client hello");
  EXPECT_EQ(read_from(served.at(0), 12), "client hello");
  EXPECT_EQ(send(served.at(0), "server hello", 12, 0), 12);
  EXPECT_TRUE(mediator.session->wait_for_binary("server hello"));
  EXPECT_THAT(addresses, ElementsAre("192.0.2.7"));
}

TEST_F(RelayDeskTest, LetsAMediatorWaitThatSendsFasterThanTheGatewayReads) {
  const auto mediator = take(connect());
  const std::string part(64 << 10, 'x');
  std::size_t parts = 0;
  for (; !mediator.session->is_paused() && parts < 1000; ++parts) mediator.send_binary(part);
  ASSERT_TRUE(mediator.session->is_paused());
  EXPECT_EQ(read_from(served.at(0), parts * part.size()), std::string(parts * part.size(), 'x'));
  EXPECT_TRUE(mediator.session->wait_until_resumed());
}

TEST_F(RelayDeskTest, EndsWithTheConnectionToTheGateway) {
  const auto mediator = take(connect());
  shutdown(served.at(0), SHUT_RDWR);
  EXPECT_TRUE(mediator.session->wait_until_closed(http::WebSocketClose::kNormal));
}

TEST_F(RelayDeskTest, EndsTheConnectionToTheGatewayWithTheMediator) {
  const auto mediator = take(connect());
  mediator.events.on_close({ErrorCode::kUnavailable, "lost"});
  char byte = 0;
  EXPECT_EQ(recv(served.at(0), &byte, 1, 0), 0);
}

TEST_F(RelayDeskTest, KnowsAMediatorThatHasGoneUntilItComesBack) {
  EXPECT_EQ(relays->link_of(checkout), TerminalLink::kNone);
  const auto first = take(connect());
  EXPECT_EQ(relays->link_of(checkout), TerminalLink::kConnected);
  first.events.on_close({ErrorCode::kUnavailable, "lost"});
  EXPECT_EQ(relays->link_of(checkout), TerminalLink::kLost);
  const auto gone = std::exchange(checkout, open_checkout());
  take(connect());
  EXPECT_EQ(relays->link_of(gone), TerminalLink::kLost) << "also when others come";
  checkout = gone;
  const auto second = take(connect());
  EXPECT_EQ(relays->link_of(checkout), TerminalLink::kConnected);
  const auto third = take(connect());
  second.events.on_close({ErrorCode::kCancelled, "closed"});
  EXPECT_EQ(relays->link_of(checkout), TerminalLink::kConnected) << "the newest counts";
  EXPECT_EQ(relays->link_of("another"), TerminalLink::kNone);
}

TEST_F(RelayDeskTest, KeepsOneRelayForACheckoutTheNewest) {
  const auto first = take(connect());
  const auto second = take(connect());
  EXPECT_TRUE(first.session->wait_until_closed(http::WebSocketClose::kNormal));
  second.send_binary("x");
  EXPECT_EQ(read_from(served.at(1), 1), "x");
}

TEST_F(RelayDeskTest, TurnsAwayWhoHasNotTheTokenOfThisCheckout) {
  EXPECT_EQ(code_of(connect("wrong")), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code_of(connect(shop.tokens.checkout_token(open_checkout()))), ErrorCode::kUnauthenticated);
  checkout = "nothing";
  EXPECT_EQ(code_of(connect()), ErrorCode::kNotFound);
  EXPECT_TRUE(served.empty());
}

TEST_F(RelayDeskTest, TurnsAwayMediatorsOfCheckoutsThatAreOver) {
  take(checkouts.cancel(checkout));
  EXPECT_EQ(code_of(connect()), ErrorCode::kCancelled);
  checkout = open_checkout();
  shop.clock.advance(Seconds(1800));
  EXPECT_EQ(code_of(connect()), ErrorCode::kExpired);
}

TEST_F(RelayDeskTest, TurnsEverybodyAwayWhileTheGatewayStops) {
  const auto mediator = take(connect());
  relays->stop();
  EXPECT_TRUE(mediator.session->wait_until_closed(http::WebSocketClose::kNormal));
  EXPECT_EQ(code_of(connect()), ErrorCode::kUnavailable);
}

TEST_F(RelayDeskTest, TellsTheMediatorHowThePurchaseGoesOn) {
  const auto mediator = take(connect());
  const auto purchaser = shop.issue_purchaser("first");
  ConfirmationDesk confirmations{context(), shop.authority};
  const auto order = take(checkouts.take(checkout, purchaser.certificate.der()));
  take(confirmations.accept(checkout,
                            take(x509::sign_cms(purchaser, order, {.signing_time = shop.clock.now()}))));
  EXPECT_THAT(mediator.session->texts(), ElementsAre(R"({"type":"progress","state":"asked"})",
                                                     R"({"type":"progress","state":"confirming"})",
                                                     R"({"type":"ended","outcome":"confirmed"})"));
}

TEST_F(RelayDeskTest, TellsTheMediatorThatTheShopOrTheWalletCancelled) {
  const auto mediator = take(connect());
  take(checkouts.cancel(checkout));
  EXPECT_THAT(mediator.session->texts(), ElementsAre(R"({"type":"cancelled"})"));
}

TEST_F(RelayDeskTest, CancelsWhenTheMediatorSaysSo) {
  const auto mediator = take(connect());
  mediator.send_text(R"({"type":"cancel"})");
  EXPECT_TRUE(mediator.session->wait_for_text(R"({"type":"cancelled"})"));
  EXPECT_EQ(take(checkouts.view(checkout)).checkout.state, CheckoutState::kCancelled);
}

TEST_F(RelayDeskTest, CancelsForAMediatorThatClosesRightBehindIt) {
  for (int i = 0; i < 50; ++i) {
    checkout = open_checkout();
    const auto mediator = take(connect());
    mediator.send_text(R"({"type":"cancel"})");
    mediator.events.on_close({ErrorCode::kCancelled, "closed"});
    ASSERT_TRUE(mediator.session->wait_until_closed(http::WebSocketClose::kNormal));
    ASSERT_EQ(take(checkouts.view(checkout)).checkout.state, CheckoutState::kCancelled) << i;
  }
}

TEST_F(RelayDeskTest, ClosesOnControlThatItDoesNotKnow) {
  for (const auto* text : {R"({"type":"confirm"})", R"({"type":"cancel","more":1})", "cancel", ""}) {
    const auto mediator = take(connect());
    mediator.send_text(text);
    EXPECT_TRUE(mediator.session->wait_until_closed(http::WebSocketClose::kPolicy)) << text;
  }
  EXPECT_EQ(take(checkouts.view(checkout)).checkout.state, CheckoutState::kOpen);
}

}  // namespace
}  // namespace countersign::merchant
