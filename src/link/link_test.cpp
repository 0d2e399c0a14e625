// SPDX-License-Identifier: Apache-2.0
#include "link/link_test_world.h"

#include <poll.h>
#include <sys/socket.h>

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
  const auto squatter =
      listen_tcp({*parse_host("127.0.0.1"), 0});  // so that the port may not be the same again
  wallet.listen();
  if (wallet.port == before) GTEST_SKIP() << "the system gave the same port again";
  EXPECT_EQ(met(dialer(pc, {})->dial(id)), "ok");
  EXPECT_EQ(pc.store->find(id).value()->last_address, wallet.endpoint());
}

TEST_F(LinkTest, FindsATerminalByMulticast) {
  const auto id = pair();
  wallet.listener.reset();
  const auto probe = bind_udp({*parse_host("127.0.0.1"), 0}).value();
  const auto group = *parse_host(kDiscoveryGroup);
  if (send_datagram(probe, {group, 47683}, Bytes(1), *parse_host("127.0.0.1")) != 0)
    GTEST_SKIP() << "no multicast on the loopback interface";
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

TEST_F(LinkTest, RefusesAComputerWhoseKeyTheOfferDoesNotName) {
  // Somebody photographed the code and plays the computer: the secret without the key.
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  const auto keys = derive_pairing_keys(offer.secret);
  EXPECT_EQ(visit(new_identity(clock), honest_hello(keys)), "forbidden");
  EXPECT_TRUE(wallet.device.store->pairings().value().empty());
  EXPECT_EQ(wallet.device.store->offers(clock.now()).value().size(), 1U)
      << "the true computer can still pair";
}

TEST_F(LinkTest, RefusesAComputerWithoutTheSecret) {
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  auto keys = derive_pairing_keys(offer.secret);
  keys.proof = crypto::random_secret(32);
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "unauthenticated");
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(derive_pairing_keys(crypto::random_secret(32)))),
            "not_found");
  EXPECT_TRUE(wallet.device.store->pairings().value().empty());
}

TEST_F(LinkTest, RefusesAProofOfAnotherSession) {
  const auto id = pair();
  const auto keys = pc.store->keys(id).value();
  Sha256Digest seen{};
  const auto record = [&](const Session& session) {
    seen = prove(keys.proof, ProofBy::kMediator, session);
    return Hello{id, "Computer", seen};
  };
  EXPECT_EQ(visit(pc.store->identity(), record), "welcome");
  EXPECT_EQ(visit(pc.store->identity(),
                  [&](const Session&) {
                    return Hello{id, "Computer", seen};
                  }),
            "unauthenticated");
}

TEST_F(LinkTest, RefusesAProofOfTheOtherDirectionOrOfOtherKeys) {
  const auto id = pair();
  const auto keys = pc.store->keys(id).value();
  EXPECT_EQ(visit(pc.store->identity(),
                  [&](const Session& session) {
                    return Hello{id, "Computer", prove(keys.proof, ProofBy::kWallet, session)};
                  }),
            "unauthenticated");
  EXPECT_EQ(visit(pc.store->identity(),
                  [&](const Session& session) {
                    const Session spliced{session.exporter.clone(), session.wallet, session.mediator};
                    return Hello{id, "Computer", prove(keys.proof, ProofBy::kMediator, spliced)};
                  }),
            "unauthenticated");
}

TEST_F(LinkTest, RefusesOneComputerUnderThePairingOfAnother) {
  const auto id = pair();
  const auto keys = pc.store->keys(id).value();
  Device other(clock);
  const auto offer = other.store->create_offer("Other", clock.now()).value();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  ASSERT_EQ(met(dialer(other, {wallet.endpoint()})->pair(offer)), "ok");
  EXPECT_EQ(visit(other.store->identity(), honest_hello(keys)), "forbidden");
}

TEST_F(LinkTest, RefusesAnOfferWhoseTimeIsOver) {
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  clock.advance(PairingStore::kOfferLifetime);
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(derive_pairing_keys(offer.secret))), "forbidden");
  EXPECT_EQ(met(dialer(pc, {wallet.endpoint()})->pair(offer)), "offer_over");
}

TEST_F(LinkTest, WithdrawsAnOfferThatTwoTerminalsRead) {
  Wallet second(clock, "127.0.0.2", wallet.discovery_port);
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  ASSERT_TRUE(second.device.store->accept_offer(offer, clock.now()));
  const auto paired = dialer(pc, {wallet.endpoint(), second.endpoint()})->pair(offer);
  EXPECT_EQ(met(paired), "several_terminals");
  EXPECT_TRUE(pc.store->pairings().value().empty());
  EXPECT_TRUE(pc.store->offers(clock.now()).value().empty());
}

