// SPDX-License-Identifier: Apache-2.0
// Receipts that come with confirmations, from gateway and authority.
#include <gtest/gtest.h>

#include "crypto/random.h"
#include "evidence/testing/sample_log.h"
#include "wallet/payment.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::Receipt;
using documents::WitnessState;
using evidence::SampleLog;

class ReceiptTest : public testing::Test {
 protected:
  ReceiptTest() {
    world_.enrol();
    log_.append_others(3);
    world_.peers.change_confirmation = [this](documents::Confirmation& confirmation) {
      confirmation.id = id_;
      confirmation.index = 3;
      confirmation.log = SampleLog::kOrigin;
    };
  }
  // Of the confirmation that the authority recorded.
  Receipt receipt(const SampleLog::Changes& changes = {}) {
    Receipt made;
    made.confirmation = world_.peers.confirmation;
    made.nonce.fill(7);
    if (log_.size() == 3)
      log_.append(documents::write_log_entry(
          take(documents::entry_of_confirmation(id_, made.nonce, made.confirmation))));
    log_.prove(made, 3, changes);
    made.state = changes.witnesses > 0 ? WitnessState::kWitnessed : WitnessState::kPending;
    return made;
  }
  static Bytes write(const Receipt& receipt) { return documents::write_receipt(receipt); }
  PaymentView pay() {
    take(world_.payments().begin(world_.payment_link()));
    return take(world_.payments().approve(world_.peers.order.id, secret("1234")));
  }
  // What is given out.
  Result<Bytes> renew() { return world_.payments().renew_receipt(world_.peers.order.id, secret("1234")); }
  Bytes kept() { return take(world_.payments().show(world_.peers.order.id)).record.receipt; }
  static WitnessState state_of(BytesView receipt) { return take(documents::parse_receipt(receipt)).state; }
  // In the place of the log: a checkpoint over a tree of its own invention, and no map to say whose key it
  // is.
  Bytes invented() {
    SampleLog forged(world_.trade);
    forged.append_others(3);
    receipt();
    Receipt made;
    made.confirmation = world_.peers.confirmation;
    made.nonce.fill(7);
    forged.append(documents::write_log_entry(
        take(documents::entry_of_confirmation(id_, made.nonce, made.confirmation))));
    forged.append_others(40);
    forged.prove(made, 3, {.witnesses = 0});
    made.maps.clear();
    return write(made);
  }

  WalletWorld world_;
  SampleLog log_{world_.trade};
  const std::string id_ = crypto::random_uuid_v4();
};

TEST_F(ReceiptTest, IsKeptFromTheGatewayBesideTheConfirmation) {
  world_.peers.authority_is_down = true;
  world_.peers.gateway_receipt = [this] { return write(receipt({.witnesses = 0})); };
  const auto view = pay();
  EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
  ASSERT_FALSE(view.record.receipt.empty());
  EXPECT_EQ(state_of(view.record.receipt), WitnessState::kPending);
  world_.restart();
  EXPECT_EQ(kept(), view.record.receipt);
}

TEST_F(ReceiptTest, BringsTheConfirmationAlongFromTheAuthorityWhereTheGatewayIsGone) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.authority_receipt = [this] { return write(receipt()); };
  const auto view = pay();
  EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(view.record.confirmation, world_.peers.confirmation);
  EXPECT_EQ(state_of(view.record.receipt), WitnessState::kWitnessed);
}

TEST_F(ReceiptTest, IsNotReadForAListOfPurchases) {
  world_.peers.authority_receipt = [this] { return write(receipt()); };
  ASSERT_FALSE(pay().record.receipt.empty());
  const auto listed = take(world_.payments().list());
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_FALSE(listed.front().record.confirmation.empty());
  EXPECT_TRUE(listed.front().record.receipt.empty());
}

TEST_F(ReceiptTest, IsNotNeededForAConfirmation) {
  const auto view = pay();
  EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
  EXPECT_TRUE(view.record.receipt.empty());
  EXPECT_EQ(world_.peers.receipts_fetched, 1);
  EXPECT_EQ(renew().error().code, ErrorCode::kNotFound) << "the authority has none";
}

TEST_F(ReceiptTest, IsReplacedOnceWitnessesHaveSigned) {
  world_.peers.authority_receipt =
      world_.peers.gateway_receipt = [this] { return write(receipt({.witnesses = 0})); };
  EXPECT_EQ(state_of(pay().record.receipt), WitnessState::kPending);
  world_.peers.authority_receipt = [this] { return write(receipt()); };
  EXPECT_EQ(state_of(take(renew())), WitnessState::kWitnessed);
  EXPECT_EQ(state_of(kept()), WitnessState::kWitnessed);
  // One that was kept back does not take its place, and is not given out.
  world_.peers.authority_receipt = [this] { return write(receipt({.witnesses = 0})); };
  EXPECT_EQ(state_of(take(renew())), WitnessState::kWitnessed);
  EXPECT_EQ(state_of(kept()), WitnessState::kWitnessed);
}

TEST_F(ReceiptTest, StaysOnceItIsWitnessedAndANewerOneIsGivenOutAlone) {
  world_.peers.authority_receipt = [this] { return write(receipt()); };
  const Bytes first = pay().record.receipt;
  log_.append_others(5);
  const auto later = write(receipt({.cosigned = world_.trade.now + std::chrono::hours(1)}));
  world_.peers.authority_receipt = [&] { return later; };
  EXPECT_EQ(take(renew()), later);
  EXPECT_EQ(kept(), first) << "its cosignatures are the older ones";
}

