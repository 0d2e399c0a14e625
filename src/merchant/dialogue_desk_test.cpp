// SPDX-License-Identifier: Apache-2.0
#include "merchant/dialogue_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "merchant/dialogue_test_desk.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using documents::DialoguePurpose;
using documents::InformationRequest;
using documents::OrderProfile;
using documents::Outcome;
using documents::PaymentMethod;
using documents::PersonalField;
using testing::ElementsAre;
using x509::code_of;

TEST_F(DialogueDeskTest, SellsByCardAtOnce) {
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kPlain);
  EXPECT_THAT(request.fields, ElementsAre(kName));
  EXPECT_THAT(*request.methods, ElementsAre(PaymentMethod::kCard, PaymentMethod::kAccount));
  const auto order = take(documents::parse_order(*request.order));
  EXPECT_EQ(order.profile, OrderProfile::kPlain);
  EXPECT_EQ(order.checkout, checkout);

  const auto outcome = as<Outcome>(send(answer_to(request)));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  ASSERT_EQ(company.asked.size(), 1U);
  EXPECT_EQ(company.asked[0].reference, order.id);
  EXPECT_EQ(company.asked[0].order, crypto::sha256(*request.order));
  EXPECT_EQ(company.asked[0].amount, order.total);

  const auto view = take(checkouts.view(checkout));
  EXPECT_EQ(view.information.at(0).text, "CANARY name");
  EXPECT_EQ(view.payment->state, PaymentAttempt::State::kApproved);
  EXPECT_EQ(view.payment->authorization, "authorization-of-" + order.id);
  EXPECT_EQ(view.answer->answer.document, *outcome.document);
}

TEST_F(DialogueDeskTest, SellsByDebitAccount) {
  EXPECT_EQ(buy(account()).kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.asked.at(0).method, PaymentMethod::kAccount);
}

TEST_F(DialogueDeskTest, AsksForPaymentOnlyAfterTheInformationWhereTheMerchantSaysSo) {
  ask_separately();
  const auto request = open();
  EXPECT_FALSE(request.methods);
  EXPECT_FALSE(request.order);
  const auto asked = as<documents::PaymentRequest>(send(wallet.information(request, checkout)));
  EXPECT_THAT(asked.methods, ElementsAre(PaymentMethod::kCard, PaymentMethod::kAccount));
  const auto outcome = as<Outcome>(send(documents::PaymentMessage{card(), wallet.sign(asked.order)}));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kConfirmation);
}

TEST_F(DialogueDeskTest, SellsWithoutPaymentInProfileDirectWhereTheShopAllowsIt) {
  checkout = open_checkout({{OrderProfile::kDirect}});
  wallet.profiles = {OrderProfile::kSession, OrderProfile::kPlain, OrderProfile::kDirect};
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kDirect);
  EXPECT_FALSE(request.methods);
  EXPECT_EQ(as<Outcome>(send(answer_to(request))).kind, Outcome::Kind::kConfirmation);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, SellsNothingWithoutPaymentWhereTheShopDoesNotSaySo) {
  checkout = open_checkout(std::nullopt);
  wallet.profiles = {OrderProfile::kDirect};
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(checkouts.take(checkout, wallet.signing.certificate.der())), ErrorCode::kUnsupported);
  EXPECT_EQ(state(), CheckoutState::kOpen);
}

TEST_F(DialogueDeskTest, TakesTheStrongestProfileOfTheWalletThatTheCheckoutAllowsAndNamesThose) {
  wallet.profiles = {OrderProfile::kSet, OrderProfile::kDirect, OrderProfile::kPlain};
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kPlain);
  EXPECT_THAT(request.profiles,
              ElementsAre(OrderProfile::kSession, OrderProfile::kPlain, OrderProfile::kDirect));
  checkout = open_checkout({{OrderProfile::kDirect, OrderProfile::kSession}});
  wallet.profiles = {OrderProfile::kDirect, OrderProfile::kPlain, OrderProfile::kSession};
  const auto another = open();
  EXPECT_EQ(another.profile, OrderProfile::kSession);
  EXPECT_THAT(another.profiles, ElementsAre(OrderProfile::kSession, OrderProfile::kDirect));
}

