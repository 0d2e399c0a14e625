// SPDX-License-Identifier: Apache-2.0
// The ledger behind the desk: what may be held, taken and given back, and what may not.
#include "cardcompany/ledger/ledger.h"

#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

class LedgerTest : public CompanyTest {
 protected:
  void TearDown() override { expect_balance(); }
  // An authorization over 30,000 of which this was captured.
  std::string captured(std::int64_t amount) {
    const auto authorization = approve(question("r-1"));
    take(capture(order("c-1", authorization, amount)));
    return authorization;
  }
};

TEST_F(LedgerTest, TakesAllThatWasHeld) {
  captured(30'000);
  EXPECT_EQ(account().held, 0);
  EXPECT_EQ(account().owed, 30'000);
  EXPECT_EQ(account().available(), 70'000);
  EXPECT_EQ(reconciled().merchants.at(0).due, 30'000);
}

TEST_F(LedgerTest, TakesAPartAndFreesTheRest) {
  captured(12'000);
  EXPECT_EQ(account().held, 0);
  EXPECT_EQ(account().owed, 12'000);
}

TEST_F(LedgerTest, CapturesOnce) {
  const auto authorization = captured(12'000);
  EXPECT_EQ(capture(order("c-2", authorization, 1)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(account().owed, 12'000);
}

TEST_F(LedgerTest, GivesARepeatedCaptureTheSameAnswer) {
  const auto authorization = approve(question("r-1"));
  const auto first = take(capture(order("c-1", authorization, 12'000)));
  clock.advance(Seconds{5});
  const auto again = take(capture(order("c-1", authorization, 12'000)));
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.made, first.made);
  EXPECT_EQ(account().owed, 12'000);
}

TEST_F(LedgerTest, RefusesAReferenceThatStandsForAnotherMovement) {
  const auto authorization = captured(12'000);
  const auto other = approve(question("r-2"));
  EXPECT_EQ(capture(order("c-1", authorization, 12'001)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(capture(order("c-1", other, 12'000)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(refund(order("c-1", authorization, 12'000)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(capture(order("", other, 1)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(capture(order(std::string(101, 'c'), other, 1)).error().code, ErrorCode::kMalformed);
}

TEST_F(LedgerTest, KeepsTheReferencesOfMerchantsApart) {
  captured(1'000);
  const auto authorization = approve(question("r-1"), kOtherShop);
  EXPECT_TRUE(capture(order("c-1", authorization, 1'000, kOtherShop)));
  EXPECT_EQ(account().owed, 2'000);
}

TEST_F(LedgerTest, CapturesNoMoreThanWasAuthorized) {
  const auto authorization = approve(question("r-1"));
  for (const std::int64_t amount :
       {std::int64_t{30'001}, kLargestInteger, INT64_MAX, std::int64_t{0}, std::int64_t{-1}, INT64_MIN})
    EXPECT_EQ(capture(order("c-1", authorization, amount)).error().code, ErrorCode::kAmountMismatch)
        << amount;
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(LedgerTest, MixesNoCurrencies) {
  const auto authorization = approve(question("r-1"));
  EXPECT_EQ(capture(order("c-1", authorization, 1, kShop, "USD")).error().code, ErrorCode::kAmountMismatch);
  ASSERT_TRUE(capture(order("c-1", authorization, 100)));
  EXPECT_EQ(refund(order("f-1", authorization, 1, kShop, "USD")).error().code, ErrorCode::kAmountMismatch);
}

TEST_F(LedgerTest, KeepsABookForEachCurrency) {
  take(accounts->add({card(kOtherNumber), {5'000, "USD"}}, clock.now()));
  captured(30'000);
  const auto dollars = approve(question("r-2", 700, card(kOtherNumber), "USD"));
  ASSERT_TRUE(capture(order("c-2", dollars, 700, kShop, "USD")));
  const auto merchants = reconciled().merchants;
  ASSERT_EQ(merchants.size(), 2U);
  EXPECT_EQ(merchants[0].due, 30'000);
  EXPECT_EQ(merchants[1].due, 700);
}

TEST_F(LedgerTest, CapturesForTheMerchantItIsForAndForNoOther) {
  const auto authorization = approve(question("r-1"));
  EXPECT_EQ(capture(order("c-1", authorization, 1, kOtherShop)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(capture(order("c-1", "0190-none", 1)).error().code, ErrorCode::kNotFound);
}

TEST_F(LedgerTest, CapturesNothingThatWasDeclined) {
  const auto declined = decide(question("r-1", 100'001));
  EXPECT_EQ(capture(order("c-1", declined.id, 1)).error().code, ErrorCode::kNotFound);
}

TEST_F(LedgerTest, CapturesNothingThatWasReleased) {
  const auto authorization = approve(question("r-1"));
  ASSERT_TRUE(desk.release(kShop, "r-1"));
  EXPECT_EQ(capture(order("c-1", authorization, 1)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(account().available(), 100'000);
}

TEST_F(LedgerTest, ReleasesNothingThatWasCaptured) {
  captured(30'000);
  EXPECT_EQ(desk.release(kShop, "r-1").error().code, ErrorCode::kConflict);
  EXPECT_EQ(account().owed, 30'000);
}

TEST_F(LedgerTest, GivesBackInPartsButNeverMoreThanWasCaptured) {
  const auto authorization = captured(20'000);
  EXPECT_EQ(refund(order("f-0", authorization, 20'001)).error().code, ErrorCode::kAmountMismatch);
  ASSERT_TRUE(refund(order("f-1", authorization, 15'000)));
  EXPECT_EQ(refund(order("f-2", authorization, 5'001)).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(refund(order("f-2", authorization, INT64_MAX)).error().code, ErrorCode::kAmountMismatch);
  ASSERT_TRUE(refund(order("f-2", authorization, 5'000)));
  EXPECT_EQ(refund(order("f-3", authorization, 1)).error().code, ErrorCode::kAmountMismatch);
  EXPECT_EQ(account().owed, 0);
}

TEST_F(LedgerTest, GivesARepeatedRefundBackOnce) {
  const auto authorization = captured(20'000);
  const auto first = take(refund(order("f-1", authorization, 15'000)));
  EXPECT_EQ(take(refund(order("f-1", authorization, 15'000))).id, first.id);
  EXPECT_EQ(account().owed, 5'000);
}

TEST_F(LedgerTest, GivesNothingBackThatIsNotCaptured) {
  const auto authorization = approve(question("r-1"));
  EXPECT_EQ(refund(order("f-1", authorization, 1)).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(desk.release(kShop, "r-1"));
  EXPECT_EQ(refund(order("f-1", authorization, 1)).error().code, ErrorCode::kConflict);
}

TEST_F(LedgerTest, UndoesAMistakenCaptureOnceByMirroredEntries) {
  const auto authorization = approve(question("r-1"));
  const auto movement = take(capture(order("c-1", authorization, 12'000)));
  const auto reversal = take(reverse(movement.id, "v-1"));
  EXPECT_EQ(reversal.reverses, movement.id);
  EXPECT_EQ(account().available(), 100'000);
  EXPECT_EQ(take(reverse(movement.id, "v-1")).id, reversal.id) << "repeated";
  EXPECT_EQ(reverse(movement.id, "v-2").error().code, ErrorCode::kConflict);
  EXPECT_EQ(reverse(reversal.id, "v-3").error().code, ErrorCode::kConflict) << "nothing undoes a reversal";
  EXPECT_EQ(reverse("0190-none", "v-4").error().code, ErrorCode::kNotFound);
}

TEST_F(LedgerTest, TakesNothingOnAnAuthorizationWhoseCaptureWasReversed) {
  const auto authorization = approve(question("r-1"));
  const auto movement = take(capture(order("c-1", authorization, 12'000)));
  take(reverse(movement.id, "v-1"));
  EXPECT_EQ(capture(order("c-2", authorization, 1)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(refund(order("f-1", authorization, 1)).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(desk.release(kShop, "r-1")) << "nothing is held";
  EXPECT_EQ(decide(question("r-1")).code, "reversed");
  approve(question("r-2"));
}

TEST_F(LedgerTest, UndoesAMistakenRefund) {
  const auto authorization = captured(20'000);
  const auto movement = take(refund(order("f-1", authorization, 20'000)));
  take(reverse(movement.id, "v-1"));
  EXPECT_EQ(account().owed, 20'000);
  EXPECT_TRUE(refund(order("f-2", authorization, 20'000))) << "it may be refunded again";
}

TEST_F(LedgerTest, UndoesAMistakenRefundThoughItsMoneyIsSpentAndAuthorizesNothingUntilItIsThereAgain) {
  const auto authorization = captured(20'000);
  const auto mistaken = take(refund(order("f-1", authorization, 20'000)));
  take(capture(order("c-2", approve(question("r-2", 100'000)), 100'000)));
  take(reverse(mistaken.id, "v-1"));
  EXPECT_EQ(account().available(), -20'000);
  EXPECT_EQ(decide(question("r-3", 1)).code, "insufficient_funds");
}

TEST_F(LedgerTest, UndoesNoCaptureWhoseRefundStands) {
  const auto authorization = approve(question("r-1"));
  const auto taken = take(capture(order("c-1", authorization, 20'000)));
  const auto given = take(refund(order("f-1", authorization, 1)));
  EXPECT_EQ(reverse(taken.id, "v-1").error().code, ErrorCode::kConflict);
  take(reverse(given.id, "v-2"));
  EXPECT_TRUE(reverse(taken.id, "v-1"));
  EXPECT_EQ(account().available(), 100'000);
}

TEST_F(LedgerTest, FreesByItselfWhatIsNotCapturedInItsTime) {
  Question asked = question("r-1");
  asked.expires = clock.now() + Seconds{3600};
  const auto authorization = approve(asked);
  clock.advance(Seconds{3600 + 24 * 3600 - 1});
  EXPECT_EQ(take(desk.free_expired()), 0);
  clock.advance(Seconds{1});
  EXPECT_EQ(take(desk.free_expired()), 1);
  EXPECT_EQ(take(desk.free_expired()), 0);
  EXPECT_EQ(account().held, 0);
  EXPECT_EQ(decide(question("r-1")).code, "expired");
  EXPECT_TRUE(desk.release(kShop, "r-1"));
}

TEST_F(LedgerTest, CapturesInTheWindowAfterAnAuthorizationExpired) {
  Question asked = question("r-1");
  asked.expires = clock.now() + Seconds{60};
  const auto authorization = approve(asked);
  clock.advance(Seconds{24 * 3600});
  EXPECT_TRUE(capture(order("c-1", authorization, 30'000)));
}

TEST_F(LedgerTest, FreesMoreThanABatchByItself) {
  execute("UPDATE accounts SET most = 1000000");
  for (int i = 0; i < 205; ++i) {
    approve(question("r-" + std::to_string(i), 1));
    clock.advance(Seconds{7});
  }
  clock.advance(Seconds{9 * 24 * 3600});
  EXPECT_EQ(reconciled().overdue_holds, 205);
  EXPECT_EQ(take(desk.free_expired()), 205);
  EXPECT_EQ(reconciled().open_holds, 0);
}

class FreedTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    authorization = approve(question("r-1", 60'000));
    clock.advance(Seconds{8 * 24 * 3600});
    ASSERT_EQ(take(desk.free_expired()), 1);
  }
  std::string authorization;
};

TEST_F(FreedTest, IsStillCapturedWhereTheLimitAllowsIt) {
  ASSERT_TRUE(capture(order("c-1", authorization, 60'000)));
  EXPECT_EQ(account().owed, 60'000);
  EXPECT_EQ(decide(question("r-1", 60'000)).state, Authorization::State::kApproved);
}

TEST_F(FreedTest, IsNotCapturedBeyondTheLimit) {
  approve(question("r-2", 50'000));
  EXPECT_EQ(capture(order("c-1", authorization, 50'001)).error().code, ErrorCode::kExpired);
  EXPECT_TRUE(capture(order("c-1", authorization, 50'000)));
}

TEST_F(FreedTest, IsNotCapturedWhereTheSamePaymentWasApprovedAnew) {
  Question again = question("r-1", 20'000);
  const auto first = approve(question("r-2", 20'000));
  clock.advance(Seconds{8 * 24 * 3600});
  take(desk.free_expired());
  again.order = question("r-2").order;
  again.reference = "r-3";
  approve(again);
  EXPECT_EQ(capture(order("c-1", first, 20'000)).error().code, ErrorCode::kConflict);
}

TEST_F(LedgerTest, HoldsNothingAgainThatIsDecidedTwice) {
  approve(question("r-1"));
  approve(question("r-1"));
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(LedgerTest, CountsWhatIsOwedAgainstTheLimit) {
  captured(30'000);
  EXPECT_EQ(decide(question("r-2", 70'001)).code, "insufficient_funds");
  approve(question("r-3", 70'000));
}

TEST_F(LedgerTest, AuthorizesNothingWhileTheLimitIsBelowWhatIsUsed) {
  captured(30'000);
  ASSERT_TRUE(accounts->set_limit(id, 20'000));
  EXPECT_EQ(account().available(), -10'000);
  EXPECT_EQ(decide(question("r-2", 1)).code, "insufficient_funds");
  EXPECT_EQ(accounts->set_limit(id, -1).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(accounts->set_limit("none", 1).error().code, ErrorCode::kNotFound);
}

TEST_F(LedgerTest, LeavesNothingOfAnActWhoseTransactionFails) {
  const auto authorization = approve(question("r-1"));
  const auto entries = reconciled().entries;
  const auto failed = write([&](storage::Transaction& transaction) -> Result<Movement> {
    TRY(desk.capture(transaction, order("c-1", authorization, 1), clock.now()));
    TRY(desk.decide(transaction, kShop, question("r-2"), clock.now()));
    return fail(ErrorCode::kUnavailable, "the answer could not be signed");
  });
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(reconciled().entries, entries);
  EXPECT_EQ(account().held, 30'000);
}

}  // namespace
}  // namespace countersign::cardcompany