TEST_F(ReceiptTest, GivesWayToOneThatVerifiesWhereItVerifiesNoMore) {
  const auto former =
      evidence::make_note_signer(std::string(SampleLog::kOrigin), checkpoint::KeyType::kEd25519);
  world_.peers.authority_receipt = [&] {
    return write(receipt({.map = [&](auto& map) { map.data_centres.front().log->key = former.verifier(); },
                          .signer = &former}));
  };
  const Bytes first = pay().record.receipt;
  ASSERT_FALSE(first.empty());
  world_.peers.network_map = log_.signed_map(log_.map());
  world_.clock.time += std::chrono::hours(2);  // it is asked for again
  world_.peers.authority_receipt = [this] { return write(receipt({.witnesses = 0})); };
  EXPECT_NE(take(renew()), first);
  EXPECT_NE(kept(), first);
}

TEST_F(ReceiptTest, WhoseLogNobodyKnowsComesFromTheAuthorityAlone) {
  world_.peers.authority_is_down = true;
  world_.peers.gateway_receipt = [this] { return invented(); };
  EXPECT_TRUE(pay().record.receipt.empty());
  world_.peers.authority_is_down = false;
  world_.peers.authority_receipt = [this] { return invented(); };
  const auto open = take(renew());
  EXPECT_EQ(kept(), open);
  // And gives way to one whose log is known, of a smaller tree though it be, not the other way round.
  world_.peers.authority_receipt = [this] { return write(receipt({.witnesses = 0})); };
  const auto known = take(renew());
  EXPECT_NE(known, open);
  EXPECT_EQ(kept(), known);
  world_.peers.authority_receipt = [this] { return invented(); };
  EXPECT_EQ(take(renew()), known);
  EXPECT_EQ(kept(), known);
}

TEST_F(ReceiptTest, IsOfTheLogThatTheMapNamedAlsoOnceThatMapIsOver) {
  world_.peers.network_map = log_.signed_map(log_.map());
  world_.peers.authority_receipt = [this] { return write(receipt({.witnesses = 0})); };
  const Bytes proven = pay().record.receipt;
  ASSERT_FALSE(proven.empty());
  world_.clock.time += std::chrono::days(31);
  world_.peers.authority_receipt = [this] { return invented(); };
  EXPECT_EQ(renew().error().code, ErrorCode::kSignatureInvalid) << "of another log than the one it named";
  EXPECT_EQ(kept(), proven);
}

TEST_F(ReceiptTest, IsFetchedFromTheGatewayOnceTheConfirmationIsKept) {
  PurchaseState found{};
  world_.peers.gateway_receipt = [&]() -> Result<Bytes> {
    found = take(world_.payments().show(world_.peers.order.id)).record.state;
    return fail(ErrorCode::kUnavailable, "no answer in time");
  };
  EXPECT_EQ(pay().record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(found, PurchaseState::kConfirmed);
}

TEST_F(ReceiptTest, IsNotAskedForWhereTheOrderWasRefused) {
  world_.peers.refuses = true;
  EXPECT_EQ(pay().record.state, PurchaseState::kRefused);
  EXPECT_EQ(world_.peers.receipts_fetched, 0);
}

TEST_F(ReceiptTest, IsNotBelievedWhereItProvesNothing) {
  struct Case {
    const char* name;
    std::function<Receipt()> make;
    ErrorCode code;
  };
  const auto forger =
      evidence::make_note_signer(std::string(SampleLog::kOrigin), checkpoint::KeyType::kEd25519);
  const std::vector<Case> cases = {
      {"another nonce",
       [this] {
         auto made = receipt();
         made.nonce[0] ^= 1;
         return made;
       },
       ErrorCode::kConflict},
      {"another index",
       [this] { return receipt({.proof = [](checkpoint::LogProof& proof) { proof.index = 1; }}); },
       ErrorCode::kConflict},
      {"another origin",
       [this] {
         return receipt(
             {.checkpoint = [](checkpoint::Checkpoint& stated) { stated.origin = "else.example/log"; }});
       },
       ErrorCode::kConflict},
      {"another key", [&] { return receipt({.signer = &forger}); }, ErrorCode::kSignatureInvalid},
      {"another order", [this] { return log_.confirm(); }, ErrorCode::kConflict}};
  world_.peers.authority_is_down = true;
  pay();
  world_.peers.authority_is_down = false;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    world_.peers.authority_receipt = [&] { return write(one.make()); };
    const auto refused = renew();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, one.code) << refused.error().detail;
    EXPECT_EQ(take(world_.payments().show(world_.peers.order.id)).record.state, PurchaseState::kConfirmed);
    EXPECT_TRUE(kept().empty());
  }
}

TEST_F(ReceiptTest, ThatAGatewayForgedLeavesTheConfirmationAndIsTold) {
  world_.peers.gateway_receipt = [this] {
    auto made = receipt();
    made.nonce[0] ^= 1;
    return write(made);
  };
  const auto view = pay();
  EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
  EXPECT_TRUE(view.record.receipt.empty());
  ASSERT_EQ(view.attempts.size(), 3U);
  EXPECT_EQ(view.attempts.at(1).source, AttemptSource::kGateway);
  EXPECT_EQ(view.attempts.at(1).outcome, "conflict");
}

TEST_F(ReceiptTest, OfAnotherConfirmationIsNoConfirmationOfThisOrder) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.authority_receipt = [this] { return write(log_.confirm()); };
  const auto view = pay();
  EXPECT_EQ(view.record.state, PurchaseState::kSigned);
  EXPECT_TRUE(view.record.confirmation.empty());
}

}  // namespace
}  // namespace countersign::wallet