TEST_F(DialogueDeskTest, RefusesWalletsOfWhichItTakesNoProfile) {
  wallet.profiles = {OrderProfile::kSet};
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kUnsupported);
}

TEST_F(DialogueDeskTest, RefusesAnotherProfileOnceTheOrderIsMade) {
  open();
  wallet.profiles = {OrderProfile::kDirect};
  wallet.nonce = {43};
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kConflict);
}

ShopProfile in_session_alone() {
  auto taken = DialogueDeskTest::profile();
  taken.profiles = {OrderProfile::kSession};
  return taken;
}

TEST_F(DialogueDeskTest, KeepsToTheProfileOfWhatIsCountersignedWhateverIsConfiguredByNow) {
  const auto confirmed = buy();
  CheckoutDesk others{context(), shop.tokens, shop.authority, in_session_alone()};
  PaymentDesk without{shop.context(), nullptr};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{others, confirmations, without, sessions, shop.authority}, terms);
  wallet.profiles = {OrderProfile::kSession, OrderProfile::kPlain};
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kPlain);
  EXPECT_THAT(request.profiles, ElementsAre(OrderProfile::kPlain));
  EXPECT_EQ(as<Outcome>(send(wallet.information(request, checkout))).document, confirmed.document);
}

TEST_F(DialogueDeskTest, RefusesAnOrderThatWasMadeInAProfileThatIsNotAllowedAnyMore) {
  open();
  CheckoutDesk others{context(), shop.tokens, shop.authority, in_session_alone()};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{others, confirmations, payments, sessions, shop.authority}, terms);
  wallet.profiles = {OrderProfile::kSession, OrderProfile::kPlain};
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kConflict);
}

TEST_F(DialogueDeskTest, TakesNoPaymentWithoutACardCompany) {
  PaymentDesk without{shop.context(), nullptr};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{checkouts, confirmations, without, sessions, shop.authority}, terms);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kUnsupported);
  wallet.profiles = {OrderProfile::kPlain, OrderProfile::kDirect};
  EXPECT_EQ(open().profile, OrderProfile::kDirect);
}

TEST_F(DialogueDeskTest, AnswersARepeatedMessageAlikeAndAsksTheCompanyOnce) {
  const auto opening_message = take(documents::write_dialogue(documents::WalletMessage(wallet.opening())));
  const auto opening_bytes = opening_message.reveal(crypto::SecretAccess());
  const auto opening = take(desk->answer(checkout, opening_bytes, connection));
  EXPECT_EQ(take(desk->answer(checkout, opening_bytes, connection)), opening);
  const auto request = std::get<InformationRequest>(take(documents::parse_gateway_message(opening)));
  const auto message = take(documents::write_dialogue(documents::WalletMessage(answer_to(request))));
  const auto bytes = message.reveal(crypto::SecretAccess());
  const auto confirmed = take(desk->answer(checkout, bytes, connection));
  EXPECT_EQ(take(desk->answer(checkout, bytes, connection)), confirmed);

  // Also after a restart, when nothing but what is on disk is left.
  shop.reopen();
  CheckoutDesk checkouts_again{shop.context(), shop.tokens, shop.authority, profile()};
  ConfirmationDesk confirmations_again{shop.context(), shop.authority};
  PaymentDesk payments_again{shop.context(), &company};
  SessionKeeper sessions_again{shop.context()};
  DialogueDesk again{shop.context(),
                     {checkouts_again, confirmations_again, payments_again, sessions_again, shop.authority},
                     terms};
  EXPECT_EQ(take(again.answer(checkout, bytes, connection)), confirmed);
  const auto reopened = as<InformationRequest>(again.answer(checkout, opening_bytes, connection));
  EXPECT_EQ(reopened.order, request.order);
  EXPECT_EQ(reopened.nonce, request.nonce);
  EXPECT_EQ(company.asked.size(), 1U);
  EXPECT_EQ(shop.authority.confirmations_asked.size(), 1U);
}

// Declined payments.

