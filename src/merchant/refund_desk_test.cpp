// SPDX-License-Identifier: Apache-2.0
#include "merchant/refund_desk.h"

#include <gmock/gmock.h>

#include "merchant/split_test_desk.h"

namespace countersign::merchant {
namespace {

using State = Refund::State;
using testing::Pair;
using testing::UnorderedElementsAre;
using x509::code_of;

struct RefundDeskTest : SplitDialogueTest {
  void SetUp() override {
    buy();
    ASSERT_EQ(take(process->captures.capture_due()), 1);
  }
  Result<Refund> refund(std::int64_t amount, std::string key = "first") {
    return process->refunds.refund({checkout, amount, std::move(key)});
  }
};

TEST_F(RefundDeskTest, GivesBackPartsUpToWhatWasCaptured) {
  const auto first = take(refund(5'000));
  EXPECT_EQ(first.state, State::kRefunded);
  EXPECT_EQ(first.movement, "movement-" + first.id);
  EXPECT_EQ(code_of(refund(7'001, "second")), ErrorCode::kAmountMismatch);
  const auto second = take(refund(7'000, "second"));
  EXPECT_THAT(company.refunded, UnorderedElementsAre(Pair(first.id, 5'000), Pair(second.id, 7'000)));
  EXPECT_EQ(code_of(refund(1, "third")), ErrorCode::kAmountMismatch);
}

TEST_F(RefundDeskTest, GivesBackOnceForOneRequestAlsoAfterARestart) {
  const auto first = take(refund(5'000));
  restart();
  EXPECT_EQ(take(refund(5'000)).id, first.id);
  EXPECT_EQ(company.refunds_asked, 1);
  EXPECT_EQ(code_of(refund(4'000)), ErrorCode::kConflict) << "another request under the same key";
}

TEST_F(RefundDeskTest, AsksUnderTheSameReferenceWhenTheAnswerWasLost) {
  company.loses_answers = true;
  EXPECT_EQ(code_of(refund(5'000)), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of(refund(12'000, "second")), ErrorCode::kAmountMismatch) << "it may have been refunded";
  company.loses_answers = false;
  restart();
  EXPECT_EQ(take(refund(5'000)).state, State::kRefunded);
  EXPECT_EQ(company.refunded.size(), 1U);
}

TEST_F(RefundDeskTest, TellsWhatTheCompanyRefusedAndTakesAnother) {
  company.problem = ErrorCode::kAmountMismatch;
  const auto refused = take(refund(12'000));
  EXPECT_EQ(refused.state, State::kRefused);
  EXPECT_EQ(refused.code, "amount_mismatch");
  company.problem.reset();
  EXPECT_EQ(take(refund(12'000)).state, State::kRefused) << "the same request has the same end";
  EXPECT_EQ(take(refund(12'000, "second")).state, State::kRefunded);
}

// The answer was lost, and what comes then is not the company's: a stale staple, an address that may not be
// reached, a proxy's bare status.
TEST_F(RefundDeskTest, GivesBackOnceWhateverFailsOnTheWayAfterALostAnswer) {
  company.loses_answers = true;
  EXPECT_EQ(code_of(refund(5'000)), ErrorCode::kUnavailable);
  company.loses_answers = false;
  for (const auto code : {ErrorCode::kExpired, ErrorCode::kForbidden, ErrorCode::kNotFound,
                          ErrorCode::kConflict, ErrorCode::kWrongOrigin}) {
    company.fails_with = code;
    EXPECT_EQ(code_of(refund(5'000)), ErrorCode::kUnavailable);
    EXPECT_EQ(code_of(refund(12'000, "second")), ErrorCode::kAmountMismatch) << "it may have been refunded";
  }
  company.fails_with.reset();
  EXPECT_EQ(take(refund(5'000)).state, State::kRefunded);
  EXPECT_EQ(company.refunded.size(), 1U);
}

TEST_F(RefundDeskTest, LeavesOpenWhatTheCompanyRefusesForWhoAsks) {
  company.loses_answers = true;
  EXPECT_EQ(code_of(refund(5'000)), ErrorCode::kUnavailable);
  company.loses_answers = false;
  for (const auto code : {ErrorCode::kForbidden, ErrorCode::kCertificateRevoked, ErrorCode::kUnauthenticated,
                          ErrorCode::kMalformed}) {
    company.problem = code;
    EXPECT_EQ(code_of(refund(5'000)), ErrorCode::kUnavailable);
  }
  company.problem.reset();
  EXPECT_EQ(take(refund(5'000)).state, State::kRefunded);
}

TEST_F(RefundDeskTest, GoesOnByItselfUntilTheCompanyAnswers) {
  company.loses_answers = true;
  EXPECT_FALSE(refund(5'000));
  EXPECT_EQ(take(process->refunds.resume_asked()), 0) << "not at once";
  EXPECT_EQ(company.refunds_asked, 1);
  shop.clock.advance(Seconds(5));
  EXPECT_EQ(take(process->refunds.resume_asked()), 0);
  EXPECT_EQ(company.refunds_asked, 2);
  company.loses_answers = false;
  restart();
  shop.clock.advance(Seconds(10));
  EXPECT_EQ(take(process->refunds.resume_asked()), 1);
  shop.clock.advance(Seconds(300));
  EXPECT_EQ(take(process->refunds.resume_asked()), 0);
  EXPECT_EQ(company.refunds_asked, 3);
  EXPECT_EQ(company.refunded.size(), 1U);
  EXPECT_EQ(take(refund(5'000)).state, State::kRefunded);
}

TEST_F(RefundDeskTest, ListsAllInTheCheckout) {
  EXPECT_TRUE(view().refunds.empty());
  const auto first = take(refund(5'000));
  shop.clock.advance(Seconds(1));
  company.problem = ErrorCode::kConflict;
  take(refund(1'000, "second"));
  const auto refunds = view().refunds;
  ASSERT_EQ(refunds.size(), 2U);
  EXPECT_EQ(refunds[0].id, first.id);
  EXPECT_EQ(refunds[0].state, State::kRefunded);
  EXPECT_EQ(refunds[0].movement, first.movement);
  EXPECT_EQ(refunds[1].state, State::kRefused);
  EXPECT_EQ(refunds[1].code, "conflict");
}

TEST_F(RefundDeskTest, ReadsNoStateThatItDoesNotKnow) {
  take(refund(5'000));
  take(shop.database->write([](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("PRAGMA ignore_check_constraints = ON", {}));
    TRY(transaction.execute("UPDATE refunds SET state = 'unheard of'", {}));
    TRY(transaction.execute("UPDATE captures SET state = 'unheard of'", {}));
    return ok();
  }));
  const auto order = stored_order().id;
  take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
    EXPECT_FALSE(find_capture(reader, order));
    EXPECT_FALSE(refunds_of(reader, order));
    return ok();
  }));
}

TEST_F(RefundDeskTest, TakesNoAnswerThatIsToAnotherQuestion) {
  const std::vector<std::function<void(documents::MovementAnswer&)>> alterations = {
      [](auto& answer) { answer.kind = "capture"; }, [](auto& answer) { answer.reference = "another"; },
      [](auto& answer) { answer.authorization = "another"; },
      [](auto& answer) { answer.amount.minor_units = 1; }};
  for (const auto& alter : alterations) {
    company.alter_movement = alter;
    EXPECT_FALSE(refund(5'000));
  }
  company.alter_movement = [](documents::MovementAnswer&) {};
  EXPECT_EQ(take(refund(5'000)).state, State::kRefunded);
  EXPECT_EQ(company.refunded.size(), 1U);
}

TEST_F(RefundDeskTest, GivesBackNothingThatIsNotCaptured) {
  wallet.nonce = {43};
  checkout = open_checkout();
  EXPECT_EQ(code_of(refund(1)), ErrorCode::kConflict) << "open";
  buy();
  EXPECT_EQ(code_of(refund(1)), ErrorCode::kConflict) << "confirmed";
  checkout = "none";
  EXPECT_EQ(code_of(refund(1)), ErrorCode::kNotFound);
  EXPECT_EQ(company.refunds_asked, 0);
}

TEST_F(RefundDeskTest, RefusesRequestsWithoutAKeyOrASum) {
  EXPECT_EQ(code_of(refund(1, "")), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(refund(0)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(refund(-1)), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::merchant
