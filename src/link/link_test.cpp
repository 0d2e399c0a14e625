// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include "link/link_test_world.h"

namespace countersign::link {
namespace {

using std::chrono::milliseconds;

TEST_F(LinkTest, PairsByAnOfferAndIsRememberedOnBothSides) {
  const auto id = pair();
  const auto at_pc = pc.store->pairings().value();
  const auto at_terminal = wallet.device.store->pairings().value();
  ASSERT_EQ(at_pc.size(), 1U);
  ASSERT_EQ(at_terminal.size(), 1U);
  EXPECT_EQ(at_pc[0].name, "Terminal");
  EXPECT_EQ(at_terminal[0].name, "Computer");
  EXPECT_EQ(at_pc[0].last_address, wallet.endpoint());
  EXPECT_EQ(at_pc[0].id, at_terminal[0].id);
  EXPECT_TRUE(pc.store->offers(clock.now()).value().empty());
  EXPECT_TRUE(wallet.device.store->offers(clock.now()).value().empty());
}

TEST_F(LinkTest, WaitsUntilTheTerminalHasReadTheOffer) {
  const auto offer = new_offer();
  std::jthread reads([&] {
    std::this_thread::sleep_for(milliseconds(300));  // a person takes a while
    EXPECT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  });
  EXPECT_EQ(met(dialer(pc, {wallet.endpoint()})->pair(offer)), "ok");
}

TEST_F(LinkTest, ConnectsAgainWithoutTheOffer) {
  const auto id = pair();
  const auto connection = dialer(pc, {})->dial(id);
  ASSERT_EQ(met(connection), "ok");
  const auto arrived = wallet.arrivals.next();
  ASSERT_TRUE(connection.value()->send(
      {FrameKind::kControl, 0,
       write_control(Cancel{"0b0e7a5c-92c5-4e6c-9f3b-0a9e55f3c0de", CancelledBy::kShop}).value()}));
  EXPECT_EQ(arrived->pairing().name, "Computer");
  EXPECT_EQ(arrived->transport(), "lan");
}

TEST_F(LinkTest, FindsATerminalThatHasMovedToAnotherPort) {
  const auto id = pair();
  const auto before = wallet.port;
  wallet.listener.reset();
  const auto squatter = listen_tcp({*parse_host("127.0.0.1"), before}).value();  // the old port is taken
  ASSERT_EQ(::shutdown(squatter.number(), SHUT_RD), 0);                          // and refuses
  wallet.listen();
  ASSERT_NE(wallet.port, before);
  EXPECT_EQ(met(dialer(pc, {})->dial(id)), "ok");
  EXPECT_EQ(pc.store->find(id).value()->last_address, wallet.endpoint());
}

TEST_F(LinkTest, FindsATerminalWhoseOldPortSomebodyHasWhoSaysNothing) {
  const auto id = pair();
  const auto before = wallet.port;
  wallet.listener.reset();
  const auto mute = listen_tcp({*parse_host("127.0.0.1"), before}).value();
  wallet.listen();
  ASSERT_NE(wallet.port, before);
  greeting_limit = search_limit;  // one after the other there would be no time left for the terminal
  EXPECT_EQ(met(dialer(pc, {})->dial(id)), "ok");
  EXPECT_EQ(pc.store->find(id).value()->last_address, wallet.endpoint());
}

// Over the loopback interface, named by its address: no route and no network is needed for that.
TEST_F(LinkTest, FindsATerminalByMulticast) {
  const auto id = pair();
  wallet.listener.reset();
  wallet.group = kDiscoveryGroup;
  wallet.listen();  // the discovery port stays
  ASSERT_TRUE(pc.store->note_contact(id, "", clock.now()));
  LanSearchOptions search;
  search.interface_address = "127.0.0.1";
  search.discovery_port = wallet.discovery_port;
  EXPECT_EQ(met(dialer_over(pc, {lan_transport(search, clock).value()})->dial(id)), "ok");
}

TEST_F(LinkTest, GoesOnAfterTheWelcomeWasLost) {
  const auto offer = new_offer();
  const auto id = wallet.device.store->accept_offer(offer, clock.now()).value();
  const auto keys = derive_pairing_keys(offer.secret);
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)),
            "welcome");  // and the computer dies before it stores
  EXPECT_EQ(met(dialer(pc, {wallet.endpoint()})->pair(offer)), "ok");
  EXPECT_EQ(wallet.device.store->pairings().value().size(), 1U);
}

TEST_F(LinkTest, TellsThatThePairingWasRemovedAtTheTerminal) {
  const auto id = pair();
  ASSERT_TRUE(wallet.device.store->revoke(id, clock.now()));
  const auto reached = dialer(pc, {})->dial(id);
  ASSERT_EQ(met(reached), "forgotten");
  EXPECT_EQ(reached.error().error.code, ErrorCode::kForbidden);
}

