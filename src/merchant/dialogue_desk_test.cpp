// SPDX-License-Identifier: Apache-2.0
#include "merchant/dialogue_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "merchant/test_wallet.h"
#include "merchant/webhook_store.h"
#include "storage/file.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using documents::DialoguePurpose;
using documents::InformationRequest;
using documents::OrderProfile;
using documents::Outcome;
using documents::PaymentMethod;
using documents::PersonalField;
using documents::RequestedField;
using testing::ElementsAre;
using x509::code_of;

const RequestedField kName{PersonalField::kName, 0};
const RequestedField kOver19{PersonalField::kOverAge, 19};

struct DialogueDeskTest : testing::Test {
  TestShop shop;
  FakeCardCompany company;
  DialogueTerms terms;
  CheckoutDesk checkouts{shop.context(), shop.tokens, shop.authority, profile()};
  ConfirmationDesk confirmations{shop.context(), shop.authority};
  PaymentDesk payments{shop.context(), &company};
  std::unique_ptr<DialogueDesk> desk = make_desk();
  TestWallet wallet{shop, "first"};
  std::string checkout = open_checkout();

  static ShopProfile profile() {
    return {.public_url = std::string(kTestOrigin),
            .origins = {std::string(kTestOrigin)},
            .profiles = {OrderProfile::kPlain, OrderProfile::kDirect},
            .fields = {kName}};
  }
  std::unique_ptr<DialogueDesk> make_desk() {
    return std::make_unique<DialogueDesk>(
        shop.context(), DialogueParts{checkouts, confirmations, payments, shop.authority}, terms);
  }
  void ask_separately() {
    terms.payment = DialogueTerms::Ask::kSeparately;
    desk = make_desk();
  }
  std::string open_checkout() {
    return take(checkouts.open({{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""})).id;
  }
  std::string open_identification(DialoguePurpose purpose, std::vector<RequestedField> fields) {
    CheckoutRequest request;
    request.purpose = purpose;
    request.fields = std::move(fields);
    return take(checkouts.open(request)).id;
  }

  Result<Bytes> send(documents::WalletMessage message) {
    const auto bytes = take(documents::write_dialogue(message));
    return desk->answer(checkout, bytes.reveal(crypto::SecretAccess()));
  }
  template <typename Message>
  static Message as(Result<Bytes> reply) {
    return std::get<Message>(take(documents::parse_gateway_message(take(std::move(reply)))));
  }
  InformationRequest open() { return as<InformationRequest>(send(wallet.opening())); }
  // What an honest wallet answers to a request that asks for everything at once.
  documents::Information answer_to(const InformationRequest& request, documents::Payment payment = card()) {
    auto information = wallet.information(request, checkout);
    if (request.methods) information.payment = std::move(payment);
    if (request.order) information.signed_order = wallet.sign(*request.order);
    return information;
  }
  Outcome buy(documents::Payment payment = card()) {
    return as<Outcome>(send(answer_to(open(), std::move(payment))));
  }
  CheckoutState state() { return take(checkouts.view(checkout)).checkout.state; }
};

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

TEST_F(DialogueDeskTest, SellsWithoutPaymentInProfileDirect) {
  wallet.profiles = {OrderProfile::kDirect};
  const auto request = open();
  EXPECT_FALSE(request.methods);
  EXPECT_EQ(as<Outcome>(send(answer_to(request))).kind, Outcome::Kind::kConfirmation);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, TakesTheStrongestProfileOfTheWalletThatTheMerchantTakes) {
  wallet.profiles = {OrderProfile::kSet, OrderProfile::kPlain, OrderProfile::kDirect};
  EXPECT_EQ(open().profile, OrderProfile::kPlain);
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

TEST_F(DialogueDeskTest, TakesNoPaymentWithoutACardCompany) {
  PaymentDesk without{shop.context(), nullptr};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{checkouts, confirmations, without, shop.authority}, terms);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kUnsupported);
  wallet.profiles = {OrderProfile::kPlain, OrderProfile::kDirect};
  EXPECT_EQ(open().profile, OrderProfile::kDirect);
}