TEST_F(LinkTest, IsNotMisledByASecondTerminalThatReadTheOfferLater) {
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  const auto paired = dialer(pc, {wallet.endpoint()})->pair(offer);
  ASSERT_EQ(met(paired), "ok");
  Wallet second(clock, "127.0.0.2", wallet.discovery_port);
  ASSERT_TRUE(second.device.store->accept_offer(offer, clock.now()));
  const auto id = paired.value()->pairing().id;
  const auto both = dialer(pc, {second.endpoint(), wallet.endpoint()})->dial(id);
  ASSERT_EQ(met(both), "ok");
  EXPECT_EQ(both.value()->pairing().last_address, wallet.endpoint());
  wallet.listener.reset();
  search_limit = milliseconds(500);
  EXPECT_EQ(met(dialer(pc, {second.endpoint()})->dial(id)), "another_terminal");
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

TEST_F(LinkTest, LetsAStolenPairingInOnlyUntilItIsRevoked) {
  const auto id = pair();
  Device thief(clock);
  thief.store.reset();
  thief.database.reset();
  std::filesystem::remove(thief.folder / "link.db");
  ASSERT_TRUE(pc.database->backup_to(thief.folder / "link.db"));
  thief.open(clock);
  EXPECT_EQ(met(dialer(thief, {})->dial(id)), "ok") << "a copy of the computer's store is the computer";
  const auto arrived = wallet.arrivals.next();
  ASSERT_TRUE(wallet.device.store->revoke(id, clock.now()));
  EXPECT_EQ(met(dialer(thief, {})->dial(id)), "forgotten");
  EXPECT_EQ(met(dialer(pc, {})->dial(id)), "forgotten");
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

// A terminal of the attacker's that answers the computer.
struct FalseTerminal {
  using Answer = std::function<Bytes(const Hello&, const Session&)>;
  FalseTerminal(const HandClock& clock, Answer answer)
      : identity(new_identity(clock)), socket(listen_tcp({*parse_host("127.0.0.1"), 0}).value()) {
    thread = std::jthread([this, answer = std::move(answer)] {
      for (;;) {
        pollfd wait{socket.number(), POLLIN, 0};
        ::poll(&wait, 1, -1);
        Socket accepted(::accept(socket.number(), nullptr, nullptr));
        if (!accepted) return;
        const auto served = [&]() -> Result<void> {
          TRY(auto tls, TlsStream::accept(
                            std::move(accepted), identity,
                            [](const Sha256Digest&) -> Result<void> { return ok(); }, after(kPatience)));
          TRY(const Bytes message, receive_control(*tls, after(kPatience)));
          TRY(const auto hello, read_hello(message));
          TRY(send_control(*tls, answer(hello, session_of(*tls, ProofBy::kWallet)), after(kPatience)));
          ++answered;
          Bytes rest(1);
          return tls->read_all(rest, after(kPatience));
        }();
        finished.request_stop();
      }
    });
  }
  ~FalseTerminal() { ::shutdown(socket.number(), SHUT_RDWR); }
  std::string endpoint() const { return local_endpoint(socket).value().text(); }

  Identity identity;
  Socket socket;
  std::atomic<int> answered = 0;
  std::stop_source finished;
  std::jthread thread;
};

TEST_F(LinkTest, DoesNotPairWithATerminalThatHasNotTheSecret) {
  // In the middle: it sends the computer's own proof back, or one under another secret.
  const FalseTerminal::Answer answers[] = {
      [](const Hello& hello, const Session&) {
        return write_welcome({"Terminal", hello.proof});
      },
      [](const Hello&, const Session& session) {
        return write_welcome({"Terminal", prove(crypto::random_secret(32), ProofBy::kWallet, session)});
      }};
  for (const auto& answer : answers) {
    FalseTerminal false_terminal(clock, answer);
    const auto offer = new_offer();
    const auto paired =
        dialer(pc, {false_terminal.endpoint()})->pair(offer, false_terminal.finished.get_token());
    EXPECT_FALSE(paired);
    EXPECT_GE(false_terminal.answered, 1);
  }
  EXPECT_TRUE(pc.store->pairings().value().empty());
}

TEST_F(LinkTest, TellsAPairedComputerThatAnotherTerminalAnswered) {
  const auto id = pair();
  FalseTerminal false_terminal(clock, [](const Hello& hello, const Session&) {
    return write_welcome({"T", hello.proof});
  });
  wallet.listener.reset();
  search_limit = milliseconds(500);
  EXPECT_EQ(met(dialer(pc, {false_terminal.endpoint()})->dial(id)), "another_terminal");
  EXPECT_EQ(false_terminal.answered, 0) << "it did not even hear the hello";
}

TEST_F(LinkTest, EndsGreetingsThatTakeTooLong) {
  wallet.options.greeting_limit = milliseconds(100);
  wallet.listen();
  const auto silent = begin_connect(*Endpoint::parse(wallet.endpoint())).value();
  pollfd wait{silent.number(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 5'000), 1);
  char one = 0;
  EXPECT_EQ(::recv(silent.number(), &one, 1, 0), 0) << "closed";
}

TEST_F(LinkTest, LetsTheHolderInWhileStrangersKeepGreetingsOpen) {
  wallet.options.max_greetings = 4;
  wallet.listen();
  std::vector<Socket> strangers;
  for (int i = 0; i < 20; ++i)
    strangers.push_back(begin_connect(*Endpoint::parse(wallet.endpoint())).value());
  EXPECT_FALSE(pair().empty());
}

TEST_F(LinkTest, HearsOneAddressOnlySoOften) {
  const auto id = pair();
  wallet.options.attempts_per_minute = 3;
  wallet.listen();
  const auto keys = pc.store->keys(id).value();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "welcome");
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "unavailable");
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "welcome");
}

TEST_F(LinkTest, LimitsConnections) {
  const auto id = pair();
  wallet.options.max_connections = 1;
  wallet.listen();
  const auto first = dialer(pc, {wallet.endpoint()})->dial(id);
  ASSERT_EQ(met(first), "ok");
  ASSERT_NE(wallet.arrivals.next(), nullptr);
  const auto second = dialer(pc, {wallet.endpoint()})->dial(id);
  ASSERT_EQ(met(second), "ok");
  EXPECT_EQ(code_of(second.value()->receive()), "rate_limited");
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