TEST_F(LinkTest, EndsAConnectionWhenItsPairingIsRevoked) {
  const auto connection = dialer(pc, {})->dial(pair());
  ASSERT_EQ(met(connection), "ok");
  ASSERT_TRUE(wallet.device.store->revoke(connection.value()->pairing().id, clock.now()));
  EXPECT_EQ(code_of(connection.value()->receive()), "forbidden");
}

TEST_F(LinkTest, NamesEachObstacleWithItsRemedy) {
  const auto id = pair();
  search_limit = milliseconds(300);
  EXPECT_EQ(met(dialer(pc, {})->dial("unknown")), "not_paired");
  EXPECT_EQ(met(dialer_over(pc, {})->dial(id)), "network_missing");
  wallet.listener.reset();
  const auto refused = dialer(pc, {})->dial(id);
  EXPECT_EQ(met(refused), "refused");
  ASSERT_TRUE(pc.store->note_contact(id, "", clock.now()));
  const auto silent = bind_udp({*parse_host("127.0.0.1"), 0}).value();
  const auto mute = listen_tcp({*parse_host("127.0.0.1"), 0}).value();
  const auto unanswered = dialer(pc, {local_endpoint(mute).value().text()})->dial(id);
  EXPECT_EQ(met(unanswered), "no_answer");
  EXPECT_NE(remedy(Obstacle::kNoAnswer).find("firewall"), std::string_view::npos);
  EXPECT_NE(remedy(Obstacle::kNoAnswer).find("Wake"), std::string_view::npos);
  EXPECT_NE(remedy(Obstacle::kNoAnswer).find("same network"), std::string_view::npos);
}

TEST_F(LinkTest, StopsSearchingWhenThePersonGivesUp) {
  const auto id = pair();
  wallet.listener.reset();
  std::stop_source stop;
  std::jthread gives_up([&] { stop.request_stop(); });
  EXPECT_EQ(met(dialer(pc, {})->dial(id, stop.get_token())), "cancelled");
}

// A transport that never works.
class Broken final : public Transport {
 public:
  std::string_view name() const override { return "broken"; }
  Reached<std::unique_ptr<Search>> search(const Target&) override {
    return not_reached(Obstacle::kAdapterMissing, "no adapter");
  }
};

TEST_F(LinkTest, UsesWhicheverTransportReachesTheTerminal) {
  const auto id = pair();
  LanSearchOptions search;
  search.group.clear();
  search.interface_address = "127.0.0.1";
  search.discovery_port = wallet.discovery_port;
  const auto lan = lan_transport(search, clock).value();
  EXPECT_EQ(met(dialer_over(pc, {std::make_shared<Broken>(), lan})->dial(id)), "ok");
  wallet.listener.reset();
  search_limit = milliseconds(300);
  EXPECT_EQ(met(dialer_over(pc, {std::make_shared<Broken>(), lan})->dial(id)), "refused") << "it says most";
  EXPECT_EQ(met(dialer_over(pc, {std::make_shared<Broken>()})->dial(id)), "adapter_missing");
}

// Two ways to the terminal, and no room to note that either was found.
TEST_F(LinkTest, DoesNotTakeAFailureOfItsOwnForAPersonWhoGaveUp) {
  const auto id = pair();
  ASSERT_TRUE(pc.database->write([](storage::Transaction& transaction) -> Result<void> {
    TRY(
        transaction.execute("CREATE TRIGGER no_room BEFORE UPDATE ON link_pairings "
                            "BEGIN SELECT RAISE(ABORT, 'no room'); END",
                            {}));
    return ok();
  }));
  LanSearchOptions search;
  search.group.clear();
  search.interface_address = "127.0.0.1";
  search.discovery_port = wallet.discovery_port;
  search_limit = milliseconds(1'000);
  const auto one = lan_transport(search, clock).value();
  const auto other = lan_transport(search, clock).value();
  const auto reached = dialer_over(pc, {one, other})->dial(id);
  ASSERT_FALSE(reached);
  EXPECT_NE(met(reached), "cancelled");
}

TEST(LanTransport, RefusesAConfigurationThatNamesNoAddresses) {
  HandClock clock;
  LanSearchOptions search;
  search.addresses = {"terminal.local:4711"};
  EXPECT_EQ(code_of(lan_transport(search, clock)), "malformed");
  search.addresses = {"192.0.2.1"};
  EXPECT_EQ(code_of(lan_transport(search, clock)), "malformed");
  search.addresses.clear();
  search.group = "192.0.2.1";
  EXPECT_EQ(code_of(lan_transport(search, clock)), "malformed");
}

}  // namespace
}  // namespace countersign::link
