// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authorization_desk.h"

#include <fmt/format.h>

#include <fstream>

#include "cardcompany/testing/sample_company.h"

namespace countersign::cardcompany {
namespace {

class AuthorizationDeskTest : public CompanyTest {
 protected:
  std::int64_t held() { return account().held; }
};

TEST_F(AuthorizationDeskTest, ApprovesWithinTheLimitAndHoldsTheAmount) {
  const auto decided = decide(question("r-1"));
  EXPECT_EQ(decided.state, Authorization::State::kApproved);
  EXPECT_EQ(held(), 30'000);
}

TEST_F(AuthorizationDeskTest, GivesTheSameQuestionTheSameDecision) {
  const auto first = decide(question("r-1"));
  const auto again = decide(question("r-1"));
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(held(), 30'000);
}

TEST_F(AuthorizationDeskTest, RefusesAReferenceThatStandsForAnotherQuestion) {
  decide(question("r-1"));
  EXPECT_EQ(desk.decide(kShop, question("r-1", 30'001)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(desk.decide(kShop, question("r-1", 30'000, card(kNumber, "Kim Minsu"))).error().code,
            ErrorCode::kConflict);
}

TEST_F(AuthorizationDeskTest, KeepsTheReferencesOfMerchantsApart) {
  const auto first = decide(question("r-1"));
  EXPECT_NE(decide(question("r-1"), "CN=Another").id, first.id);
}

TEST_F(AuthorizationDeskTest, DeclinesBeyondWhatIsLeft) {
  decide(question("r-1", 80'000));
  const auto decided = decide(question("r-2", 20'001));
  EXPECT_EQ(decided.state, Authorization::State::kDeclined);
  EXPECT_EQ(decided.code, "insufficient_funds");
  EXPECT_EQ(held(), 80'000);
}

TEST_F(AuthorizationDeskTest, FreesOnceWhatIsReleased) {
  const auto decided = decide(question("r-1"));
  ASSERT_EQ(decided.state, Authorization::State::kApproved);
  ASSERT_TRUE(desk.release(kShop, "r-1"));
  ASSERT_TRUE(desk.release(kShop, "r-1"));
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(decide(question("r-1")).state, Authorization::State::kReleased);
}

TEST_F(AuthorizationDeskTest, LetsNobodyReleaseForAnotherMerchant) {
  decide(question("r-1"));
  ASSERT_TRUE(desk.release("CN=Another", "r-1"));
  EXPECT_EQ(held(), 30'000);
}

TEST_F(AuthorizationDeskTest, HoldsNothingForAQuestionThatComesAfterItsRelease) {
  ASSERT_TRUE(desk.release(kShop, "r-1"));
  EXPECT_EQ(desk.decide(kShop, question("r-1")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(desk.release(kShop, std::string(101, 'r')).error().code, ErrorCode::kMalformed);
}

TEST_F(AuthorizationDeskTest, DeclinesANumberThatItDoesNotKnow) {
  EXPECT_EQ(decide(question("r-1", 1, card("4000000000000002"))).code, "unknown_account");
}

TEST_F(AuthorizationDeskTest, AnswersWithAnotherHolderOrMonthAsToANumberThatItDoesNotKnow) {
  EXPECT_EQ(decide(question("r-1", 1, card(kNumber, "Kim Minsu"))).code, "unknown_account");
  EXPECT_EQ(decide(question("r-2", 1, card(kNumber, "Kim Minji", "2029-09"))).code, "unknown_account");
}

TEST_F(AuthorizationDeskTest, DeclinesOnceTheCardHasExpired) {
  clock.set(parse_time("2029-09-01T00:00:00Z").value());
  EXPECT_EQ(decide(question("r-1")).code, "card_expired");
}

TEST_F(AuthorizationDeskTest, DeclinesWhileTheAccountIsBlocked) {
  ASSERT_TRUE(accounts->set_use(id, AccountStore::Use::kBlocked));
  EXPECT_EQ(decide(question("r-1")).code, "account_blocked");
  ASSERT_TRUE(accounts->set_use(id, AccountStore::Use::kPermitted));
  EXPECT_EQ(decide(question("r-2")).state, Authorization::State::kApproved);
}

TEST_F(AuthorizationDeskTest, DeclinesAnotherCurrency) {
  auto asked = question("r-1");
  asked.amount.currency = "EUR";
  EXPECT_EQ(decide(asked).code, "currency_not_supported");
}

TEST_F(AuthorizationDeskTest, DeclinesTheEleventhPaymentWithinAMinute) {
  for (int i = 0; i < 10; ++i) decide(question("r-" + std::to_string(i), 1));
  EXPECT_EQ(decide(question("r-10", 1)).code, "too_many_payments");
  clock.advance(Seconds{61});
  EXPECT_EQ(decide(question("r-11", 1)).state, Authorization::State::kApproved);
}

TEST_F(AuthorizationDeskTest, CountsThePaymentsOfOneMerchantAtNoOther) {
  for (int i = 0; i < 11; ++i) decide(question("r-" + std::to_string(i), 1));
  EXPECT_EQ(decide(question("r-1", 1), "CN=Another").state, Authorization::State::kApproved);
}

TEST_F(AuthorizationDeskTest, TellsByNoAnswerWhetherANumberThatIsTriedOutIsSomebodys) {
  const auto try_out = [&](std::string_view number) {
    std::vector<std::string> told;
    for (int i = 0; i < 12; ++i) {
      const std::string reference = std::string(number) + "-" + std::to_string(i);
      told.push_back(decide(question(reference, 1, card(number, "Somebody Else"))).code);
    }
    return told;
  };
  const auto told = try_out(kNumber);
  EXPECT_EQ(told, try_out("4000000000000002"));
  EXPECT_EQ(told.front(), "unknown_account");
  EXPECT_EQ(told.back(), "too_many_payments");
}

TEST_F(AuthorizationDeskTest, TakesRightDataOfNobodyWhoGuessedTooOften) {
  for (int month = 1; month <= 10; ++month)
    decide(question("r-" + std::to_string(month), 1,
                    card(kNumber, "Kim Minji", fmt::format("2028-{:02}", month))));
  EXPECT_EQ(decide(question("r-right", 1)).code, "too_many_payments");
  EXPECT_EQ(decide(question("r-right", 1), "CN=Another").state, Authorization::State::kApproved)
      << "what one merchant guesses is the holder's trouble at no other";
  clock.advance(Seconds{24 * 60 * 60 + 1});
  EXPECT_EQ(decide(question("r-later", 1)).state, Authorization::State::kApproved);
}

TEST_F(AuthorizationDeskTest, CountsTheGuessesAtANumberWithoutReadingThoseAtOthers) {
  std::string plan;
  ASSERT_TRUE(database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query("EXPLAIN QUERY PLAN SELECT COUNT(*) FROM authorizations "
                     "WHERE merchant = $1 AND code = $2 AND decided > $3 AND number_digest = $4",
                     {std::string(kShop), std::string("unknown_account"), std::int64_t{0}, Bytes{1}}));
    plan = rows.at(0).text(3);
    return ok();
  }));
  EXPECT_NE(plan.find("merchant=? AND number_digest=? AND decided>?"), std::string::npos) << plan;
}

TEST_F(AuthorizationDeskTest, AnswersAMerchantThatTriesOutNumbersNoMoreUntilAMinuteIsOver) {
  for (int i = 0; i < 30; ++i)
    decide(question("r-" + std::to_string(i), 1, card(fmt::format("40000000000{:05}", i))));
  EXPECT_EQ(desk.decide(kShop, question("r-right", 1)).error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(decide(question("r-0", 1, card("4000000000000000"))).code, "unknown_account")
      << "what was decided stays decided";
  EXPECT_EQ(decide(question("r-right", 1), "CN=Another").state, Authorization::State::kApproved);
  clock.advance(Seconds{61});
  EXPECT_EQ(decide(question("r-right", 1)).state, Authorization::State::kApproved)
      << "nothing was decided under the reference";
}

TEST_F(AuthorizationDeskTest, DeclinesTheVeryPaymentThatIsApprovedAlready) {
  decide(question("r-1"));
  Question again = question("r-1");
  again.reference = "r-1.2";
  EXPECT_EQ(decide(again).code, "duplicate_payment");
  EXPECT_EQ(held(), 30'000);
  EXPECT_EQ(decide(again, kOtherShop).state, Authorization::State::kApproved) << "at another merchant";
  again.reference = "r-1.3";
  again.amount.minor_units = 29'999;
  EXPECT_EQ(decide(again).state, Authorization::State::kApproved) << "another amount";
}

TEST_F(AuthorizationDeskTest, TakesAPaymentAnewOnceItWasReleased) {
  decide(question("r-1"));
  ASSERT_TRUE(desk.release(kShop, "r-1"));
  Question again = question("r-1");
  again.reference = "r-1.2";
  EXPECT_EQ(decide(again).state, Authorization::State::kApproved);
  EXPECT_EQ(held(), 30'000);
}

TEST_F(AuthorizationDeskTest, TakesAPaymentAfterOneThatWasDeclined) {
  ASSERT_TRUE(accounts->set_use(id, AccountStore::Use::kBlocked));
  decide(question("r-1"));
  ASSERT_TRUE(accounts->set_use(id, AccountStore::Use::kPermitted));
  Question again = question("r-1");
  again.reference = "r-1.2";
  EXPECT_EQ(decide(again).state, Authorization::State::kApproved);
}

TEST_F(AuthorizationDeskTest, HoldsMerchantsToTheRulesItIsGiven) {
  Rules rules;
  rules.payments_in_a_minute = 2;
  AuthorizationDesk strict({*database, *accounts, *ledger, clock}, rules);
  for (const char* reference : {"r-1", "r-2"}) ASSERT_TRUE(strict.decide(kShop, question(reference, 1)));
  EXPECT_EQ(take(strict.decide(kShop, question("r-3", 1))).code, "too_many_payments");
  rules.payments_in_a_minute = 10;
  rules.wrong_in_a_minute = 1;
  AuthorizationDesk stricter({*database, *accounts, *ledger, clock}, rules);
  ASSERT_TRUE(stricter.decide(kShop, question("r-4", 1, card(kOtherNumber))));
  EXPECT_EQ(stricter.decide(kShop, question("r-5", 1)).error().code, ErrorCode::kRateLimited);
}

// Another data centre can make as many merchants as it likes.
TEST_F(AuthorizationDeskTest, CountsGuessesAtANumberOverAllMerchantsOfAnotherDataCentre) {
  const auto asked_from = [&](const std::string& home, int i, const std::string& number) {
    Question asked = question("r-" + std::to_string(i), 1, card(number));
    asked.foreign_home = home;
    return decide(asked, "CN=Shop " + std::to_string(i));
  };
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(asked_from("OU=osaka", i, std::string(kOtherNumber)).code, "unknown_account");
  EXPECT_EQ(asked_from("OU=osaka", 50, std::string(kOtherNumber)).code, "too_many_payments");
  EXPECT_EQ(asked_from("OU=osaka", 51, "4000000000000099").code, "unknown_account") << "another number";
  EXPECT_EQ(asked_from("OU=busan", 52, std::string(kOtherNumber)).code, "unknown_account");
  EXPECT_EQ(asked_from("", 53, std::string(kOtherNumber)).code, "unknown_account") << "vetted here";
}

TEST_F(AuthorizationDeskTest, AnswersAnotherDataCentreThatTriesOutNumbersNoMoreUntilAMinuteIsOver) {
  Rules rules;
  rules.wrong_of_home_in_a_minute = 3;
  AuthorizationDesk strict({*database, *accounts, *ledger, clock}, rules);
  const auto asked = [&](int i, const std::string& home, const std::string& purchaser = "") {
    Question asks = question("r-" + std::to_string(i), 1, card(fmt::format("40000000000{:05}", i)));
    asks.foreign_home = home;
    if (!purchaser.empty()) asks.split = SplitQuestion{purchaser, "t-" + std::to_string(i)};
    return strict.decide("CN=Shop " + std::to_string(i), asks);
  };
  ASSERT_TRUE(asked(1, "OU=osaka"));
  ASSERT_TRUE(asked(2, "OU=osaka", "UID=1"));
  ASSERT_TRUE(asked(3, "OU=osaka", "UID=2"));
  EXPECT_EQ(asked(4, "OU=osaka").error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(asked(5, "OU=osaka", "UID=3").error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(asked(6, "OU=busan"));
  EXPECT_TRUE(asked(7, ""));
  clock.advance(Seconds{61});
  EXPECT_TRUE(asked(4, "OU=osaka"));
}

TEST_F(AuthorizationDeskTest, DecidesNothingWhoseTimeIsOver) {
  Question late = question("r-1");
  late.expires = clock.now();
  EXPECT_EQ(desk.decide(kShop, late).error().code, ErrorCode::kExpired);
  EXPECT_EQ(held(), 0);
}

// A card system of the company's own, which keeps no accounts with us.
class OwnSystem final : public CardSystem {
 public:
  Result<HoldAnswer> hold(storage::Transaction&, const HoldOrder& order, const documents::PaymentData&,
                          TimePoint) override {
    held.push_back(order);
    return HoldAnswer{
        order.amount.minor_units > 500 ? std::optional(DeclineReason::kInsufficient) : std::nullopt,
        std::nullopt};
  }
  Result<void> void_hold(storage::Transaction&, std::string_view authorization, TimePoint) override {
    voided.emplace_back(authorization);
    return ok();
  }
  Result<Movement> capture(storage::Transaction&, const MovementOrder& order, TimePoint) override {
    Movement made;
    made.id = "m-1";
    made.authorization = order.authorization;
    return made;
  }
  Result<Movement> refund(storage::Transaction&, const MovementOrder&, TimePoint) override {
    return fail(ErrorCode::kUnavailable, "away");
  }
  Result<Movement> reverse(storage::Transaction&, std::string_view, std::string_view, TimePoint) override {
    return fail(ErrorCode::kUnavailable, "away");
  }
  Result<std::vector<std::string>> free_expired(storage::Transaction&, TimePoint, int) override {
    return std::exchange(freed, {});
  }
  std::vector<HoldOrder> held;
  std::vector<std::string> voided, freed;
};

TEST_F(AuthorizationDeskTest, LetsAnotherCardSystemDecide) {
  OwnSystem system;
  AuthorizationDesk other({*database, *accounts, system, clock}, {});
  const auto approved = take(other.decide(kShop, question("r-1", 500, card("5555555555554444"))));
  EXPECT_EQ(approved.state, Authorization::State::kApproved);
  EXPECT_EQ(take(other.decide(kShop, question("r-2", 501))).code, "insufficient_funds");
  ASSERT_EQ(system.held.size(), 2U);
  EXPECT_EQ(system.held[0].authorization, approved.id);
  EXPECT_EQ(system.held[0].reference, "r-1");
  EXPECT_EQ(system.held[0].frees, approved.decided + Seconds{8 * 24 * 3600});
  ASSERT_TRUE(other.release(kShop, "r-1"));
  EXPECT_EQ(system.voided, std::vector{approved.id});
}

TEST_F(AuthorizationDeskTest, RecordsWhatAnotherCardSystemFreedByItself) {
  OwnSystem system;
  AuthorizationDesk other({*database, *accounts, system, clock}, {});
  system.freed = {take(other.decide(kShop, question("r-1", 500))).id};
  EXPECT_EQ(take(other.free_expired()), 1);
  EXPECT_EQ(take(other.decide(kShop, question("r-1", 500))).code, "expired");
}

TEST_F(AuthorizationDeskTest, GivesEachReasonWords) {
  for (const auto reason : {DeclineReason::kUnknown, DeclineReason::kExpired, DeclineReason::kBlocked,
                            DeclineReason::kInsufficient, DeclineReason::kCurrency, DeclineReason::kTooMany,
                            DeclineReason::kDuplicate})
    EXPECT_FALSE(reason_text(decline_code(reason)).empty()) << decline_code(reason);
  for (const auto end : {"released", "expired", "reversed"}) EXPECT_FALSE(reason_text(end).empty()) << end;
}

TEST_F(AuthorizationDeskTest, KeepsNoNumberReadableOnTheDisk) {
  decide(question("r-1"));
  for (const auto& suffix : {"", "-wal"}) {
    std::ifstream stream(file.string() + suffix, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    ASSERT_FALSE(content.empty());
    EXPECT_EQ(content.find(kNumber), std::string::npos) << suffix;
  }
}

TEST_F(AuthorizationDeskTest, OpensNoSecondAccountForANumber) {
  EXPECT_EQ(accounts->add({card(), {1, "KRW"}}, clock.now()).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::cardcompany