TEST_F(DialogueDeskTest, NamesTheReasonOfADeclinedPaymentAndTakesAnother) {
  company.declines["4000000000000002"] = "insufficient_limit";
  const auto request = open();
  const auto declined = as<Outcome>(send(answer_to(request, card("4000000000000002"))));
  EXPECT_EQ(declined.kind, Outcome::Kind::kDeclined);
  EXPECT_EQ(declined.code, "insufficient_limit");
  EXPECT_EQ(declined.tries_left, 2);
  EXPECT_EQ(state(), CheckoutState::kTaken);
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());

  const auto bought = as<Outcome>(send(documents::PaymentMessage{account(), wallet.sign(*request.order)}));
  EXPECT_EQ(bought.kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.asked.at(1).reference, company.asked.at(0).reference + ".2");
}

TEST_F(DialogueDeskTest, CountsNoRepeatOfADeclinedPaymentAsAnotherTry) {
  company.declines["4000000000000002"] = "card_blocked";
  const auto message =
      take(documents::write_dialogue(documents::WalletMessage(answer_to(open(), card("4000000000000002")))));
  const auto bytes = message.reveal(crypto::SecretAccess());
  const auto first = take(desk->answer(checkout, bytes, connection));
  EXPECT_EQ(take(desk->answer(checkout, bytes, connection)), first);
  EXPECT_EQ(company.asked.size(), 1U);
}

TEST_F(DialogueDeskTest, EndsAfterThreeDeclinedPayments) {
  company.declines["4000000000000002"] = "insufficient_limit";
  const auto request = open();
  EXPECT_EQ(as<Outcome>(send(answer_to(request, card("4000000000000002")))).tries_left, 2);
  for (const int left : {1, 0}) {
    const auto declined =
        as<Outcome>(send(documents::PaymentMessage{card("4000000000000002"), wallet.sign(*request.order)}));
    EXPECT_EQ(declined.tries_left, left);
  }
  EXPECT_EQ(state(), CheckoutState::kCancelled);
  EXPECT_EQ(code_of(send(documents::PaymentMessage{card(), wallet.sign(*request.order)})),
            ErrorCode::kCancelled);
  EXPECT_EQ(company.asked.size(), 3U);
}

struct DeclinedPurchaser : DialogueDeskTest {
  void SetUp() override { company.declines[kDeclined] = "unknown_account"; }
  // All payments of a new checkout.
  void use_up_a_checkout() {
    checkout = open_checkout();
    const auto request = open();
    as<Outcome>(send(answer_to(request, card(kDeclined))));
    for (int i = 0; i < 2; ++i)
      as<Outcome>(send(documents::PaymentMessage{card(kDeclined), wallet.sign(*request.order)}));
  }
  void use_up_nine_payments() {
    for (int i = 0; i < 3; ++i) use_up_a_checkout();
    ASSERT_EQ(company.asked.size(), 9U);
    checkout = open_checkout();
  }
  const std::string kDeclined = "4000000000000002";
};

TEST_F(DeclinedPurchaser, IsRefusedAfterNineWithinAnHourBeforeTheCompanyIsAsked) {
  use_up_nine_payments();
  const auto refused = buy();
  EXPECT_EQ(refused.kind, Outcome::Kind::kDeclined);
  EXPECT_EQ(refused.code, kTooManyDeclined);
  EXPECT_EQ(refused.tries_left, 0);
  EXPECT_EQ(state(), CheckoutState::kCancelled);
  EXPECT_EQ(company.asked.size(), 9U);

  shop.clock.advance(std::chrono::hours(1));
  checkout = open_checkout();
  EXPECT_EQ(buy().kind, Outcome::Kind::kConfirmation);
}

TEST_F(DeclinedPurchaser, IsTheSameUnderANewCertificateAndAfterARestart) {
  use_up_nine_payments();
  PaymentDesk payments_again{shop.context(), &company};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{checkouts, confirmations, payments_again, sessions, shop.authority},
      terms);
  wallet.signing = shop.issue_purchaser("first");
  wallet.agreement = shop.issue_purchaser("first", x509::Role::kPurchaserAgreement);
  EXPECT_EQ(buy().code, kTooManyDeclined);
}

TEST_F(DeclinedPurchaser, StopsNobodyElse) {
  use_up_nine_payments();
  TestWallet other(shop, "second");
  const auto request = as<InformationRequest>(send(other.opening()));
  documents::Information information = other.information(request, checkout);
  information.payment = card();
  information.signed_order = other.sign(*request.order);
  EXPECT_EQ(as<Outcome>(send(std::move(information))).kind, Outcome::Kind::kConfirmation);
}