TEST_F(DialogueDeskTest, AnswersARepeatedMessageAlikeAndAsksTheCompanyOnce) {
  const auto opening_message = take(documents::write_dialogue(documents::WalletMessage(wallet.opening())));
  const auto opening_bytes = opening_message.reveal(crypto::SecretAccess());
  const auto opening = take(desk->answer(checkout, opening_bytes));
  EXPECT_EQ(take(desk->answer(checkout, opening_bytes)), opening);
  const auto request = std::get<InformationRequest>(take(documents::parse_gateway_message(opening)));
  const auto message = take(documents::write_dialogue(documents::WalletMessage(answer_to(request))));
  const auto bytes = message.reveal(crypto::SecretAccess());
  const auto confirmed = take(desk->answer(checkout, bytes));
  EXPECT_EQ(take(desk->answer(checkout, bytes)), confirmed);

  // Also after a restart, when nothing but what is on disk is left.
  shop.reopen();
  CheckoutDesk checkouts_again{shop.context(), shop.tokens, shop.authority, profile()};
  ConfirmationDesk confirmations_again{shop.context(), shop.authority};
  PaymentDesk payments_again{shop.context(), &company};
  DialogueDesk again{
      shop.context(), {checkouts_again, confirmations_again, payments_again, shop.authority}, terms};
  EXPECT_EQ(take(again.answer(checkout, bytes)), confirmed);
  EXPECT_EQ(take(again.answer(checkout, opening_bytes)), opening);
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
  const auto first = take(desk->answer(checkout, bytes));
  EXPECT_EQ(take(desk->answer(checkout, bytes)), first);
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
  EXPECT_EQ(code_of(payments.release_unused()), ErrorCode::kUnavailable);
  company.is_silent = false;
  EXPECT_EQ(take(payments.release_unused()), 1);
  EXPECT_EQ(take(payments.release_unused()), 0);
  EXPECT_THAT(company.released, ElementsAre("authorization-of-" + company.asked.at(0).reference));
}

TEST_F(DialogueDeskTest, GivesUpNoAuthorizationOfAConfirmedOrder) {
  buy();
  EXPECT_EQ(take(payments.release_unused()), 0);
}

// Attacks.

TEST_F(DialogueDeskTest, RefusesACheckoutPushedToAnotherPersonsWallet) {
  open();
  const TestWallet other(shop, "second");
  EXPECT_EQ(code_of(send(other.opening())), ErrorCode::kConflict);
}

TEST_F(DialogueDeskTest, BindsACheckoutToTheFirstWalletThatProvesItsKey) {
  ask_separately();
  const auto request = open();
  const TestWallet other(shop, "second");
  // Nothing is proven yet, so that another wallet of the same person may take over.
  const auto others_request = as<InformationRequest>(send(other.opening()));
  EXPECT_EQ(code_of(send(wallet.information(request, checkout))), ErrorCode::kForbidden);
  as<documents::PaymentRequest>(send(other.information(others_request, checkout)));
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kConflict);
}

struct Lie {
  const char* name;
  std::function<void(documents::PersonalInformation&)> tell;
  ErrorCode code;
};
struct LyingWalletTest : DialogueDeskTest, testing::WithParamInterface<Lie> {};

