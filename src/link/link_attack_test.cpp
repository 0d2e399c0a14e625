// SPDX-License-Identifier: Apache-2.0
#include "link/link_test_world.h"

#include <poll.h>
#include <sys/socket.h>

namespace countersign::link {
namespace {

using std::chrono::milliseconds;

struct LinkAttack : LinkTest {};

TEST_F(LinkAttack, RefusesAComputerWhoseKeyTheOfferDoesNotName) {
  // Somebody photographed the code and plays the computer: the secret without the key.
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  const auto keys = derive_pairing_keys(offer.secret);
  EXPECT_EQ(visit(new_identity(clock), honest_hello(keys)), "forbidden");
  EXPECT_TRUE(wallet.device.store->pairings().value().empty());
  EXPECT_EQ(wallet.device.store->offers(clock.now()).value().size(), 1U)
      << "the true computer can still pair";
}

TEST_F(LinkAttack, RefusesAComputerWithoutTheSecret) {
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  auto keys = derive_pairing_keys(offer.secret);
  keys.proof = crypto::random_secret(32);
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "unauthenticated");
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(derive_pairing_keys(crypto::random_secret(32)))),
            "not_found");
  EXPECT_TRUE(wallet.device.store->pairings().value().empty());
}

TEST_F(LinkAttack, RefusesAProofOfAnotherSession) {
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

TEST_F(LinkAttack, RefusesAProofOfTheOtherDirectionOrOfOtherKeys) {
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

TEST_F(LinkAttack, RefusesOneComputerUnderThePairingOfAnother) {
  const auto id = pair();
  const auto keys = pc.store->keys(id).value();
  Device other(clock);
  const auto offer = other.store->create_offer("Other", clock.now()).value();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  ASSERT_EQ(met(dialer(other, {wallet.endpoint()})->pair(offer)), "ok");
  EXPECT_EQ(visit(other.store->identity(), honest_hello(keys)), "forbidden");
}

TEST_F(LinkAttack, RefusesAnOfferWhoseTimeIsOver) {
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  clock.advance(PairingStore::kOfferLifetime);
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(derive_pairing_keys(offer.secret))), "forbidden");
  EXPECT_EQ(met(dialer(pc, {wallet.endpoint()})->pair(offer)), "offer_over");
}

TEST_F(LinkAttack, WithdrawsAnOfferThatTwoTerminalsRead) {
  Wallet second(clock, "127.0.0.2", wallet.discovery_port);
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  ASSERT_TRUE(second.device.store->accept_offer(offer, clock.now()));
  const auto paired = dialer(pc, {wallet.endpoint(), second.endpoint()})->pair(offer);
  EXPECT_EQ(met(paired), "several_terminals");
  EXPECT_TRUE(pc.store->pairings().value().empty());
  EXPECT_TRUE(pc.store->offers(clock.now()).value().empty());
}

TEST_F(LinkAttack, IsNotMisledByASecondTerminalThatReadTheOfferLater) {
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

TEST_F(LinkAttack, LetsAStolenPairingInOnlyUntilItIsRevoked) {
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

TEST_F(LinkAttack, DoesNotPairWithATerminalThatHasNotTheSecret) {
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

TEST_F(LinkAttack, TellsAPairedComputerThatAnotherTerminalAnswered) {
  const auto id = pair();
  FalseTerminal false_terminal(clock, [](const Hello& hello, const Session&) {
    return write_welcome({"T", hello.proof});
  });
  wallet.listener.reset();
  search_limit = milliseconds(500);
  EXPECT_EQ(met(dialer(pc, {false_terminal.endpoint()})->dial(id)), "another_terminal");
  EXPECT_EQ(false_terminal.answered, 0) << "it did not even hear the hello";
}

TEST_F(LinkAttack, EndsGreetingsThatTakeTooLong) {
  wallet.options.greeting_limit = milliseconds(100);
  wallet.listen();
  const auto silent = begin_connect(*Endpoint::parse(wallet.endpoint())).value();
  pollfd wait{silent.number(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 5'000), 1);
  char one = 0;
  EXPECT_EQ(::recv(silent.number(), &one, 1, 0), 0) << "closed";
}

TEST_F(LinkAttack, LetsTheHolderInWhileStrangersKeepGreetingsOpen) {
  wallet.options.max_greetings = 4;
  wallet.listen();
  std::vector<Socket> strangers;
  for (int i = 0; i < 20; ++i)
    strangers.push_back(begin_connect(*Endpoint::parse(wallet.endpoint())).value());
  EXPECT_FALSE(pair().empty());
}

TEST_F(LinkAttack, HearsOneAddressOnlySoOften) {
  const auto id = pair();
  wallet.options.attempts_per_minute = 3;
  wallet.listen();
  const auto keys = pc.store->keys(id).value();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "welcome");
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "unavailable");
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(visit(pc.store->identity(), honest_hello(keys)), "welcome");
}

TEST_F(LinkAttack, LimitsConnections) {
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

}  // namespace
}  // namespace countersign::link