TEST_F(DeclinedPurchaser, HasThePaymentsCountedThatAreBeingAskedAbout) {
  company.is_silent = true;
  for (int i = 0; i < 9; ++i) {
    checkout = open_checkout();
    EXPECT_EQ(code_of(send(answer_to(open()))), ErrorCode::kUnavailable);
  }
  const auto last = checkout;
  checkout = open_checkout();
  EXPECT_EQ(buy().code, kTooManyDeclined);
  company.is_silent = false;
  checkout = last;
  EXPECT_EQ(buy().kind, Outcome::Kind::kConfirmation) << "its own question stands in nobody's way";
}

TEST_F(DialogueDeskTest, AsksAgainUnderTheSameReferenceWhenTheCompanyWasSilent) {
  const auto request = open();
  company.is_silent = true;
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnavailable);
  EXPECT_EQ(state(), CheckoutState::kTaken);
  company.is_silent = false;
  EXPECT_EQ(as<Outcome>(send(answer_to(request))).kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.asked.at(0).reference, company.asked.at(1).reference);
}

TEST_F(DialogueDeskTest, StartsAnotherAttemptForAnotherCardAfterALostAnswer) {
  const auto request = open();
  company.loses_answers = true;
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnavailable);
  company.loses_answers = false;
  EXPECT_EQ(code_of(send(answer_to(request, card("4111111111111111")))), ErrorCode::kConflict);
  EXPECT_EQ(as<Outcome>(send(answer_to(request, card("4111111111111111")))).kind,
            Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.asked.at(2).reference, company.asked.at(0).reference + ".2");
}

TEST_F(DialogueDeskTest, RefusesMethodsThatTheMerchantDoesNotTake) {
  terms.methods = {PaymentMethod::kCard};
  desk = make_desk();
  EXPECT_EQ(code_of(send(answer_to(open(), account()))), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(send(answer_to(open(), documents::SealedPayment{{1}}))), ErrorCode::kUnsupported);
}

// After the point of commitment.

TEST_F(DialogueDeskTest, PaysOnceWhenTheAuthorityAnswersLater) {
  const auto request = open();
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnavailable);
  EXPECT_EQ(state(), CheckoutState::kConfirming);
  shop.authority.conduct = Conduct::kHonest;
  // The wallet comes back with a fresh dialogue: the same confirmation, without paying again.
  wallet.nonce = {43};
  const auto confirmed = as<Outcome>(send(wallet.information(open(), checkout)));
  EXPECT_EQ(confirmed.kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.asked.size(), 1U);
  EXPECT_EQ(shop.authority.confirmations_asked.at(0), shop.authority.confirmations_asked.at(1));
}

TEST_F(DialogueDeskTest, GivesUpTheAuthorizationOfAnOrderThatTheAuthorityRefused) {
  shop.authority.conduct = Conduct::kRefuses;
  const auto outcome = buy();
  EXPECT_EQ(outcome.kind, Outcome::Kind::kRefusal);
  EXPECT_EQ(outcome.code, "certificate_revoked");
  company.is_silent = true;
  EXPECT_EQ(take(payments.release_unused()), 0);
  company.is_silent = false;
  EXPECT_EQ(take(payments.release_unused()), 0) << "it was tried just now";
  shop.clock.advance(Seconds(10));
  EXPECT_EQ(take(payments.release_unused()), 1);
  EXPECT_EQ(take(payments.release_unused()), 0);
  EXPECT_THAT(company.released, ElementsAre(company.asked.at(0).reference));
}

TEST_F(DialogueDeskTest, GivesUpEachAuthorizationThoughTheReleaseOfAnotherFails) {
  shop.authority.conduct = Conduct::kRefuses;
  buy();
  checkout = open_checkout();
  buy();
  ASSERT_EQ(company.asked.size(), 2U);
  company.refuses_release = company.asked.at(0).reference;
  EXPECT_EQ(take(payments.release_unused()), 1);
  EXPECT_THAT(company.released, ElementsAre(company.asked.at(1).reference));
  company.refuses_release.clear();
  shop.clock.advance(Seconds(10));
  EXPECT_EQ(take(payments.release_unused()), 1);
  EXPECT_THAT(company.released, ElementsAre(company.asked.at(1).reference, company.asked.at(0).reference));
}

