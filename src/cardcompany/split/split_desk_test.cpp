// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/split_desk.h"

#include <fmt/format.h>

#include <thread>

#include "cardcompany/testing/sample_split.h"
#include "sample/second_data_centre.h"

namespace countersign::cardcompany {
namespace {

using State = Authorization::State;

class SplitDeskTest : public SplitTest {
 protected:
  void TearDown() override { expect_balance(); }
  void expect_refused(const documents::SplitAuthorizationRequest& asked, ErrorCode code,
                      std::string_view detail = "") {
    const std::size_t before = decisions();
    const std::int64_t held = account().held;
    const auto answer = authorize(asked);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, code) << answer.error().detail;
    EXPECT_THAT(answer.error().detail, testing::StartsWith(std::string(detail)));
    EXPECT_EQ(decisions(), before) << "nothing is decided";
    EXPECT_EQ(account().held, held) << "nothing is held";
  }
  static std::string reference_of(const documents::ReviewResult& result) {
    return hex_encode(result.instruction);
  }
  void release(const documents::ReviewResult& result) { take(desk.release(kShop, reference_of(result))); }
  // What two requests that arrive at once are answered.
  std::array<Result<Bytes>, 2> at_once(const documents::SplitAuthorizationRequest& one,
                                       const documents::SplitAuthorizationRequest& other) {
    std::array<Result<Bytes>, 2> answers{Bytes{}, Bytes{}};
    std::jthread first([&] { answers[0] = authorize(one); });
    std::jthread second([&] { answers[1] = authorize(other); });
    first.join();
    second.join();
    return answers;
  }
};

TEST_F(SplitDeskTest, SignsAnApprovalAndHoldsTheAmount) {
  const Split sale = this->sale();
  const auto sealed = seal(sale.sealed);
  const auto result =
      review({agreement_of(sale.agreed), signed_order(sale.order, sealed.instruction), sealed.envelope});
  EXPECT_TRUE(result.approved);
  EXPECT_EQ(result.terms, sale.agreed);
  EXPECT_EQ(result.instruction, sealed.instruction);
  EXPECT_EQ(result.decided, clock.now());
  EXPECT_EQ(result.capture_until, sale.agreed.expires + std::chrono::hours(24));
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitDeskTest, SignsWhyItDeclines) {
  const auto result = review(request(sale(100'001)));
  EXPECT_FALSE(result.approved);
  EXPECT_EQ(result.code, "insufficient_funds");
  EXPECT_EQ(result.authorization, "");
  EXPECT_EQ(account().held, 0);
}

TEST_F(SplitDeskTest, GivesTheSameRequestTheSameBytes) {
  const auto approved = request(sale());
  const auto declined = request(sale(100'001));
  const Bytes approval = take(authorize(approved)), refusal = take(authorize(declined));
  clock.advance(Seconds{5});
  EXPECT_EQ(take(authorize(approved)), approval);
  EXPECT_EQ(take(authorize(declined)), refusal);
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitDeskTest, GivesTheSameAnswerThoughTimeAndCertificateEndedSince) {
  const auto asked = request(sale());
  const Bytes answer = take(authorize(asked));
  statuses[purchaser.certificate.serial().hex()] = {x509::StatusKind::kRevoked, clock.now(),
                                                    x509::RevocationReason::kKeyCompromise};
  clock.advance(Seconds{901});
  EXPECT_EQ(take(authorize(asked)), answer);
}

TEST_F(SplitDeskTest, GivesTheSamePaymentTheSameBytesUnderANewSignatureOfTheAgreement) {
  const Split sale = this->sale();
  auto asked = request(sale);
  const Bytes answer = take(authorize(asked));
  clock.advance(Seconds{901});
  asked.agreement = agreement_of(sale.agreed);
  EXPECT_EQ(take(authorize(asked)), answer);
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitDeskTest, NeverApprovesWhatItDeclinedOnce) {
  const auto asked = request(sale(100'001));
  ASSERT_FALSE(review(asked).approved);
  take(accounts->set_limit(id, 1'000'000));
  EXPECT_EQ(review(asked).code, "insufficient_funds");
}

TEST_F(SplitDeskTest, HoldsOnceForTheSameRequestOfTwoThreads) {
  const auto asked = request(sale());
  const auto answers = at_once(asked, asked);
  ASSERT_TRUE(answers[0] && answers[1]);
  EXPECT_EQ(answers[0].value(), answers[1].value());
  EXPECT_EQ(account().held, 30'000);
  EXPECT_EQ(decisions(), 1U);
}

TEST_F(SplitDeskTest, ApprovesOneOfTwoPaymentsOfOneOrderThatArriveAtOnce) {
  const Split sale = this->sale();
  const auto answers = at_once(request(sale), request(sale));
  ASSERT_TRUE(answers[0] && answers[1]);
  const auto one = result_of(answers[0].value()), other = result_of(answers[1].value());
  EXPECT_NE(one.approved, other.approved);
  EXPECT_EQ(one.code + other.code, "duplicate_payment");
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitDeskTest, HoldsNothingWhereTheSignedAnswerIsNotStored) {
  const auto asked = request(sale());
  execute("CREATE TRIGGER no_room BEFORE INSERT ON reviews BEGIN SELECT RAISE(ABORT, 'no room'); END");
  EXPECT_FALSE(authorize(asked));
  EXPECT_EQ(account().held, 0);
  EXPECT_EQ(decisions(), 0U);
  execute("DROP TRIGGER no_room");
  EXPECT_TRUE(review(asked).approved);
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitDeskTest, DecidesNothingOnAFailedCheck) {
  auto asked = request(sale());
  asked.agreement.back() ^= 1U;
  expect_refused(asked, ErrorCode::kSignatureInvalid, "S48 agreement");
  Split dearer = sale();
  dearer.agreed.amount.minor_units += 1;
  expect_refused(request(dearer), ErrorCode::kAmountMismatch, "S49 instruction.amount");
}

// S44

TEST_F(SplitDeskTest, TakesTheOrdersCertificateOfAMerchantThatHasRenewedItsOwn) {
  const auto renewed = network.issue(x509::Role::kMerchant, "CN=Hanok Books,OU=merchants");
  const auto asked = request(sale());
  const Bytes answer = take(split->authorize(renewed.certificate, asked));
  EXPECT_TRUE(result_of(answer).approved);
  EXPECT_EQ(questions, 2) << "about who signed the agreement, and about the purchaser";
  EXPECT_EQ(take(authorize(asked)), answer) << "it is the same payment under either";
}

TEST_F(SplitDeskTest, AsksOnceAboutTheCertificateThatAsksAndSignedTheAgreement) {
  ASSERT_TRUE(review(request(sale())).approved);
  EXPECT_EQ(questions, 1) << "about the purchaser; the service asks about who asks";
}

TEST_F(SplitDeskTest, RefusesTheOrdersCertificateOnceItIsNotGoodThoughTheMerchantHasAnother) {
  const auto renewed = network.issue(x509::Role::kMerchant, "CN=Hanok Books,OU=merchants");
  auto& status_of_former = statuses[merchant.certificate.serial().hex()];
  const auto code_and_detail = [&] {
    const auto answer = split->authorize(renewed.certificate, request(sale()));
    return answer ? Error{} : answer.error();
  };
  status_of_former = {x509::StatusKind::kRevoked, clock.now(), x509::RevocationReason::kKeyCompromise};
  EXPECT_EQ(code_and_detail().code, ErrorCode::kCertificateRevoked);
  EXPECT_THAT(code_and_detail().detail, testing::StartsWith("S44 agreement.merchant"));
  status_of_former.reason = x509::RevocationReason::kCertificateHold;
  EXPECT_EQ(code_and_detail().code, ErrorCode::kCertificateOnHold);
  EXPECT_EQ(decisions(), 0U);
}

// S45

TEST_F(SplitDeskTest, RefusesAPurchaserWhoseCertificateIsNotGoodNow) {
  auto& status_of_purchaser = statuses[purchaser.certificate.serial().hex()];
  using Reason = x509::RevocationReason;
  status_of_purchaser = {x509::StatusKind::kRevoked, clock.now(), Reason::kCertificateHold};
  expect_refused(request(sale()), ErrorCode::kCertificateOnHold, "S45 purchaser");
  status_of_purchaser.reason = Reason::kKeyCompromise;
  expect_refused(request(sale()), ErrorCode::kCertificateRevoked, "S45 purchaser");
  status_of_purchaser = {x509::StatusKind::kUnknown, {}, {}};
  expect_refused(request(sale()), ErrorCode::kCertificateUnknown, "S45 purchaser");
}

TEST_F(SplitDeskTest, DecidesNothingWhileTheAuthorityVouchesForNobody) {
  const auto asked = request(sale());
  authority.reset();
  expect_refused(asked, ErrorCode::kUnavailable, "S45 purchaser");
}

TEST_F(SplitDeskTest, AnswersWithAnothersCardAsToANumberThatItDoesNotKnow) {
  EXPECT_EQ(review(request(sale(), card(kOtherNumber))).code, "unknown_account");
  const auto unbound = take(accounts->add({card(kOtherNumber), {100'000, "KRW"}}, clock.now()));
  EXPECT_EQ(review(request(sale(), card(kOtherNumber))).code, "unknown_account");
  take(accounts->bind(unbound, other_purchaser.certificate.subject().text()));
  EXPECT_EQ(review(request(sale(), card(kOtherNumber))).code, "unknown_account");
  take(accounts->unbind(unbound));
  take(accounts->bind(unbound, purchaser.certificate.subject().text()));
  EXPECT_TRUE(review(request(sale(), card(kOtherNumber))).approved);
}

// S47

TEST_F(SplitDeskTest, ApprovesNothingOnceTheOrdersTimeIsOver) {
  const auto asked = request(sale());
  clock.advance(Seconds{900});
  expect_refused(asked, ErrorCode::kExpired, "S47 payment");
}

TEST_F(SplitDeskTest, ApprovesOnePaymentOfAnOrderWhateverCardPaysIt) {
  take(accounts->bind(take(accounts->add({card(kOtherNumber), {100'000, "KRW"}}, clock.now())),
                      purchaser.certificate.subject().text()));
  const Split sale = this->sale();
  ASSERT_TRUE(review(request(sale)).approved);
  EXPECT_EQ(review(request(sale)).code, "duplicate_payment");
  EXPECT_EQ(review(request(sale, card(kOtherNumber))).code, "duplicate_payment");
}

TEST_F(SplitDeskTest, ApprovesOnePaymentOfATransactionWhateverOrderItNames) {
  const Split first = sale();
  ASSERT_TRUE(review(request(first)).approved);
  Split second = sale(10'000, first.agreed.transaction);
  second.order = to_bytes("another order under the same number");
  second.agreed.order = second.sealed.order = crypto::sha256(second.order);
  EXPECT_EQ(review(request(second)).code, "duplicate_payment");
}

TEST_F(SplitDeskTest, ApprovesAnotherPaymentOfAnOrderAfterTheFirstWasDeclined) {
  const Split sale = this->sale();
  ASSERT_EQ(review(request(sale, card(kNumber, "Kim Minsu"))).code, "unknown_account");
  EXPECT_TRUE(review(request(sale)).approved);
}

TEST_F(SplitDeskTest, ApprovesAnotherPaymentOfAnOrderAfterTheFirstWasReleased) {
  const Split sale = this->sale();
  release(review(request(sale)));
  EXPECT_EQ(account().held, 0);
  EXPECT_TRUE(review(request(sale)).approved);
  EXPECT_EQ(account().held, 30'000);
}

TEST_F(SplitDeskTest, ApprovesNoOtherPaymentOfAnOrderThatWasCaptured) {
  const Split sale = this->sale();
  const auto approved = review(request(sale));
  const auto captured = take(capture(order("c-1", approved.authorization, 30'000)));
  EXPECT_EQ(review(request(sale)).code, "duplicate_payment");
  take(reverse(captured.id, "v-1"));
  EXPECT_EQ(review(request(sale)).code, "duplicate_payment") << "though it was undone";
}

TEST_F(SplitDeskTest, ApprovesNoOtherPaymentOfAnOrderWhoseApprovalFreedItself) {
  const std::string transaction = crypto::random_uuid_v7(clock.now());
  ASSERT_TRUE(review(request(sale(30'000, transaction))).approved);
  clock.advance(std::chrono::hours(25));
  ASSERT_EQ(take(desk.free_expired()), 1);
  EXPECT_EQ(review(request(sale(30'000, transaction))).code, "duplicate_payment");
}

TEST_F(SplitDeskTest, KeepsTheTransactionsOfMerchantsApart) {
  const Split sale = this->sale();
  ASSERT_TRUE(review(request(sale)).approved);
  Split other = this->sale(30'000, sale.agreed.transaction);
  other.agreed.merchant = other.sealed.merchant = documents::reference_to(other_merchant.certificate);
  auto asked = request(other);
  asked.agreement = sign(other_merchant, take(documents::write_agreement(other.agreed)));
  EXPECT_TRUE(result_of(take(split->authorize(other_merchant.certificate, asked))).approved);
}

TEST_F(SplitDeskTest, HasNoRoomForASecondApprovalInItsStoreEither) {
  const Split sale = this->sale();
  ASSERT_TRUE(review(request(sale)).approved);
  ASSERT_EQ(review(request(sale)).code, "duplicate_payment");
  const auto changed = database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE authorizations SET state = 'approved', code = ''", {}));
    return ok();
  });
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::kConflict);
}

TEST_F(SplitDeskTest, HoldsNothingForAPaymentThatArrivesAfterItsRelease) {
  const Split sale = this->sale();
  const auto sealed = seal(sale.sealed);
  take(desk.release(kShop, hex_encode(sealed.instruction)));
  expect_refused({agreement_of(sale.agreed), signed_order(sale.order, sealed.instruction), sealed.envelope},
                 ErrorCode::kConflict, "S47 payment");
}

TEST_F(SplitDeskTest, RepeatsNoApprovalThatWasReleased) {
  const Split sale = this->sale();
  auto asked = request(sale);
  release(review(asked));
  expect_refused(asked, ErrorCode::kConflict, "S47 payment");
  asked.agreement = agreement_of(sale.agreed);
  expect_refused(asked, ErrorCode::kConflict, "S47 payment");
}

TEST_F(SplitDeskTest, RepeatsNoApprovalWhoseCaptureWasUndone) {
  const auto asked = request(sale());
  const auto captured = take(capture(order("c-1", review(asked).authorization, 30'000)));
  EXPECT_TRUE(review(asked).approved);
  take(reverse(captured.id, "v-1"));
  expect_refused(asked, ErrorCode::kConflict, "S47 payment");
}

TEST_F(SplitDeskTest, RepeatsAnApprovalThatFreedItselfForItMayBeCapturedYet) {
  const auto asked = request(sale());
  const Bytes answer = take(authorize(asked));
  clock.advance(std::chrono::hours(25));
  ASSERT_EQ(take(desk.free_expired()), 1);
  EXPECT_EQ(take(authorize(asked)), answer);
  EXPECT_EQ(account().held, 0);
}

TEST_F(SplitDeskTest, SignsNothingForWhatWasAskedWithoutAPurchaser) {
  const Split sale = this->sale();
  const auto sealed = seal(sale.sealed);
  auto plain = question(hex_encode(sealed.instruction));
  plain.order = sale.agreed.order;
  ASSERT_EQ(decide(plain).state, State::kApproved);
  expect_refused({agreement_of(sale.agreed), signed_order(sale.order, sealed.instruction), sealed.envelope},
                 ErrorCode::kConflict, "S47 payment");
}

TEST_F(SplitDeskTest, DeclinesAtTheMerchantsPaceLikeAnyPayment) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(review(request(sale(1))).approved);
  EXPECT_EQ(review(request(sale(1))).code, "too_many_payments");
}

TEST_F(SplitDeskTest, CountsAPurchasersOwnDeclinesAtItsPace) {
  for (int i = 0; i < 10; ++i) ASSERT_EQ(review(request(sale(100'001))).code, "insufficient_funds");
  EXPECT_EQ(review(request(sale(1))).code, "too_many_payments");
}

TEST_F(SplitDeskTest, CountsWrongDataForThePurchaserWhoSignedItAndForNobodyElse) {
  for (const char* name : {"p-3", "p-4", "p-5", "p-6"}) {
    const auto rogue = network.issue_purchaser(name);
    for (int i = 0; i < 10; ++i)
      ASSERT_EQ(review(request_by(rogue, sale(1), card())).code, "unknown_account");
    EXPECT_EQ(review(request_by(rogue, sale(1), card())).code, "too_many_payments");
  }
  EXPECT_TRUE(review(request(sale(1))).approved) << "its holder pays";
  EXPECT_EQ(decide(question("r-1", 1)).state, State::kApproved) << "and otherwise, too";
}

// Another data centre can make as many purchasers as it likes.
TEST_F(SplitDeskTest, CountsTheGuessesOfAllPurchasersOfAnotherDataCentreTogether) {
  sample::SecondDataCentre other{network.root, network.ca.certificate, network.now};
  http::Router router;
  router.add_blocking("POST", "/ocsp", [&](const http::Request& request) {
    return http::der_response(200, take(other.respond(request.body, clock.now())),
                              "application/ocsp-response");
  });
  const auto there = take(http::Server::start({}, std::move(router)));
  other.status_url = "http://127.0.0.1:" + std::to_string(there->port());
  take(trust->take(other.signed_map()));
  const auto guess = [&](int i) {
    const auto visitor = other.issue(x509::Role::kPurchaser, "UID=p-" + std::to_string(i) + ",OU=purchasers");
    return review(request_by(visitor, sale(1), card())).code;
  };
  for (int i = 0; i < 10; ++i) ASSERT_EQ(guess(0), "unknown_account");
  EXPECT_EQ(guess(0), "too_many_payments");
  for (int i = 1; i <= 40; ++i) ASSERT_EQ(guess(i), "unknown_account") << "one locks out nobody else";
  EXPECT_EQ(guess(41), "too_many_payments");
  EXPECT_TRUE(review(request(sale(1))).approved) << "its holder pays";
}

TEST_F(SplitDeskTest, TakesNothingMoreOfAPurchaserWhoGuessedTooOftenBeItsOwnNumberOrAnothers) {
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(review(request(sale(1), card(fmt::format("40000000000{:05}", i)))).code, "unknown_account");
  EXPECT_EQ(review(request(sale(1))).code, "too_many_payments");
  Split elsewhere = sale(1);
  elsewhere.agreed.merchant = elsewhere.sealed.merchant = documents::reference_to(other_merchant.certificate);
  auto asked = request(elsewhere);
  asked.agreement = sign(other_merchant, take(documents::write_agreement(elsewhere.agreed)));
  EXPECT_EQ(result_of(take(split->authorize(other_merchant.certificate, asked))).code, "too_many_payments");
  clock.advance(Seconds{24 * 60 * 60 + 1});
  EXPECT_TRUE(review(request(sale(1))).approved);
}

TEST_F(SplitDeskTest, CountsNoDeclinedPaymentOfAnotherPurchaserAgainstTheHolderOfItsNumber) {
  take(accounts->bind(take(accounts->add({card(kOtherNumber), {100'000, "KRW"}}, clock.now())),
                      other_purchaser.certificate.subject().text()));
  const Split sale = this->sale();
  ASSERT_TRUE(review(request_by(other_purchaser, sale, card(kOtherNumber))).approved);
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(review(request_by(other_purchaser, sale, card())).code, "duplicate_payment");
  EXPECT_TRUE(review(request(this->sale(1))).approved);
  EXPECT_EQ(decide(question("r-1", 1)).state, State::kApproved);
}

TEST_F(SplitDeskTest, CountsNoGuessOfTheMerchantAgainstAPurchaser) {
  for (int i = 0; i < 10; ++i) decide(question("w-" + std::to_string(i), 1, card(kNumber, "Somebody Else")));
  for (int i = 10; i < 30; ++i)
    decide(question("w-" + std::to_string(i), 1, card(fmt::format("40000000000{:05}", i))));
  ASSERT_EQ(desk.decide(kShop, question("r-1", 1)).error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(review(request(sale(1))).approved);
}

TEST_F(SplitDeskTest, SignsWithWhatAnybodyVerifies) {
  const Bytes answer = take(authorize(request(sale())));
  const auto cms = take(x509::UnverifiedCms::parse(answer));
  EXPECT_TRUE(x509::expect_chain(cms, signing.certificate, *anchor, clock.now()));
}

}  // namespace
}  // namespace countersign::cardcompany