TEST_P(LyingWalletTest, IsRefusedAndNothingIsAsked) {
  const auto request = open();
  auto statement = wallet.statement(request, checkout);
  GetParam().tell(statement);
  auto information = answer_to(request);
  information.statement = wallet.sign(statement);
  EXPECT_EQ(code_of(send(std::move(information))), GetParam().code);
  EXPECT_EQ(state(), CheckoutState::kTaken);
  EXPECT_TRUE(company.asked.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lies, LyingWalletTest,
    testing::Values(
        Lie{"APageOfAnotherOrigin", [](auto& s) { s.origin = "https://evil.example"; },
            ErrorCode::kWrongOrigin},
        Lie{"AnotherCheckout", [](auto& s) { s.checkout = "another"; }, ErrorCode::kConflict},
        Lie{"AnotherMerchant", [](auto& s) { s.merchant = {7}; }, ErrorCode::kConflict},
        Lie{"AnotherSession", [](auto& s) { s.gateway_nonce = {7}; }, ErrorCode::kConflict},
        Lie{"AnotherWalletsNonce", [](auto& s) { s.wallet_nonce = {7}; }, ErrorCode::kConflict},
        Lie{"AnotherProfile", [](auto& s) { s.profile = OrderProfile::kSession; }, ErrorCode::kConflict},
        Lie{"AnotherPurpose", [](auto& s) { s.purpose = DialoguePurpose::kLogin; }, ErrorCode::kConflict},
        Lie{"MoreThanWasAskedFor",
            [](auto& s) {
              s.fields.push_back({{PersonalField::kTelephone, 0}, "1", false});
            },
            ErrorCode::kForbidden},
        Lie{"LessThanWasAskedFor", [](auto& s) { s.fields.clear(); }, ErrorCode::kConsentMissing}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(DialogueDeskTest, RefusesAStatementReplayedFromAnEarlierDialogue) {
  const auto first = answer_to(open());
  wallet.nonce = {43};
  open();
  documents::Information replayed{first.statement, card(), first.signed_order};
  EXPECT_EQ(code_of(send(std::move(replayed))), ErrorCode::kConflict);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, RefusesAStatementOfAnotherSignerOrAlteredAfterwards) {
  const auto request = open();
  auto information = answer_to(request);
  information.statement = TestWallet(shop, "second").sign(wallet.statement(request, checkout));
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kForbidden);
  information = answer_to(request);
  const std::string name = "CANARY name";
  const auto at =
      std::search(information.statement.begin(), information.statement.end(), name.begin(), name.end());
  ASSERT_NE(at, information.statement.end());
  *at = 'X';
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kSignatureInvalid);
}

TEST_F(DialogueDeskTest, RefusesAnOrderThatIsNotTheOneSent) {
  const auto request = open();
  std::string altered = to_text(*request.order);
  altered.replace(altered.find("12000"), 5, "00001");
  auto information = answer_to(request);
  information.signed_order = wallet.sign(as_bytes(altered));
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kConflict);
  information = answer_to(request);
  information.signed_order = TestWallet(shop, "second").sign(*request.order);
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kForbidden);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, RefusesMessagesOutOfTheirOrder) {
  const InformationRequest invented{};
  EXPECT_EQ(code_of(send(wallet.information(invented, checkout))), ErrorCode::kForbidden);
  EXPECT_EQ(code_of(send(documents::PaymentMessage{card(), {1}})), ErrorCode::kForbidden);
  const auto request = open();
  EXPECT_EQ(code_of(send(documents::PaymentMessage{card(), wallet.sign(*request.order)})),
            ErrorCode::kForbidden);
  EXPECT_EQ(code_of(send(wallet.information(request, checkout))), ErrorCode::kMalformed);
  auto without_payment = answer_to(request);
  without_payment.payment.reset();
  EXPECT_EQ(code_of(send(std::move(without_payment))), ErrorCode::kMalformed);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, RefusesPaymentBeforeItIsAskedFor) {
  ask_separately();
  auto information = wallet.information(open(), checkout);
  information.payment = card();
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kForbidden);
}

TEST_F(DialogueDeskTest, RefusesCertificatesInWrongRolesOrOfAnotherHolder) {
  std::swap(wallet.signing, wallet.agreement);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kWrongRole);
  std::swap(wallet.signing, wallet.agreement);
  wallet.agreement = shop.issue_purchaser("second", x509::Role::kPurchaserAgreement);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kForbidden);
  wallet.signing = *shop.identity->signer();
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kWrongRole);
}

TEST_F(DialogueDeskTest, RefusesHeldRevokedAndUnknownCertificatesOfEitherKind) {
  for (const auto* certificate : {&wallet.signing.certificate, &wallet.agreement.certificate}) {
    auto& status = shop.authority.statuses[certificate->serial().hex()];
    status = {x509::StatusKind::kRevoked, shop.clock.now(), x509::RevocationReason::kCertificateHold};
    EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kCertificateOnHold);
    status.reason = x509::RevocationReason::kKeyCompromise;
    EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kCertificateRevoked);
    status = {};
    EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kCertificateUnknown);
    status = {.kind = x509::StatusKind::kGood};
  }
  EXPECT_EQ(open().profile, OrderProfile::kPlain);
}

TEST_F(DialogueDeskTest, RefusesExpiredCertificates) {
  shop.clock.advance(std::chrono::days(20 * 365));
  checkout = open_checkout();
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kExpired);
}

TEST_F(DialogueDeskTest, AsksNothingOfTheCompanyOnceTheCheckoutIsOver) {
  const auto request = open();
  take(checkouts.cancel(checkout));
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kCancelled);
  checkout = open_checkout();
  const auto late = open();
  shop.clock.advance(Seconds(1800));
  EXPECT_EQ(code_of(send(answer_to(late))), ErrorCode::kExpired);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kExpired);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, KnowsNoCheckoutThatWasNotOpened) {
  checkout = "nothing";
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kNotFound);
}

TEST_F(DialogueDeskTest, LeavesNoPaymentDataInAnyFile) {
  company.declines["4000000000000002"] = "insufficient_limit";
  const auto request = open();
  take(send(answer_to(request, card("4000000000000002"))));
  take(send(documents::PaymentMessage{account(), wallet.sign(*request.order)}));
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shop.folder.path())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto content = to_text(take(storage::read_file(entry.path(), 64 << 20)));
    for (const std::string_view canary : {"4000000000000002", "110-123-456789", "CANARY HOLDER", "2029-08"})
      EXPECT_EQ(content.find(canary), std::string::npos) << entry.path() << ": " << canary;
  }
  EXPECT_GE(files, 2U);
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