TEST_F(DialogueDeskTest, GivesUpThePaymentWhoseAnswerWasLostOnceTheCheckoutHasEnded) {
  const auto request = open();
  company.loses_answers = true;
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnavailable);
  shop.clock.advance(Seconds(61));
  EXPECT_EQ(take(payments.release_unused()), 0) << "the wallet may come back";
  take(checkouts.cancel(checkout));
  EXPECT_EQ(take(payments.release_unused()), 1);
  EXPECT_EQ(take(payments.release_unused()), 0);
  EXPECT_THAT(company.released, ElementsAre(company.asked.at(0).reference));
}

TEST_F(DialogueDeskTest, GivesUpNoPaymentThatIsBeingAskedAbout) {
  const auto request = open();
  company.loses_answers = true;
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnavailable);
  take(checkouts.cancel(checkout));
  EXPECT_EQ(take(payments.release_unused()), 0);
}

TEST_F(DialogueDeskTest, GivesUpThePaymentInWhosePlaceAnotherWasMade) {
  const auto request = open();
  company.loses_answers = true;
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnavailable);
  company.loses_answers = false;
  EXPECT_EQ(code_of(send(answer_to(request, card("4111111111111111")))), ErrorCode::kConflict);
  EXPECT_EQ(take(payments.release_unused()), 1);
  EXPECT_THAT(company.released, ElementsAre(company.asked.at(0).reference));
  EXPECT_EQ(as<Outcome>(send(answer_to(request, card("4111111111111111")))).kind,
            Outcome::Kind::kConfirmation);
  EXPECT_EQ(take(payments.release_unused()), 0);
}

TEST_F(DialogueDeskTest, GivesUpNoAuthorizationOfAConfirmedOrder) {
  buy();
  EXPECT_EQ(take(payments.release_unused()), 0);
}

// Orders that are approved together with others.

const documents::OrderGroup kGroup{"00112233445566778899aabbccddeeff", 2};

TEST_F(DialogueDeskTest, PutsTheGroupOfTheOpeningIntoTheOrderAtOnceAndLater) {
  wallet.group = kGroup;
  EXPECT_EQ(take(documents::parse_order(*open().order)).group, kGroup);
  EXPECT_EQ(buy().kind, Outcome::Kind::kConfirmation);

  ask_separately();
  checkout = open_checkout();
  const auto asked = as<documents::PaymentRequest>(send(wallet.information(open(), checkout)));
  EXPECT_EQ(take(documents::parse_order(asked.order)).group, kGroup);
}

TEST_F(DialogueDeskTest, RefusesAnotherGroupForAnOrderThatWasSent) {
  wallet.group = kGroup;
  open();
  wallet.nonce = {43};
  wallet.group.reset();
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kConflict);
  wallet.group = kGroup;
  EXPECT_TRUE(send(wallet.opening()));
}

TEST_F(DialogueDeskTest, ApprovesNoIdentificationTogetherWithOrders) {
  checkout = open_identification(DialoguePurpose::kLogin, {});
  wallet.group = kGroup;
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kUnsupported);
}

// Log-in and age check.

TEST_F(DialogueDeskTest, IdentifiesWithoutOrderOrPayment) {
  checkout = open_identification(DialoguePurpose::kLogin, {});
  const auto request = open();
  EXPECT_EQ(request.purpose, DialoguePurpose::kLogin);
  EXPECT_FALSE(request.order || request.methods);
  EXPECT_EQ(as<Outcome>(send(wallet.information(request, checkout))).kind, Outcome::Kind::kIdentified);
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  EXPECT_EQ(take(checkouts.view(checkout)).holder, wallet.signing.certificate.subject().text());
  EXPECT_EQ(code_of(checkouts.take(checkout, wallet.signing.certificate.der())), ErrorCode::kUnsupported);
}

TEST_F(DialogueDeskTest, ChecksAnAgeWithoutLearningABirthDate) {
  checkout = open_identification(DialoguePurpose::kAgeCheck, {kOver19});
  const auto request = open();
  EXPECT_THAT(request.fields, ElementsAre(kOver19));
  take(send(wallet.information(request, checkout)));
  const auto view = take(checkouts.view(checkout));
  ASSERT_EQ(view.information.size(), 1U);
  EXPECT_TRUE(view.information[0].is_over);
  EXPECT_TRUE(view.information[0].text.empty());
  EXPECT_TRUE(view.holder.empty());
}

