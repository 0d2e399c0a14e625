// SPDX-License-Identifier: Apache-2.0
#include "merchant/capture_desk.h"

#include <gmock/gmock.h>

#include "merchant/split_test_desk.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using State = StoredCapture::State;
using x509::code_of;

struct CaptureDeskTest : SplitDialogueTest {
  int capture_later() {
    shop.clock.advance(Seconds(300));
    return take(process->captures.capture_due());
  }
  StoredCapture stored() { return *view().capture; }
  // The events that the shop is told of, the oldest first.
  std::vector<std::string> events() const {
    std::vector<std::string> names;
    take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(const auto webhooks, list_webhooks(reader, "", 10));
      for (const auto& webhook : webhooks) names.insert(names.begin(), webhook.event);
      return ok();
    }));
    return names;
  }
  void fail_capture() {
    company.capture_window = Seconds(100);
    buy();
    shop.clock.advance(Seconds(100));
    company.problem = ErrorCode::kNotFound;
    take(process->captures.capture_due());
    company.problem.reset();
  }
};

TEST_F(CaptureDeskTest, CapturesAConfirmedOrderOnceOnTheAuthoritysWord) {
  buy();
  EXPECT_EQ(stored().state, State::kWaiting);
  EXPECT_EQ(take(process->captures.capture_due()), 1);
  EXPECT_EQ(stored().state, State::kCaptured);
  EXPECT_EQ(stored().movement, "movement-" + view().order_id);
  EXPECT_EQ(company.captured.size(), 1U);
  EXPECT_EQ(company.captured, company.approved);
  EXPECT_EQ(capture_later(), 0);
  EXPECT_EQ(company.captures_asked, 1);
}

TEST_F(CaptureDeskTest, CapturesNothingBeforeTheConfirmation) {
  const auto payment = wallet.split_payment(offered());
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kUnavailable);
  EXPECT_EQ(capture_later(), 0);
  EXPECT_FALSE(view().capture);
  EXPECT_EQ(company.captures_asked, 0);
}

TEST_F(CaptureDeskTest, CapturesNothingOfTheOtherProfiles) {
  wallet.profiles = {documents::OrderProfile::kPlain};
  const auto request = open();
  auto information = wallet.information(request, checkout);
  information.payment = card();
  information.signed_order = wallet.sign(*request.order);
  EXPECT_EQ(as<documents::Outcome>(send(std::move(information))).kind,
            documents::Outcome::Kind::kConfirmation);
  EXPECT_FALSE(view().capture);
  EXPECT_EQ(capture_later(), 0);
}

TEST_F(CaptureDeskTest, TriesAgainAfterARestartWithTheSameExtractWhenTheCompanyWasAway) {
  buy();
  company.is_silent = true;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(take(process->captures.capture_due()), 0) << "not at once";
  EXPECT_EQ(company.captures_asked, 1);
  EXPECT_EQ(stored().attempts, 1);
  restart();
  company.is_silent = false;
  EXPECT_EQ(capture_later(), 1);
  EXPECT_EQ(shop.authority.extracts_asked, 1);
}

TEST_F(CaptureDeskTest, AsksUnderTheSameReferenceWhenTheAnswerWasLost) {
  buy();
  company.loses_answers = true;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(company.captured.size(), 1U);
  company.loses_answers = false;
  EXPECT_EQ(capture_later(), 1);
  EXPECT_EQ(stored().movement, "movement-" + view().order_id);
  EXPECT_EQ(company.captured.size(), 1U);
}

TEST_F(CaptureDeskTest, WaitsForTheAuthoritysExtract) {
  buy();
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(company.captures_asked, 0);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(capture_later(), 1);
}

TEST_F(CaptureDeskTest, GoesOnWithTheOthersWhenOneFails) {
  buy();
  const auto first = checkout;
  wallet.nonce = {43};
  checkout = open_checkout();
  buy();
  shop.authority.alter_extract = [&, order = view().order_id](documents::Extract& extract) {
    if (extract.order_id == order) extract.index += 1;
  };
  EXPECT_EQ(take(process->captures.capture_due()), 1);
  EXPECT_EQ(stored().state, State::kWaiting);
  checkout = first;
  EXPECT_EQ(stored().state, State::kCaptured);
}

TEST_F(CaptureDeskTest, EndsAsFailedWhereTheCompanyRefusesAfterTheTimeOfItsApproval) {
  company.capture_window = Seconds(400);
  buy();
  company.problem = ErrorCode::kNotFound;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(capture_later(), 0);
  EXPECT_EQ(stored().state, State::kWaiting) << "there is time left";
  EXPECT_EQ(capture_later(), 0);
  EXPECT_EQ(stored().state, State::kFailed);
  company.problem.reset();
  EXPECT_EQ(capture_later(), 0);
  EXPECT_EQ(company.captures_asked, 3);
}

