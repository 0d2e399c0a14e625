// SPDX-License-Identifier: Apache-2.0
#include "link/discovery.h"

#include <poll.h>
#include <sys/socket.h>

#include "link/discovery_responder.h"
#include "link/test_world.h"

namespace countersign::link {
namespace {

const crypto::SecretBytes& key() {
  static const auto secret = crypto::random_secret(32);
  return secret;
}

TEST(Discovery, ReadsWhatItWrites) {
  Question question{from_unix_seconds(1'795'000'000), {}};
  question.nonce.fill(7);
  const Bytes asked = write_question(key(), question);
  EXPECT_EQ(read_question(asked).value().asked, question.asked);
  EXPECT_EQ(read_question(asked).value().nonce, question.nonce);
  EXPECT_TRUE(is_question_of(asked, key()));
  const Bytes answered = write_answer(key(), {question.nonce, {1, 2, 3}, 4711});
  const Answer answer = read_answer(answered, key()).value();
  EXPECT_EQ(answer.nonce, question.nonce);
  EXPECT_EQ(answer.port, 4711);
  EXPECT_LE(answered.size(), asked.size() + 8) << "no amplifier for those who forge addresses";
}

TEST(Discovery, RefusesEveryFlippedBitAndEveryOtherLength) {
  const Bytes asked = write_question(key(), {from_unix_seconds(1'795'000'000), {}});
  const Bytes answered = write_answer(key(), {{}, {}, 4711});
  for (std::size_t bit = 0; bit < asked.size() * 8; ++bit) {
    Bytes flipped = asked;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(is_question_of(flipped, key())) << bit;
  }
  for (std::size_t bit = 0; bit < answered.size() * 8; ++bit) {
    Bytes flipped = answered;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(read_answer(flipped, key())) << bit;
  }
  for (std::size_t size = 0; size < asked.size(); ++size)
    EXPECT_FALSE(read_question(BytesView(asked).first(size)));
  for (std::size_t size = 0; size < answered.size(); ++size)
    EXPECT_FALSE(read_answer(BytesView(answered).first(size), key()));
}

TEST(Discovery, KnowsItsOwnKeyOnly) {
  const auto other = crypto::random_secret(32);
  EXPECT_FALSE(is_question_of(write_question(key(), {from_unix_seconds(1'795'000'000), {}}), other));
  EXPECT_EQ(code_of(read_answer(write_answer(key(), {{}, {}, 4711}), other)), "unauthenticated");
  EXPECT_FALSE(read_answer(write_question(key(), {}), key())) << "a question is no answer";
}

// A terminal's responder on loopback and a computer's socket.
struct DiscoveryResponderTest : ::testing::Test {
  DiscoveryResponderTest() {
    offer = pc.store->create_offer("Computer", clock.now()).value();
    id = terminal.store->accept_offer(offer, clock.now()).value();
    LanListenOptions options;
    options.address = "127.0.0.1";
    options.group.clear();
    options.discovery_port = 0;
    responder = DiscoveryResponder::start(options, 4711, *terminal.store, clock).value();
  }

  Bytes question(TimePoint asked) const {
    Question made{asked, {}};
    const Bytes nonce = crypto::random_bytes(made.nonce.size());
    std::copy(nonce.begin(), nonce.end(), made.nonce.begin());
    return write_question(pc.store->keys(id).value().discovery, made);
  }
  // The answer, if any comes.
  std::optional<Bytes> ask(const Bytes& datagram) const {
    (void)send_datagram(socket, {*parse_host("127.0.0.1"), responder->port()}, datagram);
    // The responder takes datagrams in order: when it answers a second question it has considered the first.
    (void)send_datagram(socket, {*parse_host("127.0.0.1"), responder->port()}, question(clock.now()));
    const auto first = receive();
    const bool both = is_answer_to(*first, datagram);
    if (both) (void)receive();
    return both ? first : std::nullopt;
  }
  std::optional<Bytes> receive() const {
    pollfd wait{socket.number(), POLLIN, 0};
    if (::poll(&wait, 1, 5'000) != 1) return std::nullopt;
    Bytes buffer(200);
    const auto count = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
    buffer.resize(static_cast<std::size_t>(count));
    return buffer;
  }
  bool is_answer_to(const Bytes& answer, const Bytes& asked) const {
    const auto read = read_answer(answer, pc.store->keys(id).value().discovery);
    const auto question = read_question(asked);
    return read && question && read.value().nonce == question.value().nonce;
  }

  HandClock clock;
  Device pc{clock};
  Device terminal{clock};
  PairingOffer offer;
  std::string id;
  std::unique_ptr<DiscoveryResponder> responder;
  Socket socket = bind_udp({*parse_host("127.0.0.1"), 0}).value();
};

TEST_F(DiscoveryResponderTest, AnswersForAnOpenOfferAndForAPairing) {
  EXPECT_TRUE(ask(question(clock.now())));
  ASSERT_TRUE(terminal.store->complete_offer(id, "Computer", pc.store->identity().digest(), clock.now()));
  const auto answer = ask(question(clock.now()));
  ASSERT_TRUE(answer);
  EXPECT_EQ(read_answer(*answer, pc.store->keys(id).value().discovery).value().port, 4711);
}

TEST_F(DiscoveryResponderTest, IsSilentToStrangers) {
  const auto stranger = crypto::random_secret(32);
  EXPECT_FALSE(ask(write_question(stranger, {clock.now(), {}})));
  EXPECT_FALSE(ask(to_bytes(std::string_view("who is there?"))));
  EXPECT_FALSE(ask(Bytes(1'400, 0)));
}

TEST_F(DiscoveryResponderTest, IsSilentToAQuestionThatIsRepeated) {
  const Bytes once = question(clock.now());
  EXPECT_TRUE(ask(once));
  EXPECT_FALSE(ask(once));
}

TEST_F(DiscoveryResponderTest, IsSilentToOldAndFutureQuestions) {
  EXPECT_FALSE(ask(question(clock.now() - kDiscoveryTolerance - Seconds(1))));
  EXPECT_FALSE(ask(question(clock.now() + kDiscoveryTolerance + Seconds(1))));
  EXPECT_TRUE(ask(question(clock.now() - kDiscoveryTolerance)));
}

TEST_F(DiscoveryResponderTest, IsSilentAfterARevocation) {
  ASSERT_TRUE(terminal.store->complete_offer(id, "Computer", pc.store->identity().digest(), clock.now()));
  const auto second = pc.store->create_offer("Computer", clock.now()).value();
  ASSERT_TRUE(terminal.store->revoke(id, clock.now()));
  (void)send_datagram(socket, {*parse_host("127.0.0.1"), responder->port()}, question(clock.now()));
  id = terminal.store->accept_offer(second, clock.now()).value();
  const Bytes again = question(clock.now());
  (void)send_datagram(socket, {*parse_host("127.0.0.1"), responder->port()}, again);
  EXPECT_TRUE(is_answer_to(receive().value(), again)) << "the first answer is the one to the new offer";
}

TEST(DiscoveryResponder, NamesAPortThatIsTaken) {
  HandClock clock;
  Device terminal{clock};
  const auto taken = bind_udp({*parse_host("127.0.0.1"), 0}).value();
  LanListenOptions options;
  options.address = "127.0.0.1";
  options.group.clear();
  options.discovery_port = local_endpoint(taken).value().port;
  const auto started = LanAcceptor::listen(options, *terminal.store, clock);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace countersign::link
