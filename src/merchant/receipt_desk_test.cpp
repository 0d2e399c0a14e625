// SPDX-License-Identifier: Apache-2.0
#include "merchant/receipt_desk.h"

#include <gtest/gtest.h>

#include "checkpoint/log_proof.h"
#include "merchant/checkout_desk.h"
#include "merchant/testing.h"

namespace countersign::merchant {
namespace {

using documents::WitnessState;
using x509::code_of;

struct ReceiptDeskTest : testing::Test {
  ReceiptDeskTest() { shop.authority.keep_log(); }

  CheckoutDesk checkouts() {
    return {shop.context(),
            shop.tokens,
            shop.authority,
            {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  }
  ReceiptDesk desk() { return {shop.context(), shop.authority}; }
  std::string open_checkout() {
    return take(checkouts().open({{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""})).id;
  }
  // A new order, signed and handed in.
  Result<CheckedAnswer> buy(const std::string& from) {
    const auto order = take(checkouts().take(from, purchaser.certificate.der()));
    const auto signed_order = take(x509::sign_cms(purchaser, order, {.signing_time = shop.clock.now()}));
    return ConfirmationDesk(shop.context(), shop.authority).accept(from, signed_order);
  }
  Result<CheckedAnswer> buy() { return buy(checkout); }
  documents::Receipt kept() {
    return take(documents::parse_receipt(take(desk().receipt_of_checkout(checkout))));
  }
  std::optional<StoredReceipt> row() {
    std::optional<StoredReceipt> found;
    const auto id = take(checkouts().view(checkout)).order_id;
    EXPECT_TRUE(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(found, find_receipt(reader, id));
      return ok();
    }));
    return found;
  }
  // What the gateway does by itself, a while later.
  int ask_after(Seconds time) {
    shop.clock.advance(time);
    return take(desk().ask_for_due());
  }

  TestShop shop;
  x509::Signer purchaser = shop.issue_purchaser("first");
  std::string checkout = open_checkout();
};

TEST_F(ReceiptDeskTest, StoresTheReceiptThatTheConfirmationCameIn) {
  const auto answer = take(buy());
  EXPECT_EQ(kept().confirmation, answer.answer.answer.document);
  EXPECT_EQ(kept().state, WitnessState::kPending);
  shop.reopen();
  EXPECT_EQ(kept().confirmation, take(checkouts().view(checkout)).answer->answer.document);
}

TEST_F(ReceiptDeskTest, TakesTheWitnessedOneOnceThereIsOneAndAsksNoMore) {
  take(buy());
  EXPECT_EQ(ask_after(Seconds(1)), 0);
  EXPECT_EQ(shop.authority.receipts_asked, 0) << "witnesses have a few seconds";
  EXPECT_EQ(ask_after(Seconds(5)), 0);
  EXPECT_EQ(shop.authority.receipts_asked, 1);
  shop.authority.witnesses = WitnessState::kWitnessed;
  EXPECT_EQ(ask_after(Seconds(60)), 1);
  EXPECT_EQ(kept().state, WitnessState::kWitnessed);
  EXPECT_EQ(row()->state, "witnessed");
  EXPECT_EQ(ask_after(Seconds(100'000)), 0);
  EXPECT_EQ(shop.authority.receipts_asked, 2);
}

TEST_F(ReceiptDeskTest, BelievesNoWordOfWitnessesWithoutTheirCosignatures) {
  take(buy());
  shop.authority.witnesses = WitnessState::kPending;
  shop.authority.alter_receipt = [](documents::Receipt& receipt) {
    receipt.state = WitnessState::kWitnessed;
  };
  EXPECT_EQ(ask_after(Seconds(6)), 0);
  EXPECT_TRUE(row()->next_attempt) << "it goes on asking";
}

TEST_F(ReceiptDeskTest, TakesAConfirmationThatCameAloneAndAsksForItsReceipt) {
  shop.authority.sends_receipts = false;
  take(buy());
  EXPECT_EQ(take(checkouts().view(checkout)).checkout.state, CheckoutState::kConfirmed);
  EXPECT_EQ(code_of(desk().receipt_of_checkout(checkout)), ErrorCode::kNotFound);
  ask_after(Seconds(6));
  EXPECT_EQ(kept().confirmation, take(checkouts().view(checkout)).answer->answer.document);
}

TEST_F(ReceiptDeskTest, AsksForNoneWhereTheConfirmationNamesNoLog) {
  shop.authority.sends_receipts = false;
  shop.authority.alter_confirmation = [](documents::Confirmation& said) { said.log.reset(); };
  take(buy());
  EXPECT_FALSE(row());
  ask_after(Seconds(60));
  EXPECT_EQ(shop.authority.receipts_asked, 0);
}

TEST_F(ReceiptDeskTest, DoesNotBelieveAConfirmationWhoseReceiptIsForged) {
  struct Case {
    const char* name;
    std::function<void(documents::Receipt&)> alter;
    ErrorCode code;
  };
  const auto change_proof = [](auto change) {
    return [change](documents::Receipt& receipt) {
      auto proof = take(checkpoint::parse_log_proof(receipt.proof));
      change(proof);
      receipt.proof = checkpoint::write_log_proof(proof);
    };
  };
  const std::vector<Case> cases = {
      {"another nonce", [](auto& receipt) { receipt.nonce[3] ^= 1; }, ErrorCode::kConflict},
      {"another index", change_proof([](auto& proof) { proof.index += 1; }), ErrorCode::kConflict},
      {"another origin", change_proof([](auto& proof) {
         proof.checkpoint.replace(0, TestLog::kOrigin.size(), "tokyo-1.example/log");
       }),
       ErrorCode::kConflict},
      {"another root", change_proof([](auto& proof) {
         const auto root = proof.checkpoint.find('\n', TestLog::kOrigin.size() + 1) + 1;
         proof.checkpoint.at(root) = proof.checkpoint.at(root) == 'A' ? 'B' : 'A';
       }),
       ErrorCode::kConflict},
      {"a proof that is none", [](auto& receipt) { receipt.proof = "c2sp.org/tlog-proof@v2\n"; },
       ErrorCode::kUnsupported}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    shop.authority.alter_receipt = one.alter;
    checkout = open_checkout();
    const auto answer = buy();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, one.code) << answer.error().detail;
    EXPECT_EQ(take(checkouts().view(checkout)).checkout.state, CheckoutState::kConfirming);
    EXPECT_FALSE(row());
  }
  // The same order gets the same confirmation, once the authority is in order again.
  shop.authority.alter_receipt = [](auto&) {};
  shop.clock.advance(Seconds(400));
  EXPECT_EQ(take(ConfirmationDesk(shop.context(), shop.authority).resume_pending()), 5);
  EXPECT_EQ(kept().state, WitnessState::kPending);
}

TEST_F(ReceiptDeskTest, DoesNotBelieveTheReceiptOfAnotherOrder) {
  const auto first = take(buy());
  const auto other = kept();
  checkout = open_checkout();
  shop.authority.alter_receipt = [&](documents::Receipt& receipt) { receipt = other; };
  EXPECT_EQ(code_of(buy()), ErrorCode::kConflict);
}

TEST_F(ReceiptDeskTest, KeepsTheReceiptThatItHasWhereANewerOneIsForged) {
  take(buy());
  const auto before = kept();
  shop.authority.witnesses = WitnessState::kWitnessed;
  shop.authority.alter_receipt = [](documents::Receipt& receipt) { receipt.nonce[0] ^= 1; };
  EXPECT_EQ(ask_after(Seconds(6)), 0);
  EXPECT_EQ(kept().nonce, before.nonce);
  EXPECT_EQ(row()->state, "pending");
  EXPECT_TRUE(row()->next_attempt);
}

TEST_F(ReceiptDeskTest, RefusesANewerReceiptThatIsOfAnOlderTree) {
  take(buy());
  const auto old = kept();
  take(buy(open_checkout()));
  ask_after(Seconds(6));
  ASSERT_NE(kept().proof, old.proof) << "it is proven in the tree of two";
  shop.authority.alter_receipt = [&](documents::Receipt& receipt) {
    if (receipt.confirmation == old.confirmation) receipt = old;
  };
  ask_after(Seconds(60));
  EXPECT_NE(kept().proof, old.proof);
}

TEST_F(ReceiptDeskTest, RefusesANewerReceiptWhoseLogNobodyKnows) {
  take(buy());
  const auto before = kept();
  take(buy(open_checkout()));
  shop.authority.alter_receipt = [](documents::Receipt& receipt) { receipt.maps.clear(); };
  ask_after(Seconds(6));
  EXPECT_EQ(kept().proof, before.proof);
  EXPECT_TRUE(row()->next_attempt);
}

TEST_F(ReceiptDeskTest, EndsAskingWhereThereIsNoneToBeHad) {
  shop.authority.sends_receipts = false;
  take(buy());
  shop.authority.no_receipt = Error{ErrorCode::kGone, "the log was ended"};
  ask_after(Seconds(6));
  ask_after(Seconds(100'000));
  EXPECT_EQ(shop.authority.receipts_asked, 1);
  EXPECT_FALSE(row()->next_attempt);
}

TEST_F(ReceiptDeskTest, AsksOnWhereSomebodyOnTheWayKnowsNoSuchPath) {
  take(buy());
  shop.authority.no_receipt = Error{ErrorCode::kNotFound, "no such page"};
  ask_after(Seconds(6));
  EXPECT_TRUE(row()->next_attempt);
  shop.authority.no_receipt.reset();
  shop.authority.witnesses = WitnessState::kWitnessed;
  EXPECT_EQ(ask_after(Seconds(100'000)), 1);
}

TEST_F(ReceiptDeskTest, AsksOnThroughAnOutageAndGivesUpAfterManyAnswers) {
  take(buy());
  shop.authority.no_receipt = Error{ErrorCode::kUnavailable, "away"};
  for (int hour = 0; hour < 100; ++hour) ask_after(Seconds(3601));
  EXPECT_EQ(shop.authority.receipts_asked, 100);
  shop.authority.no_receipt.reset();
  for (int hour = 0; hour < 100; ++hour) ask_after(Seconds(3601));
  EXPECT_EQ(shop.authority.receipts_asked, 100 + 32);
}

}  // namespace
}  // namespace countersign::merchant
