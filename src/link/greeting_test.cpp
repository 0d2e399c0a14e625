// SPDX-License-Identifier: Apache-2.0
#include "link/greeting.h"

#include "link/control.h"
#include "link/test_world.h"
#include "link/testing/pair.h"

namespace countersign::link {
namespace {

constexpr std::chrono::milliseconds kLimit{5'000};

TEST(Prove, IsTheSameOnBothSidesOfOneSession) {
  const auto key = crypto::random_secret(32);
  auto [pc, terminal] = testing::stream_pair();
  const Session at_pc = session_of(*pc, ProofBy::kMediator);
  const Session at_terminal = session_of(*terminal, ProofBy::kWallet);
  for (const ProofBy side : {ProofBy::kMediator, ProofBy::kWallet})
    EXPECT_EQ(prove(key, side, at_pc), prove(key, side, at_terminal));
}

TEST(Prove, IsAnotherForAnotherSecretDirectionSessionOrKey) {
  const auto key = crypto::random_secret(32);
  auto [pc, terminal] = testing::stream_pair();
  const Session session = session_of(*pc, ProofBy::kMediator);
  const auto proof = prove(key, ProofBy::kMediator, session);
  EXPECT_NE(prove(crypto::random_secret(32), ProofBy::kMediator, session), proof);
  EXPECT_NE(prove(key, ProofBy::kWallet, session), proof) << "a proof sent back proves nothing";
  auto [again, other] = testing::stream_pair();
  EXPECT_NE(prove(key, ProofBy::kMediator, session_of(*again, ProofBy::kMediator)), proof);
  Session spliced{session.exporter.clone(), session.wallet, session.mediator};
  EXPECT_NE(prove(key, ProofBy::kMediator, spliced), proof) << "keys exchanged";
  spliced = {session.exporter.clone(), session.mediator, new_identity(HandClock()).digest()};
  EXPECT_NE(prove(key, ProofBy::kMediator, spliced), proof) << "another terminal's key";
}

TEST(Greeting, ReadsWhatItWrites) {
  Hello hello{std::string(32, 'a'), "책상", {}};
  hello.proof.fill(9);
  const auto read = read_hello(write_hello(hello)).value();
  EXPECT_EQ(read.pairing, hello.pairing);
  EXPECT_EQ(read.name, hello.name);
  EXPECT_EQ(read.proof, hello.proof);
  EXPECT_EQ(read_welcome(write_welcome({"Phone", hello.proof})).value().name, "Phone");
}

TEST(Greeting, RefusesOtherVersionsMembersAndNames) {
  const std::string proof(64, 'a');
  const std::string pairing(32, 'a');
  const auto hello = [&](std::string_view type, int version, std::string_view name, std::string_view more) {
    return code_of(
        read_hello(as_bytes(R"({"type":")" + std::string(type) + R"(","version":)" + std::to_string(version) +
                            R"(,"pairing":")" + pairing + R"(","name":")" + std::string(name) +
                            R"(","proof":")" + proof + "\"" + std::string(more) + "}")));
  };
  EXPECT_EQ(hello("hello", 1, "PC", ""), "ok");
  EXPECT_EQ(hello("hello", 2, "PC", ""), "unsupported");
  EXPECT_EQ(hello("welcome", 1, "PC", ""), "unsupported");
  EXPECT_EQ(hello("hello", 1, "PC", R"(,"more":1)"), "malformed");
  EXPECT_EQ(hello("hello", 1, "", ""), "malformed");
  EXPECT_EQ(hello("hello", 1, std::string(65, 'n'), ""), "malformed");
}

// What receive_control says to bytes that the other side sends.
std::string received(const Bytes& bytes) {
  auto [pc, terminal] = testing::stream_pair();
  EXPECT_TRUE(pc->write_all(bytes, after(kLimit)));
  pc->finish();
  return code_of(receive_control(*terminal, after(kLimit)));
}

TEST(ReceiveControl, TakesOneControlFrameAndLeavesTheRest) {
  auto [pc, terminal] = testing::stream_pair();
  Bytes both = encode_frame({FrameKind::kControl, 0, to_bytes(std::string_view("first"))});
  const Bytes second = encode_frame({FrameKind::kControl, 0, to_bytes(std::string_view("second"))});
  both.insert(both.end(), second.begin(), second.end());
  ASSERT_TRUE(pc->write_all(both, after(kLimit)));
  EXPECT_EQ(as_text(receive_control(*terminal, after(kLimit)).value()), "first");
  EXPECT_EQ(as_text(receive_control(*terminal, after(kLimit)).value()), "second");
}

TEST(ReceiveControl, RefusesEverythingElse) {
  EXPECT_EQ(received(encode_frame({FrameKind::kData, 1, to_bytes(std::string_view("x"))})), "malformed");
  EXPECT_EQ(received(encode_frame({FrameKind::kPing, 0, {}})), "malformed");
  EXPECT_EQ(received(hex_decode("ffffffff010000").value()), "too_large");
  EXPECT_EQ(received(hex_decode("00000003090000").value()), "unsupported");
  EXPECT_EQ(received(hex_decode("0000000a01000078").value()), "gone") << "cut off";
  EXPECT_EQ(received({}), "gone");
}

TEST(ReceiveControl, NamesTheReasonOfAClose) {
  EXPECT_EQ(received(encode_frame({FrameKind::kClose, 0, write_close(ErrorCode::kUnauthenticated)})),
            "unauthenticated");
  EXPECT_EQ(received(encode_frame({FrameKind::kClose, 0, {}})), "gone");
}

}  // namespace
}  // namespace countersign::link