TEST_F(CaptureDeskTest, GoesOnAfterTheTimeOfItsApprovalWhateverFailsOnTheWay) {
  company.capture_window = Seconds(100);
  buy();
  for (const auto code : {ErrorCode::kExpired, ErrorCode::kForbidden, ErrorCode::kNotFound,
                          ErrorCode::kConflict, ErrorCode::kWrongOrigin}) {
    company.fails_with = code;
    EXPECT_EQ(capture_later(), 0);
    EXPECT_EQ(stored().state, State::kWaiting);
  }
  company.fails_with.reset();
  for (const auto code : {ErrorCode::kForbidden, ErrorCode::kCertificateRevoked, ErrorCode::kUnauthenticated,
                          ErrorCode::kMalformed}) {
    company.problem = code;
    EXPECT_EQ(capture_later(), 0);
    EXPECT_EQ(stored().state, State::kWaiting) << "it refused who asks";
  }
  company.problem.reset();
  EXPECT_EQ(capture_later(), 1);
}

TEST_F(CaptureDeskTest, GoesOnAfterTheTimeOfItsApprovalWhenTheExtractIsNotTheAuthoritys) {
  company.capture_window = Seconds(100);
  buy();
  shop.authority.conduct = Conduct::kSignsInWrongRole;
  EXPECT_EQ(capture_later(), 0);
  EXPECT_EQ(stored().state, State::kWaiting);
  shop.authority.conduct = Conduct::kHonest;
  EXPECT_EQ(capture_later(), 1);
}

TEST_F(CaptureDeskTest, TellsTheShopOfEachEndOnce) {
  const auto offer = offered();
  shop.clock.advance(Seconds(1));
  as<documents::Outcome>(pay(wallet.split_payment(offer)));
  shop.clock.advance(Seconds(1));
  take(process->captures.capture_due());
  EXPECT_THAT(events(),
              testing::ElementsAre("checkout.taken", "checkout.confirmed", "checkout.payment_captured"));
  capture_later();
  EXPECT_EQ(events().size(), 3U);
}

TEST_F(CaptureDeskTest, TellsTheShopAndCountsWhatFailed) {
  fail_capture();
  EXPECT_EQ(events().back(), "checkout.payment_failed");
  take(shop.database->read([](storage::Reader& reader) -> Result<void> {
    TRY(const auto counts, count_captures(reader));
    EXPECT_EQ(counts.failed, 1);
    EXPECT_EQ(counts.waiting, 0);
    TRY(const auto listed, list_uncaptured(reader, "", 10));
    EXPECT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed.front().state, State::kFailed);
    EXPECT_EQ(listed.front().last_error, "a problem");
    return ok();
  }));
}

TEST_F(CaptureDeskTest, TriesOneThatFailedAgainWhenToldTo) {
  const auto retry = [&](const std::string& order) {
    return shop.database->write([&](storage::Transaction& transaction) {
      return retry_capture(transaction, order, shop.clock.now());
    });
  };
  fail_capture();
  ASSERT_EQ(stored().state, State::kFailed);
  EXPECT_EQ(code_of(retry("another")), ErrorCode::kNotFound);
  take(retry(view().order_id));
  EXPECT_EQ(take(process->captures.capture_due()), 1);
  EXPECT_EQ(code_of(retry(view().order_id)), ErrorCode::kNotFound) << "it is captured";
}

TEST_F(CaptureDeskTest, LeavesTheRestOfACompanyThatIsAwayAndGoesOnWithTheOthers) {
  for (int i = 0; i < 5; ++i) {
    checkout = open_checkout();
    buy();
  }
  checkout = open_checkout();
  shop.clock.advance(Seconds(1));
  as<documents::Outcome>(pay(wallet.split_payment(offered(other_company))));
  company.is_silent = true;
  EXPECT_EQ(take(process->captures.capture_due()), 1);
  EXPECT_EQ(company.captures_asked, 3);
  EXPECT_EQ(other_company.captures_asked, 1);
  company.is_silent = false;
  EXPECT_EQ(capture_later(), 5);
}

TEST_F(CaptureDeskTest, PostponesOneThatItCannotReadAndGoesOnWithTheOthers) {
  buy();
  const auto unreadable = view().order_id;
  take(shop.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE split_payments SET result = $1", {Bytes{1}}));
    return ok();
  }));
  checkout = open_checkout();
  buy();
  EXPECT_EQ(take(process->captures.capture_due()), 1);
  take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto due, due_captures(reader, shop.clock.now() + Seconds(299), 10));
    EXPECT_TRUE(due.empty());
    TRY(const auto stored_capture, find_capture(reader, unreadable));
    EXPECT_EQ(stored_capture->attempts, 1);
    EXPECT_FALSE(stored_capture->last_error.empty());
    return ok();
  }));
}

