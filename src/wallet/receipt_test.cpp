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
      log_.append(
          documents::write_log_entry(documents::entry_of_confirmation(id_, made.nonce, made.confirmation)));
    log_.prove(made, 3, changes);
    made.state = changes.witnesses > 0 ? WitnessState::kWitnessed : WitnessState::kPending;
    return made;
  }
  static Bytes write(const Receipt& receipt) { return documents::write_receipt(receipt); }
  PaymentView pay() {
    take(world_.payments().begin(world_.payment_link()));
    return take(world_.payments().approve(world_.peers.order.id, secret("1234")));
  }
  Result<PaymentView> renew() {
    return world_.payments().renew_receipt(world_.peers.order.id, secret("1234"));
  }
  WitnessState state_of(const PaymentView& view) {
    return take(documents::parse_receipt(view.record.receipt)).state;
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
  EXPECT_EQ(state_of(view), WitnessState::kPending);
  world_.restart();
  EXPECT_EQ(take(world_.payments().show(world_.peers.order.id)).record.receipt, view.record.receipt);
}

TEST_F(ReceiptTest, BringsTheConfirmationAlongFromTheAuthorityWhereTheGatewayIsGone) {
  world_.peers.gateway_dies_after_asking = true;
  world_.peers.authority_receipt = [this] { return write(receipt()); };
  const auto view = pay();
  EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
  EXPECT_EQ(view.record.confirmation, world_.peers.confirmation);
  EXPECT_EQ(state_of(view), WitnessState::kWitnessed);
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
  EXPECT_EQ(state_of(pay()), WitnessState::kPending);
  world_.peers.authority_receipt = [this] { return write(receipt()); };
  EXPECT_EQ(state_of(take(renew())), WitnessState::kWitnessed);
  // One that was kept back does not take its place.
  world_.peers.authority_receipt = [this] { return write(receipt({.witnesses = 0})); };
  EXPECT_EQ(state_of(take(renew())), WitnessState::kWitnessed);
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
    const auto view = take(world_.payments().show(world_.peers.order.id));
    EXPECT_EQ(view.record.state, PurchaseState::kConfirmed);
    EXPECT_TRUE(view.record.receipt.empty());
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
  EXPECT_EQ(view.attempts.back().source, AttemptSource::kGateway);
  EXPECT_EQ(view.attempts.back().outcome, "conflict");
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