struct AgeCheckedPurchase : DialogueDeskTest {
  void SetUp() override {
    checkout = age_check = open_identification(DialoguePurpose::kAgeCheck, {kOver19});
    ASSERT_EQ(as<Outcome>(send(wallet.information(open(), checkout))).kind, Outcome::Kind::kIdentified);
    checkout = take(checkouts.open(purchase())).id;
    wallet.nonce = {43};
  }
  CheckoutRequest purchase() const {
    CheckoutRequest request{{{"wine", "Wine", 1, 21'000}}, "KRW", "", "", ""};
    request.identification = age_check;
    request.profiles = profile().profiles;
    return request;
  }
  std::string age_check;
};

TEST_F(AgeCheckedPurchase, IsForWhoPassedTheCheck) {
  EXPECT_EQ(buy().kind, Outcome::Kind::kConfirmation);
}

TEST_F(AgeCheckedPurchase, IsRefusedToAnotherPersonsWalletByNameBeforeAnythingIsAskedOfThem) {
  TestWallet other(shop, "second");
  for (const auto profile : {OrderProfile::kSession, OrderProfile::kPlain, OrderProfile::kDirect}) {
    other.profiles = {profile};
    EXPECT_EQ(code_of(send(other.opening())), ErrorCode::kForbidden);
  }
  EXPECT_EQ(code_of(checkouts.take(checkout, other.signing.certificate.der())), ErrorCode::kForbidden);
  EXPECT_EQ(state(), CheckoutState::kOpen);
  EXPECT_EQ(buy().kind, Outcome::Kind::kConfirmation);
}

TEST_F(AgeCheckedPurchase, IsForTheSamePersonUnderANewCertificate) {
  TestWallet renewed(shop, "first");
  ASSERT_NE(renewed.signing.certificate, wallet.signing.certificate);
  EXPECT_TRUE(send(renewed.opening()));
}

TEST_F(AgeCheckedPurchase, RestsOnNothingThatIsNotThereOrWasNotPassed) {
  auto request = purchase();
  request.identification = checkout;
  EXPECT_EQ(code_of(checkouts.open(request)), ErrorCode::kNotFound) << "a purchase";
  request.identification = "none";
  EXPECT_EQ(code_of(checkouts.open(request)), ErrorCode::kNotFound);
  request.identification = open_identification(DialoguePurpose::kAgeCheck, {kOver19});
  EXPECT_EQ(code_of(checkouts.open(request)), ErrorCode::kConflict);
}

TEST_F(AgeCheckedPurchase, IsForNobodyOnceTheCheckIsForgottenAndNoneIsOpenedAnyMore) {
  take(shop.database->write(
      [&](storage::Transaction& transaction) { return erase_statement(transaction, age_check); }));
  EXPECT_EQ(code_of(checkouts.open(purchase())), ErrorCode::kConflict);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kForbidden);
}

TEST_F(DialogueDeskTest, LetsNobodyTakeOverAnIdentificationThatIsDone) {
  checkout = open_identification(DialoguePurpose::kLogin, {});
  take(send(wallet.information(open(), checkout)));
  EXPECT_EQ(code_of(send(TestWallet(shop, "second").opening())), ErrorCode::kConflict);
  wallet.nonce = {43};
  EXPECT_EQ(as<Outcome>(send(wallet.information(open(), checkout))).kind, Outcome::Kind::kIdentified);
  EXPECT_EQ(code_of(send(TestWallet(shop, "second").opening())), ErrorCode::kConflict);
  take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto webhooks, list_webhooks(reader, "", 10));
    EXPECT_EQ(webhooks.size(), 1U);
    EXPECT_EQ(webhooks.front().event, "identification.identified");
    return ok();
  }));
}

TEST_F(DialogueDeskTest, OpensNoIdentificationThatAsksNothingOrSellsSomething) {
  CheckoutRequest request;
  request.purpose = DialoguePurpose::kAgeCheck;
  EXPECT_EQ(code_of(checkouts.open(request)), ErrorCode::kMalformed);
  request.fields = {{kOver19}};
  request.lines = {{"tea", "Tea", 1, 1}};
  EXPECT_EQ(code_of(checkouts.open(request)), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::merchant