TEST_F(CaptureDeskTest, NamesCompaniesThatAreNotConfiguredAnyMore) {
  const CardCompanies others(shop.context(), {{other_company.subject(), other_company}});
  const auto missing = [&] { return take(companies_missing_in(*shop.database, others)); };
  EXPECT_THAT(missing(), testing::IsEmpty());
  buy();
  EXPECT_THAT(missing(), testing::ElementsAre(company.subject().text())) << "a capture";
  EXPECT_THAT(take(companies_missing_in(*shop.database, process->companies)), testing::IsEmpty());
  take(process->captures.capture_due());
  EXPECT_THAT(missing(), testing::IsEmpty());
  company.loses_answers = true;
  EXPECT_FALSE(process->refunds.refund({checkout, 1'000, "first"}));
  EXPECT_THAT(missing(), testing::ElementsAre(company.subject().text())) << "a refund";
  company.loses_answers = false;
  take(process->refunds.refund({checkout, 1'000, "first"}));
  EXPECT_THAT(missing(), testing::IsEmpty());
  company.loses_answers = true;
  checkout = open_checkout();
  EXPECT_FALSE(pay(wallet.split_payment(offered())));
  EXPECT_THAT(missing(), testing::ElementsAre(company.subject().text())) << "a payment";
}

TEST_F(CaptureDeskTest, GoesOnAskingACompanyThatIsAwayAfterTheTimeOfItsApproval) {
  company.capture_window = Seconds(100);
  buy();
  company.loses_answers = true;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(capture_later(), 0);
  EXPECT_EQ(stored().state, State::kWaiting);
  company.loses_answers = false;
  EXPECT_EQ(capture_later(), 1) << "it had captured in time";
}

// The extract must be of this very confirmation, and the authority's.

struct Alteration {
  const char* name;
  std::function<void(documents::Extract&)> tell;
};
struct FalseExtractTest : CaptureDeskTest, testing::WithParamInterface<Alteration> {};

TEST_P(FalseExtractTest, IsSentToNobody) {
  buy();
  shop.authority.alter_extract = GetParam().tell;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(company.captures_asked, 0);
  EXPECT_THAT(stored().last_error, testing::HasSubstr(std::string("extract.") + GetParam().name));
  shop.authority.alter_extract = [](documents::Extract&) {};
  EXPECT_EQ(capture_later(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Members, FalseExtractTest,
    testing::Values(
        Alteration{"confirmation", [](auto& e) { e.confirmation = "01234567-89ab-4cde-8f01-000000000000"; }},
        Alteration{"dataCentre",
                   [](auto& e) { e.data_centre = x509::name("OU=busan-1,OU=kr,O=Countersign Demo"); }},
        Alteration{"index", [](auto& e) { e.index += 1; }},
        Alteration{"time", [](auto& e) { e.time += Seconds(1); }},
        Alteration{"orderId", [](auto& e) { e.order_id = "0190a7c2-8d3e-7000-8000-000000000002"; }},
        Alteration{"orderDigest", [](auto& e) { e.order_digest = {9}; }},
        Alteration{"total", [](auto& e) { e.total.minor_units = 1; }},
        Alteration{"merchant", [](auto& e) { e.merchant = e.purchaser; }},
        Alteration{"purchaser", [](auto& e) { e.purchaser = e.merchant; }},
        Alteration{"review", [](auto& e) { e.review->digest = {9}; }}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(CaptureDeskTest, SendsNoExtractThatWasSignedInAnotherRole) {
  buy();
  shop.authority.conduct = Conduct::kSignsInWrongRole;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(company.captures_asked, 0);
}

// The company's answer must be to what was asked.

struct FalseMovement {
  const char* name;
  std::function<void(documents::MovementAnswer&)> tell;
};
struct FalseMovementTest : CaptureDeskTest, testing::WithParamInterface<FalseMovement> {};

TEST_P(FalseMovementTest, IsNotTakenForACapture) {
  buy();
  company.alter_movement = GetParam().tell;
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(stored().state, State::kWaiting);
  EXPECT_THAT(stored().last_error, testing::HasSubstr(std::string("movement.") + GetParam().name));
  company.alter_movement = [](documents::MovementAnswer&) {};
  EXPECT_EQ(capture_later(), 1);
}

INSTANTIATE_TEST_SUITE_P(Members, FalseMovementTest,
                         testing::Values(FalseMovement{"kind", [](auto& m) { m.kind = "refund"; }},
                                         FalseMovement{"reference", [](auto& m) { m.reference = "another"; }},
                                         FalseMovement{"authorization",
                                                       [](auto& m) { m.authorization = "another"; }},
                                         FalseMovement{"amount", [](auto& m) { m.amount.minor_units += 1; }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace countersign::merchant
